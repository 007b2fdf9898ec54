"""The API server stand-in: Kubernetes' API, its checks and its refusals, over objects in memory."""

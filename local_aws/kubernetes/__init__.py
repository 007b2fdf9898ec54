"""A simulated Kubernetes cluster: an API server on loopback, and its controllers."""

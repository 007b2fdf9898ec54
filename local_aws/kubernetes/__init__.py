"""A Kubernetes cluster that is played: an API server on loopback and the controllers behind it."""

"""EC2: the resource types of a network, and what its API refuses."""

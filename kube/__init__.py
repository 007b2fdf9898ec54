"""What Kubernetes accepts and what runs where: pure functions over plain objects, without AWS."""

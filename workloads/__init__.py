"""What runs on the platform: yours to fill. Each environment lists the workloads that it has."""

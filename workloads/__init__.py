"""Your workloads. Each environment lists those that it runs."""

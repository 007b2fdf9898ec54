"""The visible part of the AWS Load Balancer Controller, simulated while its release is installed."""

"""The visible part of the AWS Load Balancer Controller, played while its release is installed."""

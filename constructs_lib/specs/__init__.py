"""The typed words of an environment. Nothing here imports the CDK."""

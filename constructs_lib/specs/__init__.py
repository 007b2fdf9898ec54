"""The specifications that an environment is made of. Nothing here imports the CDK."""

"""What can be asked of an account before a deploy: reads only, and nothing that the CDK is needed for."""

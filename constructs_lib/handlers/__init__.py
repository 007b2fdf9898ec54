"""The code of Lambda functions. Each is a module that runs alone, with boto3 and nothing of ours."""

"""The only reader of cloud assemblies and committed snapshots: what CloudFormation would get."""

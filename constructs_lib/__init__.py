"""Constructs, each with its IAM permissions, checks and acknowledgements."""

"""Constructs: one idea each, with its IAM, its checks and its acknowledgements."""

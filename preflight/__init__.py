"""Read-only checks of an account before a deploy; they don't need the CDK."""

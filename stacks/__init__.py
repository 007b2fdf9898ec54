"""Stacks by life cycle. Each reads like a table of contents; the constructs do the work."""

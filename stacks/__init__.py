"""Stacks by life cycle. Each reads as a table of contents; the constructs do the work."""

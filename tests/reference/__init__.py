"""Environments whose values never change with a team's: tests, documents and pictures use these."""

ENVIRONMENTS = ("dev", "prod")

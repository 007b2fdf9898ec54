"""Whole environments to start from. Copy one into environments/, and name it in the list there."""

ENVIRONMENTS = ("smallest", "closed_network", "fargate_only", "existing_vpc", "many_teams")

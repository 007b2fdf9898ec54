"""Whole environments to start from. Copy one into environments/, and add it to the list there."""

ENVIRONMENTS = (
    "smallest",
    "closed_network",
    "fargate_only",
    "existing_vpc",
    "many_teams",
    "machines",
    "self_managed",
    "spot",
    "karpenter",
    "karpenter_on_fargate",
    "windows",
    "auto_mode",
    "every_kind",
)

"""Every rule, in the order of the families."""

from __future__ import annotations

from guardrails import (
    access,
    controllers,
    exposure,
    kubernetes_objects,
    node_security,
    ordering,
    pod_networking,
    upgrades,
    versions,
)
from guardrails.rule import Rule

RULES: tuple[Rule, ...] = (
    *ordering.RULES,
    *controllers.RULES,
    *access.RULES,
    *exposure.RULES,
    *node_security.RULES,
    *versions.RULES,
    *upgrades.RULES,
    *pod_networking.RULES,
    *kubernetes_objects.RULES,
)

"""Every rule, in the order of the families."""

from __future__ import annotations

from guardrails import (
    access,
    acknowledgements,
    controllers,
    exposure,
    kubernetes_objects,
    node_security,
    ordering,
    pod_networking,
    reachability,
    replacement,
    upgrades,
    versions,
)
from guardrails.rule import Rule

_ABOUT_RESOURCES: tuple[Rule, ...] = (
    *ordering.RULES,
    *controllers.RULES,
    *access.RULES,
    *exposure.RULES,
    *node_security.RULES,
    *reachability.RULES,
    *versions.RULES,
    *upgrades.RULES,
    *replacement.RULES,
    *pod_networking.RULES,
    *kubernetes_objects.RULES,
)

RULES: tuple[Rule, ...] = (*_ABOUT_RESOURCES, *acknowledgements.rules(_ABOUT_RESOURCES))

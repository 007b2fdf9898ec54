"""The Kubernetes objects inside the templates: what kubectl would be sent at deploy."""

from __future__ import annotations

from guardrails.kubernetes_objects import (
    availability,
    containers,
    fargate,
    names,
    ports,
    quantities,
    selectors,
)
from guardrails.rule import Rule

RULES: tuple[Rule, ...] = (
    *selectors.RULES,
    *availability.RULES,
    *containers.RULES,
    *fargate.RULES,
    *quantities.RULES,
    *ports.RULES,
    *names.RULES,
)
"""Every rule of the family. Values of Helm charts are out of its reach."""

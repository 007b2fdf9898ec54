"""Every rule, in the order of the families."""

from __future__ import annotations

from guardrails import access, controllers, exposure, node_security, ordering
from guardrails.rule import Rule

RULES: tuple[Rule, ...] = (
    *ordering.RULES,
    *controllers.RULES,
    *access.RULES,
    *exposure.RULES,
    *node_security.RULES,
)

"""Every rule, in the order of the families."""

from __future__ import annotations

from guardrails import exposure, ordering
from guardrails.rule import Rule

RULES: tuple[Rule, ...] = (*ordering.RULES, *exposure.RULES)

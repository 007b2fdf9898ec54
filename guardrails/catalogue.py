"""Every rule, in the order of the families."""

from __future__ import annotations

from guardrails import exposure
from guardrails.rule import Rule

RULES: tuple[Rule, ...] = (*exposure.RULES,)

"""The catalogue of rules, for a terminal and as a page."""

from __future__ import annotations

from collections.abc import Iterable

from guardrails.rule import Rule
from guardrails.templates import rendered


def as_text(rules: Iterable[Rule]) -> str:
    """Return the catalogue for a terminal."""
    return rendered("catalogue.txt.jinja", rules=rules)


def as_markdown(rules: Iterable[Rule]) -> str:
    """Return the catalogue as the page docs/guardrails.md."""
    return rendered("catalogue.md.jinja", rules=rules)

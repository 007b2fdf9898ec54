"""Texts of the guardrails that are Jinja templates beside this module."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from guardrails.rule import Rule

_JINJA = Environment(  # noqa: S701  # plain texts, no HTML
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def rendered(template: str, **values: object) -> str:
    """Return a template with its values filled in."""
    return _JINJA.get_template(template).render(values)


def as_text(rules: Iterable[Rule]) -> str:
    """Return the catalogue for a terminal."""
    return rendered("catalogue.txt.jinja", rules=rules)


def as_markdown(rules: Iterable[Rule]) -> str:
    """Return the catalogue as the page docs/guardrails.md."""
    return rendered("catalogue.md.jinja", rules=rules)

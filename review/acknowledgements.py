"""Findings that are newly acknowledged, or no longer."""

from __future__ import annotations

from collections.abc import Iterator

from review.environment import Environment
from review.labels import listed
from review.model import Sentence


def sentences(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield the acknowledgements that come, go or get another reason; the same ones together."""
    old, new = before.acknowledgements, after.acknowledgements
    if new is None or (old is None and before.templates):
        return
    old = old or {}
    added: dict[tuple[str, str, str], list[str]] = {}
    for (path, rule), reason in new.items():
        if old.get((path, rule)) != reason:
            how = "acknowledged for another reason" if (path, rule) in old else "**acknowledged**"
            added.setdefault((rule, how, reason), []).append(_place(path))
    for (rule, how, reason), places in added.items():
        yield Sentence(text=f"`{rule}` is {how} at {listed(places)}: “{reason}”")
    removed: dict[str, list[str]] = {}
    for path, rule in old:
        if (path, rule) not in new:
            removed.setdefault(rule, []).append(_place(path))
    for rule, places in removed.items():
        yield Sentence(text=f"`{rule}` is no longer acknowledged at {listed(places)}.")


def _place(path: str) -> str:
    return f"`{path.partition('/')[2]}`"

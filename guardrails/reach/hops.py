"""A way from one place to another: its hops up to the first that fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assembly.resource import Resource
from guardrails.rule import Finding, breach
from kube.values import Json, table

KINDS: Mapping[str, Json] = table(__file__, "hops.yaml")
"""The hops that blame a resource of the templates."""


@dataclass(frozen=True)
class Hop:
    """One step. It passes without the finding of a rule, unless only a deploy knows whether it does."""

    what: str
    rule: str = ""
    finding: Finding | None = None
    unknown: bool = False


Way = tuple[Hop, ...]


def checked(what: str, rule: str, finding: Finding, *, passes: bool) -> Hop:
    """Return a step with the finding of a rule, unless it passes."""
    return Hop(what, rule, None if passes else finding)


def hop(kind: str, blamed: Resource, value: str, *, passes: bool, **facts: object) -> Hop:
    """Return a step of a kind, with the finding about a resource unless it passes."""
    row, found = KINDS[kind], None
    if not passes:
        found = breach(blamed, row.get("at", ""), value, row["detail"].format_map(facts))
    return Hop(row["what"].format_map(facts), row["rule"], found)


def walked(hops: Iterable[Hop]) -> Way:
    """Return the hops of a way up to the first that fails."""
    found: list[Hop] = []
    for hop in hops:
        found.append(hop)
        if hop.finding is not None:
            break
    return tuple(found)


def stop(way: Way) -> Hop | None:
    """Return the hop that fails, else the first of which only a deploy knows whether it does."""
    failed = (hop for hop in way if hop.finding is not None)
    return next(failed, next((hop for hop in way if hop.unknown), None))

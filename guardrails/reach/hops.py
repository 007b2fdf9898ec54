"""A way from one place to another: its hops up to the first that fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guardrails.rule import Finding


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One step. It passes without the finding of a rule, unless only a deploy knows whether it does."""

    what: str
    rule: str = ""
    finding: Finding | None = None
    unknown: bool = False


Way = tuple[Hop, ...]


def walked(hops: Iterable[Hop]) -> Way:
    """Return the hops of a way up to the first that fails."""
    found: list[Hop] = []
    for hop in hops:
        found.append(hop)
        if hop.finding is not None:
            break
    return tuple(found)


def finding_of(way: Way) -> Finding | None:
    """Return why a way ends, None where it may lead to its end."""
    return way[-1].finding if way else None


def is_unknown(way: Way) -> bool:
    """Tell whether only a deploy knows if a way leads to its end."""
    return finding_of(way) is None and any(hop.unknown for hop in way)

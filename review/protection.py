"""Protection against deletion that is switched off, and data that goes sooner than before."""

from __future__ import annotations

import math
from collections.abc import Iterator

from assembly.kinds import LOG_GROUP
from assembly.resource import Resource
from assembly.stack import Stack
from guardrails.step.stateful import STATEFUL_TYPES
from kube.values import flag, text
from review.labels import capital, grouped, label
from review.model import Risk, Sentence
from review.sides import Sides

FOR_EVER = math.inf


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what protects stacks, clusters and data less than before."""
    off = [
        f"**Termination protection** of stack `{stack.name}`"
        for path, stack in sides.before.stacks.items()
        if stack.termination_protection and not _protects(sides.after.stacks.get(path))
    ]
    off += [
        f"**Deletion protection** of {name or 'the cluster'}"
        for one, other, name in sides.clusters()
        if other is not None and _protected(one) and not _protected(other)
    ]
    for what in off:
        yield Sentence(text=f"{what} is switched off.", risk=Risk.EXPOSES)
    loose = [new for old, new in sides.kept(*STATEFUL_TYPES) if old.retained and not new.retained]
    if loose:
        yield Sentence(
            text=f"**Deleted with the stack** from now on, where it stayed before: "
            f"{grouped(loose)}.",
            risk=Risk.EXPOSES,
        )
    for old, new in sides.kept(LOG_GROUP):
        days, fewer = _days(old), _days(new)
        if days is not None and fewer is not None and fewer < days:
            since = "for ever" if days == FOR_EVER else f"{days} days"
            yield Sentence(
                text=f"{capital(label(new))} keeps its entries {fewer} days instead of {since}: "
                "**older ones are deleted**.",
                risk=Risk.REPLACES,
            )


def _protects(stack: Stack | None) -> bool:
    # One that the code no longer has stays as it is.
    return stack is None or stack.termination_protection


def _protected(cluster: Resource | None) -> bool:
    return cluster is not None and flag(cluster.properties, "DeletionProtection") is not False


def _days(group: Resource) -> float | None:
    """Return how long a log group keeps its entries, None where that isn't known."""
    days = group.properties.get("RetentionInDays")
    if days is None:
        return FOR_EVER
    return int(text(days)) if text(days).isdecimal() else None

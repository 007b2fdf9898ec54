"""Protection against deletion that is switched off, and data that goes sooner than before."""

from __future__ import annotations

import math
from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import LOG_GROUP
from assembly.resource import Resource
from guardrails.step.stateful import STATEFUL_TYPES
from kube.values import text
from review.clusters import pairs
from review.labels import capital, label, listed
from review.model import Risk, Sentence

FOR_EVER = math.inf


def sentences(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield what protects stacks, clusters and data less than before."""
    for path, stack in after.stacks.items():
        was = before.stacks.get(path)
        if was and was.termination_protection and not stack.termination_protection:
            yield Sentence(
                text=f"**Termination protection** of stack `{stack.name}` is switched off.",
                risk=Risk.EXPOSES,
            )
    for one, other, name in pairs(before, after):
        if other is not None and _protected(one) and not _protected(other):
            yield Sentence(
                text=f"**Deletion protection** of {name or 'the cluster'} is switched off.",
                risk=Risk.EXPOSES,
            )
    both = [
        (before.by_node[each.node], each)
        for each in after.resources()
        if each.node in before.by_node
    ]
    loose = [new for old, new in both if _is_kept(old) and not _is_kept(new)]
    if loose:
        yield Sentence(
            text=f"**Deleted with the stack** from now on, where it stayed before: "
            f"{listed(map(label, loose))}.",
            risk=Risk.EXPOSES,
        )
    for old, new in both:
        days, fewer = _days(old), _days(new)
        if days is not None and fewer is not None and fewer < days:
            since = "for ever" if days == FOR_EVER else f"{days} days"
            yield Sentence(
                text=f"{capital(label(new))} keeps its entries {fewer} days instead of {since}: "
                "**older ones are deleted**.",
                risk=Risk.REPLACES,
            )


def _protected(cluster: Resource | None) -> bool:
    return cluster is not None and cluster.properties.get("DeletionProtection") in (True, "true")


def _is_kept(resource: Resource) -> bool:
    return resource.kind in STATEFUL_TYPES and resource.retained


def _days(resource: Resource) -> float | None:
    """Return how long a log group keeps its entries, None for what isn't one or isn't known."""
    days = resource.properties.get("RetentionInDays")
    if resource.kind != LOG_GROUP or not (days is None or text(days).isdecimal()):
        return None
    return FOR_EVER if days is None else int(text(days))

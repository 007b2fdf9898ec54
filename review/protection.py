"""Protection against deletion that is switched off, and data that goes sooner than before."""

from __future__ import annotations

import math
from collections.abc import Iterator

from assembly.kinds import LOG_GROUP
from assembly.resource import Resource
from guardrails.step.change import STATEFUL_TYPES
from kube.values import flag, text
from review.data import say
from review.labels import capital, grouped, label
from review.model import Sentence
from review.sides import Sides

FOR_EVER = math.inf


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what protects stacks, clusters and data less than before."""
    for path, stack in sides.before.stacks.items():
        # One that the code no longer has stays as it is.
        after = sides.after.stacks.get(path, stack)
        if stack.termination_protection and not after.termination_protection:
            yield say("termination protection off", name=stack.name)
    for one, other, name in sides.clusters():
        if other is not None and _protected(one) and not _protected(other):
            yield say("deletion protection off", name=name or "the cluster")
    loose = [new for old, new in sides.kept(*STATEFUL_TYPES) if old.retained and not new.retained]
    if loose:
        yield say("no longer retained", resources=grouped(loose))
    for old, new in sides.kept(LOG_GROUP):
        days, fewer = _days(old), _days(new)
        if days is not None and fewer is not None and fewer < days:
            since = "for ever" if days == FOR_EVER else f"{days} days"
            yield say("entries kept shorter", name=capital(label(new)), days=fewer, since=since)


def _protected(cluster: Resource | None) -> bool:
    return cluster is not None and flag(cluster.properties, "DeletionProtection") is not False


def _days(group: Resource) -> float | None:
    days = group.properties.get("RetentionInDays")
    if days is None:
        return FOR_EVER
    return int(text(days)) if text(days).isdecimal() else None

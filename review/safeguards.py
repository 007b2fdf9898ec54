"""Protection against deletion and loss, and acknowledged findings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.kinds import LOG_GROUP
from assembly.resource import Resource
from guardrails.step.change import STATEFUL_TYPES
from kube.values import flag, text
from review.labels import capital, grouped, label, quoted
from review.model import Sentence, say
from review.sides import Sides

Acknowledgements = Mapping[tuple[str, str], str]
"""A reason by the path of the construct and the id of the finding."""
NEWLY, AGAIN = "**acknowledged**", "acknowledged for a different reason"
FOREVER = math.inf


def protection(sides: Sides) -> Iterator[Sentence]:
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
            since = "forever" if days == FOREVER else f"{days} days"
            yield say("entries kept shorter", name=capital(label(new)), days=fewer, since=since)


def _protected(cluster: Resource | None) -> bool:
    return cluster is not None and flag(cluster.properties, "DeletionProtection") is not False


def _days(group: Resource) -> float | None:
    days = group.properties.get("RetentionInDays")
    if days is None:
        return FOREVER
    return int(text(days)) if text(days).isdecimal() else None


def acknowledgements_of(environment: Environment) -> Acknowledgements | None:
    """Return what is acknowledged; None where it isn't known, as in committed snapshots."""
    if not any(stack.metadata for stack in environment.stacks.values()):
        return None
    return {
        (path, rule): reason
        for stack in environment.stacks.values()
        for path, rule, reason in stack.acknowledgements
    }


def acknowledgements(sides: Sides) -> Iterator[Sentence]:
    """Yield the acknowledgements that come, go or get another reason; the same ones together."""
    old, new = map(acknowledgements_of, sides.both)
    if new is None or (old is None and sides.before.stacks):
        return
    old = old or {}
    added = gathered(
        ((rule, AGAIN if (path, rule) in old else NEWLY, reason), _place(path))
        for (path, rule), reason in new.items()
        if old.get((path, rule)) != reason
    )
    for (rule, how, reason), places in added.items():
        yield say("acknowledged", rule=rule, how=how, places=quoted(places), reason=reason)
    removed = gathered((rule, _place(path)) for path, rule in old if (path, rule) not in new)
    for rule, places in removed.items():
        yield say("no longer acknowledged", rule=rule, places=quoted(places))


def _place(path: str) -> str:
    return path.partition("/")[2] or path

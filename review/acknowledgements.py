"""Findings that are newly acknowledged, or no longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from review.data import say
from review.labels import gathered, quoted
from review.model import Sentence
from review.sides import Sides

Acknowledgements = Mapping[tuple[str, str], str]
"""A reason by the path of the construct and the id of the finding."""
NEWLY, AGAIN = "**acknowledged**", "acknowledged for another reason"


def acknowledgements_of(environment: Environment) -> Acknowledgements | None:
    """Return what is acknowledged; None where it isn't known, as in committed snapshots."""
    if not any(stack.metadata for stack in environment.stacks.values()):
        return None
    return {
        (path, rule): reason
        for stack in environment.stacks.values()
        for path, rule, reason in stack.acknowledgements
    }


def sentences(sides: Sides) -> Iterator[Sentence]:
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

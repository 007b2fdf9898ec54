"""What no other section tells: resources that come, go or change without anybody noticing."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.kinds import NODE_GROUP
from guardrails.step.stateful import STATEFUL_TYPES
from review.changes import Change
from review.consequences import HARMLESS, REPLACED, TOLD
from review.labels import capital, grouped, label, listed
from review.model import Sentence
from review.sides import Sides


def stacks(sides: Sides) -> Iterator[Sentence]:
    """Yield the stacks that come, and those that the code no longer has."""
    for path, stack in sides.after.stacks.items():
        if path not in sides.before.stacks:
            yield Sentence(text=f"Stack `{stack.name}` is new.")
        if path in sides.gone:
            yield Sentence(
                text=f"Stack `{stack.name}` is no longer in the code. It stays deployed, with all "
                "that is in it, until somebody destroys it."
            )


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield the rest of the resources, by what becomes of them."""
    quiet = [change for change in sides.changes if _is_quiet(change)]
    for kind, verb in (
        ("added", "Added"),
        ("removed", "Removed"),
        ("replaced", "Replaced, without anybody noticing"),
    ):
        found = [change.resource for change in quiet if change.kind == kind]
        if found:
            yield Sentence(text=f"{verb}: {grouped(found)}.")
    updated = [change for change in quiet if change.kind == "in place"]
    tagged = [change.resource for change in updated if _untold(change) == ["Tags"]]
    updated = [change for change in updated if _untold(change) != ["Tags"]]
    if tagged:
        yield Sentence(text=f"Nothing but tags changes: {grouped(tagged)}.")
    if updated:
        yield Sentence(
            text=f"Changed in place, without interruption: "
            f"{grouped(change.resource for change in updated)}.",
            details=tuple(dict.fromkeys(_properties(change) for change in updated)),
        )
    if not sides.changes and sides.before.templates != sides.after.templates:
        yield Sentence(
            text="No property of a resource changes; what differs is an output, a deletion policy, "
            "metadata or the order of the deploy."
        )


def _is_quiet(change: Change) -> bool:
    """Tell whether no other section tells of a change."""
    kind = change.resource.kind
    if change.kind in {"added", "removed"}:
        told = "*" in TOLD.get(kind, ()) or kind == NODE_GROUP
        lost = change.kind == "removed" and (kind in STATEFUL_TYPES or kind in REPLACED)
        return not told and not lost
    if change.kind == "replaced":
        return kind in HARMLESS and "*" not in TOLD.get(kind, ())
    return change.kind == "in place" and bool(_untold(change))


def _untold(change: Change) -> list[str]:
    told = TOLD.get(change.resource.kind, ())
    return [
        name
        for name in change.properties
        if "*" not in told and not any(f"{name}.".startswith(f"{each}.") for each in told)
    ]


def _properties(change: Change) -> str:
    names = listed(f"`{name}`" for name in _untold(change))
    return f"{capital(label(change.resource))}: {names}."

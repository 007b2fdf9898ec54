"""What was compared and is the same: silence of a subject could as well mean that nobody looked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from review import billing, capacity, cost, room
from review.labels import listed
from review.model import Risk, Section
from review.prices import Amount, difference, total
from review.sides import Sides

EXPOSURE = "exposure"
SUBJECTS: Mapping[str, str] = {
    "capacity": "limits of pods and addresses",
    "access": "access",
    EXPOSURE: "network exposure",
    "permissions": "permissions of IAM roles",
}
"""Sections of which no sentence and no table differs, in words."""


def unchanged(sections: Sequence[Section], ways: Sequence[Sides]) -> tuple[str, ...]:
    """Return the subjects that differ in nothing, of those that both sides tell of."""
    # Only the metadata of an assembly says what a snapshot can't.
    if not all(side.inputs for each in ways for side in each.both):
        return ()
    # Nothing happens, so nobody asks.
    if any(each.risk is Risk.REFUSED for part in sections for each in part.sentences):
        return ()
    return tuple(_subjects(sections, ways))


def _subjects(sections: Sequence[Section], ways: Sequence[Sides]) -> Iterator[str]:
    # What the estimate leaves out may cost more, such as a claim, or less, such as data that goes.
    costly = any(
        x.risk in {Risk.COSTS, Risk.LOSES_DATA} or x.about == "cost"
        for y in sections
        if y.name != "cost"
        for x in y.sentences
    )
    for same in (room.same,) if costly else (_cost, room.same):
        found = {same(each) for each in ways}
        if len(found) == 1:
            yield from filter(None, found)
    # Its section says whether pods fit, too, which is a subject of its own.
    speaks = {"capacity": any(any(capacity.sentences(each)) for each in ways)}
    differ = [x for x in sections if any(y.changed for y in x.tables)]
    told = {x.name for x in sections if speaks.get(x.name, x.sentences) or x in differ}
    # What exposes and says no subject opens a way in, such as a node's network.
    others = (y for x in sections if x.name not in SUBJECTS for y in x.sentences)
    told |= {x.about or EXPOSURE * (x.risk is Risk.EXPOSES) for x in others}
    # What is made anew is another network with other roles, by the same rules.
    yield from (name for section, name in SUBJECTS.items() if section not in told)


def _cost(sides: Sides) -> str:
    """Return the cost where it stays what it is, whatever it is made of."""
    both = [*cost.both(sides)]
    unknown = [[line for line in each if line.month is None] for each in both]
    if unknown[0] != unknown[1] or difference(*both) != Amount() or any(billing.sentences(sides)):
        return ""
    without = listed(line.what for line in unknown[1])
    return f"cost ({total(both[1])} a month{f', without {without}' if unknown[1] else ''})"

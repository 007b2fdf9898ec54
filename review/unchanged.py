"""What was compared and is the same: silence of a subject could as well mean that nobody looked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from review import billing, capacity, cost, node_costs, room, volumes
from review.labels import listed
from review.model import DETAILS, Risk, Section, Sentence, say
from review.prices import prices, total
from review.refusals import in_order
from review.sides import Sides

EXPOSURE = "exposure"
OPENS = {Risk.EXPOSES, Risk.NOT_JUDGED}
SUBJECTS: Mapping[str, str] = {
    "capacity": "limits of pods and addresses",
    "access": "access",
    EXPOSURE: "network exposure",
    "permissions": "permissions of IAM roles",
}
"""Sections of which no sentence and no table differs, in words."""
PARTS: Mapping[str, str] = {"access": "access of people", EXPOSURE: "reach of the API server"}
"""What stays of a subject of which only nodes are told, or only load balancers that go."""


def unchanged(sections: Sequence[Section], ways: Sequence[Sides]) -> tuple[str, ...]:
    """Return the subjects that differ in nothing, of those that both sides tell of."""
    return tuple(_subjects(sections, ways)) if _is_compared(sections, ways) else ()


def beside(
    said: Sequence[Sentence], sections: Sequence[Section], ways: Sequence[Sides]
) -> Iterator[Sentence]:
    """Yield what is said of the cost, and what else is known where what the estimate leaves out costs less, or may."""
    told = [x for each in sections if each.name != "cost" for x in each.sentences]
    less = any(x.risk is Risk.LOSES_DATA or x.about == "cost" for x in told)
    # Of what costs more, its own sentence says so.
    more = any(x.risk in {Risk.COSTS, Risk.NOT_JUDGED} for x in told)
    spaces = any(x.risk is Risk.LOSES_DATA and x.text.startswith("Namespace") for x in told)
    why, names = [DETAILS["goes with a namespace"]] * spaces, DETAILS["left out"]
    how, less = cost.HOW[1][0 if more else -1], less and _is_compared(sections, ways)
    as_well = [DETAILS["costs as well"].format(names=names, how=how), *why]
    others = any(x.about == "cost" for x in told) or any(any(billing.sentences(x)) for x in ways)
    as_well *= less and not others
    yield from (replace(x, details=(*x.details, *as_well)) for x in said)
    found = {_cost(each) for each in ways}
    if less and not said and len(found) == 1 and all(found):
        (now, _, without), risk = found.pop().partition(" a month"), None if more else Risk.SAFE
        rest = say("cost unknown", risk=risk, names=names, how=how, now=now, without=without)
        yield replace(rest, details=tuple(why))


def _is_compared(sections: Sequence[Section], ways: Sequence[Sides]) -> bool:
    """Tell whether both sides are known whole, and something happens at all."""
    # Only the metadata of an assembly says what a snapshot can't.
    whole = all(side.inputs for each in ways for side in each.both)
    return whole and in_order(x for each in sections for x in each.sentences)


def _subjects(sections: Sequence[Section], ways: Sequence[Sides]) -> Iterator[str]:
    # What the estimate leaves out may cost more, such as a claim, or less, such as data that goes.
    costly = any(
        x.risk in {Risk.COSTS, Risk.LOSES_DATA} or x.about == "cost"
        for y in sections
        if y.name != "cost"
        for x in y.sentences
    )
    for same, what in ((_cost, "cost ({})"), (room.same, "{}")):
        found = {same(each) for each in ways}
        if len(found) == 1 and all(found) and not (costly and same is _cost):
            yield what.format(*found)
    # Its section says whether pods fit, too, which is a subject of its own.
    speaks = {"capacity": any(any(capacity.sentences(each)) for each in ways)}
    differ = [x for x in sections if any(y.changed for y in x.tables)]
    told = {x.name for x in sections if speaks.get(x.name, x.sentences) or x in differ}
    # What exposes or isn't judged, and says no subject, may open a way in, such as a node's network.
    others = [y for x in sections if x.name not in SUBJECTS for y in x.sentences]
    about = {x.about or EXPOSURE * (x.risk in OPENS) for x in others}
    whole = {x.name for x in sections if any(y.about not in {"fit", "nodes"} for y in x.sentences)}
    whole |= {x.name for x in differ} | (about - {EXPOSURE})
    whole |= {EXPOSURE for x in others if x.risk in OPENS}
    # What is made anew is another network with other roles, by the same rules.
    yield from (name for section, name in SUBJECTS.items() if section not in told | about)
    yield from (name for section, name in PARTS.items() if section in (told | about) - whole)


def _cost(sides: Sides) -> str:
    """Return the cost where it stays what it is, whatever it is made of."""
    if any(cost.sentences(sides)) or any(billing.sentences(sides)):
        return ""
    *_, lines = cost.both(sides)
    without = listed(line.what for line in lines if line.month is None)
    # Of a warm pool that an update doesn't mention, nobody knows whether it stays.
    given, region = volumes.if_pool_goes(sides.after), cost.region_of(sides.after)
    both = (replace(sides.after, base=None), sides.after)
    goes, stays = (total(node_costs.nodes(x, prices(region), region)) for x in both)
    if_goes = f"; {total(lines) + goes + stays * -1}{given}" * bool(given)
    return f"{total(lines)} a month{f', without {without}' if without else ''}{if_goes}"

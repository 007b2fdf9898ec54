"""Whether the pods still fit: what `make plan` computes, before and after."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP
from assembly.resource import Resource
from capacity.growth import Growth, make_growth
from capacity.plan import Plan, make_plan
from kube.values import items, text
from review.labels import capital, listed, short_name, words
from review.model import Risk, Sentence, Table, compared
from review.sides import Sides

SIZES: Mapping[str, tuple[str, str]] = {
    "MaxSize": ("at most ", "node"),
    "DesiredSize": ("", "desired node"),
    "MinSize": ("at least ", "node"),
}
"""The sizes of a node group in words: what stands before the number, and what after it."""


def plan_of(environment: Environment | None) -> Plan | None:
    """Compute the plan of an environment, None where its assembly doesn't say what it needs."""
    if environment is None or environment.inputs is None:
        return None
    return _plan(environment.inputs)


_plan = functools.cache(make_plan)
# A tenth of a second, so only once.
_growth = functools.cache(make_growth)


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what changes: sizes of node groups in one sentence, with what follows from them."""
    old, new = map(plan_of, sides.both)
    told: list[str] = []
    details: list[str] = []
    shrinks = old is not None and new is not None and new.pods < old.pods
    for group in sides.after.resources(NODE_GROUP):
        known = sides.before.by_node.get(group.node)
        told += [_new(group)] if known is None else _sizes(known, group)
        fewer = {} if known is None else _fewer(known, group)
        shrinks = shrinks or bool(fewer)
        if "DesiredSize" in fewer:
            lost, was = fewer["DesiredSize"]
            details.append(f"{_name(group)} loses {lost} of its {was} nodes, and their pods move.")
    follows = "" if old is None or new is None else _follows(sides, old, new)
    told = [part for part in (listed(told), follows) if part]
    if told:
        yield Sentence(
            text=f"{capital(': '.join(told))}.",
            risk=Risk.INTERRUPTS if shrinks else Risk.SAFE,
            details=tuple(details),
        )
    for subnet in () if new is None else new.overflowing:
        yield Sentence(
            text=f"**{subnet.subnet.name} overflows** in the worst case: {-(subnet.free or 0):,} "
            "addresses are missing.",
            risk=Risk.INTERRUPTS,
        )


def tables(sides: Sides) -> Iterator[Table]:
    """Yield the numbers before and after, where they are known."""
    plans = [plan_of(each) for each in sides.both]
    if plans != [None, None]:
        old, new = ({} if each is None else _numbers(each) for each in plans)
        for numbers, side in ((old, sides.before), (new, sides.after)):
            if numbers:
                numbers["binds first"] = _first(side)
        yield compared("Capacity", old, new, right=(1, 2))


def _numbers(plan: Plan) -> dict[str, str]:
    return {
        "pods at most": f"{plan.pods:,}",
        "fullest subnet": _fullest(plan),
        "addresses, steady": f"{sum(each.steady for each in plan.subnets):,}",
        "addresses, worst case": f"{sum(each.worst for each in plan.subnets):,}",
    }


def _new(group: Resource) -> str:
    kinds = listed(words(each) for each in items(group.properties, "InstanceTypes"))
    least, most = (_written(group, name) for name in ("DesiredSize", "MaxSize"))
    nodes = f" with {least if least == most else f'{least} to {most}'} nodes"
    return (
        f"node group {_name(group)} comes{nodes if least and most else ''}"
        f"{f' of {kinds}' if kinds else ''}"
    )


def _sizes(old: Resource, group: Resource) -> list[str]:
    """Return how the sizes of a node group change, if they do."""
    changed = []
    for name, (how, what) in SIZES.items():
        was, now = _written(old, name), _written(group, name)
        if was != now:
            nodes = what if now == "1" else f"{what}s"
            changed.append(
                f"{how}{now or 'the default number of'} {nodes} instead of {was or 'it'}"
            )
    return [f"node group {_name(group)} has {listed(changed)}"] if changed else []


def _fewer(old: Resource, new: Resource) -> Mapping[str, tuple[int, int]]:
    """Return the sizes of a node group that get smaller: by how much, and what they were."""
    sizes = ((name, _written(old, name), _written(new, name)) for name in SIZES)
    return {
        name: (int(was) - int(now), int(was))
        for name, was, now in sizes
        if was.isdecimal() and now.isdecimal() and int(now) < int(was)
    }


def _written(group: Resource, name: str) -> str:
    return words(text(group.properties, "ScalingConfig", name))


def _name(group: Resource) -> str:
    return f"`{short_name(group) or group.logical_id}`"


def _follows(sides: Sides, old: Plan, new: Plan) -> str:
    parts = []
    if old.pods != new.pods:
        parts.append(f"{sides.after.name} can run {new.pods:,} pods instead of {old.pods:,}")
    if _fullest(old) != _fullest(new):
        parts.append(_fuller(old, new))
    one, other = map(_limit, sides.both)
    if one is not None and other is not None and (parts or one != other):
        parts.append(_binding(one, other))
    return "; ".join(parts)


def _binding(one: Growth, other: Growth) -> str:
    was, now = one.first, other.first
    if was.name != now.name:
        return (
            f"what binds first is {now.name}, at {now.size:,} {other.unit}, instead of {was.name}, "
            f"at {was.size:,} {one.unit}"
        )
    at = f"{now.size:,} {other.unit}"
    if was.size != now.size:
        at += f" instead of {was.size:,}"
    return f"what binds first stays {now.name}, at {at}"


def _fuller(old: Plan, new: Plan) -> str:
    one, other = old.fullest, new.fullest
    if one is not None and other is not None and one.subnet.name == other.subnet.name:
        return (
            f"{other.subnet.name} is at worst {other.used_percent}% full instead of "
            f"{one.used_percent}%"
        )
    return f"at worst {_fullest(new)}; before, {_fullest(old)}"


def _fullest(plan: Plan) -> str:
    full = plan.fullest
    return "unknown" if full is None else f"{full.subnet.name} is {full.used_percent}% full"


def _limit(environment: Environment | None) -> Growth | None:
    if environment is None or environment.inputs is None:
        return None
    return _growth(environment.inputs)


def _first(environment: Environment | None) -> str:
    """Return what ends growth first, and at which size."""
    growth = _limit(environment)
    return "-" if growth is None else f"{growth.first.name} at {growth.first.size:,} {growth.unit}"

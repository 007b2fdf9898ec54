"""Whether the pods still fit: what `make plan` computes, before and after."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP
from assembly.resource import Resource
from capacity.growth import Growth, make_growth
from capacity.inputs import Inputs
from capacity.plan import Plan, make_plan
from kube.values import items, text
from review.labels import capital, listed, short_name, words
from review.model import Risk, Sentence, Table

SIZES: Mapping[str, str] = {
    "MaxSize": "at most {} nodes instead of {}",
    "DesiredSize": "{} desired nodes instead of {}",
    "MinSize": "at least {} nodes instead of {}",
}


def plan_of(environment: Environment | None) -> Plan | None:
    """Compute the plan of an environment, None where its assembly doesn't say what it needs."""
    if environment is None or environment.inputs is None:
        return None
    return _plan(environment.inputs)


@functools.cache
def _plan(inputs: Inputs) -> Plan:
    return make_plan(inputs)


@functools.cache
def _growth(inputs: Inputs) -> Growth:
    """Compute how far an environment can grow: a tenth of a second, so only once."""
    return make_growth(inputs)


def sentences(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield what changes: sizes of node groups in one sentence, with what follows from them."""
    old, new = plan_of(before), plan_of(after)
    sizes: list[str] = []
    details: list[str] = []
    shrinks = old is not None and new is not None and new.pods < old.pods
    for group in after.resources(NODE_GROUP):
        known = before.by_node.get(group.node)
        sizes += _sizes(known, group)
        fewer = [] if known is None else _fewer(known, group)
        shrinks = shrinks or bool(fewer)
        if known is not None and "DesiredSize" in fewer:
            was, now = (_size(each, "DesiredSize") or 0 for each in (known, group))
            details.append(
                f"{_name(group)} loses {was - now} of its {was} nodes, and their pods move."
            )
    follows = "" if old is None or new is None else _follows(before, after, old, new)
    told = [part for part in (listed(sizes), follows) if part]
    if told:
        yield Sentence(
            text=f"{capital(': '.join(told))}.",
            risk=Risk.INTERRUPTS if shrinks else Risk.SAFE,
            details=tuple(details),
        )
    if new is not None:
        for subnet in new.overflowing:
            yield Sentence(
                text=f"**{subnet.subnet.name} overflows** in the worst case: {-(subnet.free or 0):,} "
                "addresses are missing.",
                risk=Risk.INTERRUPTS,
            )


def table(before: Environment | None, after: Environment | None) -> Table | None:
    """Return the numbers before and after, None where neither is known."""
    old, new = plan_of(before), plan_of(after)
    if old is None and new is None:
        return None
    rows = [
        ("pods at most", *_pair(old, new, lambda plan: f"{plan.pods:,}")),
        ("fullest subnet", *_pair(old, new, _fullest)),
        ("addresses, steady", *_pair(old, new, lambda plan: f"{_steady(plan):,}")),
        ("addresses, worst case", *_pair(old, new, lambda plan: f"{_worst(plan):,}")),
        ("binds first", _first(before), _first(after)),
    ]
    return Table(
        title="Capacity",
        head=("", "before", "after"),
        rows=tuple(rows),
        right=(1, 2),
    )


def _sizes(old: Resource | None, group: Resource) -> Iterator[str]:
    """Yield how the sizes of a node group change."""
    if old is None:
        kinds = [words(each) for each in items(group.properties, "InstanceTypes")]
        least, most = (_written(group, name) for name in ("DesiredSize", "MaxSize"))
        nodes = f" with {least} to {most} nodes" if least and most else ""
        yield f"node group {_name(group)} comes{nodes}{f' of {listed(kinds)}' if kinds else ''}"
        return
    sizes = ((_written(group, name), _written(old, name), said) for name, said in SIZES.items())
    changed = [
        said.format(now or "the default number of", was or "the default")
        for now, was, said in sizes
        if now != was
    ]
    if changed:
        yield f"node group {_name(group)} has {listed(changed)}"


def _fewer(old: Resource, new: Resource) -> list[str]:
    """Return the sizes of a node group that get smaller."""
    pairs = ((name, _size(old, name), _size(new, name)) for name in SIZES)
    return [name for name, was, now in pairs if was is not None and now is not None and now < was]


def _size(group: Resource, name: str) -> int | None:
    written = text(group.properties, "ScalingConfig", name)
    return int(written) if written.isdecimal() else None


def _written(group: Resource, name: str) -> str:
    return words(text(group.properties, "ScalingConfig", name))


def _name(group: Resource) -> str:
    return f"`{short_name(group) or group.logical_id}`"


def _follows(before: Environment, after: Environment, old: Plan, new: Plan) -> str:
    parts = []
    if old.pods != new.pods:
        parts.append(f"{after.name} can run {new.pods:,} pods instead of {old.pods:,}")
    if _fullest(old) != _fullest(new):
        parts.append(_fuller(old, new))
    one, other = _limit(before), _limit(after)
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


def _steady(plan: Plan) -> int:
    return sum(each.steady for each in plan.subnets)


def _worst(plan: Plan) -> int:
    return sum(each.worst for each in plan.subnets)


def _limit(environment: Environment | None) -> Growth | None:
    if environment is None or environment.inputs is None:
        return None
    return _growth(environment.inputs)


def _first(environment: Environment | None) -> str:
    """Return what ends growth first, and at which size."""
    growth = _limit(environment)
    return "-" if growth is None else f"{growth.first.name} at {growth.first.size:,} {growth.unit}"


def _pair(old: Plan | None, new: Plan | None, show: Callable[[Plan], str]) -> Sequence[str]:
    return ["-" if plan is None else show(plan) for plan in (old, new)]

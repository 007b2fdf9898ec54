"""Whether the pods still fit: what `make plan` computes, before and after."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.kinds import NODE_GROUP
from assembly.nodes import has_other_nodes, is_self_managed, node_groups, types_of
from assembly.resource import Resource
from capacity.growth import Growth, make_growth
from capacity.plan import Plan
from kube.pods import replicas
from kube.values import dicts, text
from review import rolled, room, volumes
from review.cost import profile_of
from review.labels import group_name, label, listed, quoted, size_of, words
from review.model import DETAILS, Risk, Sentence, capital, say
from review.node_pools import planned
from review.nodes_gone import not_ready
from review.packing import for_tolerant, places_of, plan_of
from review.sides import Sides
from review.tables import Table, compared

SIZES: Mapping[str, str] = {"Max": "maximum", "Desired": "desired", "Min": "minimum"}
"""The sizes of a node group in words."""

# A tenth of a second, so only once.
_growth = functools.cache(make_growth)
NEAR = 2
"""A limit of growth is near that is below so many times the most nodes of today."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what changes: sizes of node groups in one sentence, with what follows from them."""
    old, new = map(plan_of, sides.both)
    told, details = list[str](), list[str]()
    places = [(places_of(x), places_of(x) - for_tolerant(x)) for x in sides.both]
    sets_back, shrinks = False, bool(old and new) and any(map(operator.lt, *places[::-1]))
    before = {group.node: group for group in node_groups(sides.before)}
    # The old nodes of what is replaced all go, which is told there.
    replaced = {each.resource.node for each in sides.changes if each.kind == "replaced"}
    for group in node_groups(sides.after):
        name = f"`{group_name(group)}`"
        known = before.get(group.node)
        if known is None:
            told.append(f"node group {name} is added{_size(group)}")
            details += _takes(sides, group)
            continue
        changed = [*filter(None, (_changed(size, known, group) for size in SIZES))]
        told += [f"node group {name}: {listed(changed)}"] if changed else []
        for size in SIZES:
            was, now = size_of(known, size), size_of(group, size)
            if was is None or now is None:
                continue
            shrinks = shrinks or now < was
            if size == "Desired" and now < was:
                # EKS user guide, "Managed node groups concepts": fewer desired nodes don't respect
                # budgets, an update does unless it is forced.
                then = "start elsewhere" if now else "start if taken"
                then = DETAILS[then if _has_nodes(sides.after) else "no node left"]
                rest = f", or all{f' but {now}' * (now > 0)} if it has grown"
                lost = {"name": name, "lost": was - now, "was": was, "then": then}
                lost["grown"] = rest * ((size_of(known, "Max") or was) > was)
                which = "fewer instances" if is_self_managed(group) else "fewer nodes"
                details += [DETAILS[which].format(**lost)] if group.node not in replaced else []
                details += room.empty_zones(sides, group, now)
            elif size == "Max" and now > was:
                details += room.price_of_growth(sides, group, now - was)
        grown = rolled.set_back(known, group) if group.node not in replaced else []
        details += grown
        sets_back = sets_back or bool(grown)
    follows = "" if old is None or new is None or old is new else _follows(sides, old, new, told)
    shrinks = shrinks or (bool(follows) and places[1] <= places[0] and _less_room(*_limits(sides)))
    parts = [*filter(None, ("; ".join(told), follows))]
    if parts:
        # Else it is told with what is replaced.
        if not any(x.kind == "replaced" and x.resource.kind == NODE_GROUP for x in sides.changes):
            details += room.more_of_a_quota(sides)
        # Where the templates are the same, only the plan counts otherwise.
        shrinks = shrinks and sides.before.templates != sides.after.templates
        yield Sentence(
            text=f"{'. '.join(map(capital, parts))}.",
            risk=Risk.WEAKENS if shrinks else Risk.INTERRUPTS if sets_back else Risk.SAFE,
            details=tuple(map(capital, details)),
            lasts="from" if told else "told",
        )
    yield from () if parts else _differing(sides)
    yield from _without_nodes(sides)
    for each in () if new is None else new.overflowing:
        yield say("subnet overflows", subnet=each.subnet.name, missing=-(each.free or 0))


def tables(sides: Sides) -> Iterator[Table]:
    """Yield the numbers before and after, where they are known and may differ."""
    # How far it may grow takes long to find out.
    if plan_of(sides.before) is plan_of(sides.after):
        return
    old, new = map(_numbers, sides.both)
    if old or new:
        yield compared("Capacity", old, new, right=(1, 2))


def _differing(sides: Sides) -> Iterator[Sentence]:
    """Yield the numbers of the table that differ, where nothing else tells of them."""
    one, other = map(plan_of, sides.both)
    old, new = ({}, {}) if one is other else map(_numbers, sides.both)
    if found := [f"{x} {old[x]} → {new[x]}" for x in old if new.get(x, old[x]) != old[x]]:
        surges = {tuple(x.surge for x in room.groups_of(side).values()) for side in sides.both}
        more, given = [DETAILS["on top"]] * (len(surges) - 1), volumes.if_pool_goes(sides.after)
        yield say("limits differ", given=given, numbers=listed(found), details=more)


def _numbers(environment: Environment) -> dict[str, str]:
    plan, limit = plan_of(environment), _limit(environment)
    if plan is None or limit is None:
        return {}
    return {
        "maximum pods": f"{places_of(environment):,}{' (planned)' * any(planned(environment))}",
        "fullest subnet": _fullest(plan),
        # Each is that of the fullest zone: their sum is in no state of the environment.
        "most addresses in a subnet, steady": f"{max((x.steady for x in plan.subnets), default=0):,}",
        "most addresses in a subnet, worst case": f"{max((x.worst for x in plan.subnets), default=0):,}",
        "first limit": f"{limit.first.name} at {limit.first.size:,} {limit.unit}",
    }


def _has_nodes(environment: Environment) -> bool:
    """Tell whether pods may find a node: of a group, or one that something else makes."""
    sizes = [size_of(group, "Desired") for group in node_groups(environment)]
    return has_other_nodes(environment) or any(each != 0 for each in sizes)


def _without_nodes(sides: Sides) -> Iterator[Sentence]:
    """Yield which pods have no node any more, where there is none at all."""
    pods = sides.after.kubernetes_objects("Deployment", "StatefulSet")
    left = [x for x in pods if replicas(x.content) != 0 and not profile_of(sides.after, x)]
    if left and _has_nodes(sides.before) and not _has_nodes(sides.after):
        yield say("no node left", names=listed(map(label, left)))


def _size(group: Resource) -> str:
    kinds = listed(words(text(each)) for each in types_of(group))
    least, desired, most = (_written(group, name) for name in ("Min", "Desired", "Max"))
    between = f" ({least} to {most})" if least and most and least != most else ""
    nodes = f" with {desired} {'node' if desired == '1' else 'nodes'}{between}" if desired else ""
    waits = f", and {many} that wait beside them" if (many := volumes.waiting(group)[0]) else ""
    return f"{nodes} of {kinds}{waits}" if nodes and kinds else nodes


def _takes(sides: Sides, group: Resource) -> Iterator[str]:
    """Yield the image of a new group, and which pods its nodes take, if any."""
    taints = quoted(text(each, "Key") for each in dicts(group.properties, "Taints"))
    image = words(text(group.properties, "AmiType"))
    if sides.before.stacks and group not in not_ready(sides).values():
        said = DETAILS["some pods" if taints else "any pod"]
        yield said.format(taints=taints, image=f" (image `{image}`)" if image else "")


def _changed(size: str, old: Resource, new: Resource) -> str:
    was, now = (_written(each, size) for each in (old, new))
    said = f"{SIZES[size]} {was or 'the default'} → {now or 'the default'}"
    return "" if was == now else f"{said} {'node' if now == '1' else 'nodes'}"


def _written(group: Resource, name: str) -> str:
    return words(text(group.properties, "ScalingConfig", f"{name}Size"))


def _follows(sides: Sides, old: Plan, new: Plan, told: Sequence[str]) -> str:
    parts = []
    was, now = map(places_of, sides.both)
    kept, keep = map(for_tolerant, sides.both)
    if was != now or kept != keep:
        most = "" if any(planned(sides.after)) else "at most "
        before = f" instead of {was:,}" if was != now else ""
        some = f" ({keep:,} of them only if they tolerate taints{'' if before else f'; before: {kept:,}'})"
        pods = f"{most}{now:,} pods{some if keep or not before else ''}{before}"
        parts.append(f"environment `{sides.after.name}` can run {pods}, if CPU and memory suffice")
    elif told:
        parts.append(f"the maximum stays {now:,} pods")
    if _fullest(old) != _fullest(new):
        parts.append(_fuller(old, new))
    one, other = _limits(sides)
    same = one is not None and other is not None and one.first == other.first
    if one is not None and other is not None and _binds(one, other) and (told or parts or not same):
        parts.append(_binding(one, other))
    return "; ".join([*parts, *_planned_in(sides, was, now)] if parts else [])


def _planned_in(sides: Sides, was: int, now: int) -> Iterator[str]:
    """Yield which number counts NodePools by limits of the plan."""
    old, new = map(planned, sides.both)
    told = {"this": new} if old == new else {f"the {was:,}": old, f"the {now:,}": new}
    for number, counts in told.items():
        if counts:
            names = listed(f"NodePool `{name}` with {most} vCPUs" for name, most in counts.items())
            yield f"{number} counts {names}, which nothing enforces"


def _limits(sides: Sides) -> tuple[Growth | None, Growth | None]:
    """Return how many nodes there is room for; of other groups than before, another mix is counted."""
    old, new = ({group_name(x) for x in node_groups(side)} for side in sides.both)
    now = _limit(sides.after)
    return (_limit(sides.before) if old == new else now), now


def _less_room(one: Growth | None, other: Growth | None) -> bool:
    """Tell whether fewer nodes have room than before, where that is told."""
    return bool(one and other and _binds(one, other) and other.first.size < one.first.size)


def _binds(one: Growth, other: Growth) -> bool:
    """Tell whether people need to know the first limit: it is near, or differs by a tenth."""
    was, now = one.first.size, other.first.size
    return now < NEAR * other.maximum or abs(now - was) * 10 >= was


def _binding(one: Growth, other: Growth) -> str:
    """Return how many nodes there is room for, and what runs out then."""
    size = one.first.size
    before = "" if size == other.first.size else f" instead of {size:,}"
    return f"the subnets have room for {other.first.size:,} {other.unit}{before} (limit: {other.first.name})"


def _fuller(old: Plan, new: Plan) -> str:
    one, other = old.fullest, new.fullest
    if one is None or other is None or one.subnet.name != other.subnet.name:
        return f"subnet {_fullest(new)} at worst (before: {_fullest(old)})"
    now = f"subnet {other.subnet.name} is at worst {other.used_percent}% full"
    return f"{now} instead of {one.used_percent}%, with all groups at their maximum and updating"


def _fullest(plan: Plan) -> str:
    full = plan.fullest
    return "unknown" if full is None else f"{full.subnet.name} is {full.used_percent}% full"


def _limit(environment: Environment) -> Growth | None:
    return None if environment.inputs is None else _growth(environment.inputs)

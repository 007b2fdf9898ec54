"""Whether there are enough nodes: for what pods ask for, in every zone, and at what price."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from assembly.environment import Environment
from assembly.kinds import CHART, NODE_GROUP
from assembly.nodes import has_other_nodes, node_groups
from assembly.resource import Resource
from capacity.inputs import Group
from capacity.needs import together
from guardrails.rules.pools import homeless
from guardrails.rules.workloads import chart_name, told
from kube.pods import Amounts, total_of
from kube.values import items, mapping, text
from review import cost, in_between, in_fargate, networks, node_pools
from review.labels import counted, group_name, has_or_have, listed, of_its_cluster, words
from review.model import DETAILS, Risk, Sentence, capital, say
from review.packing import (
    UNITS,
    asked_of,
    counted_pods,
    fits,
    growing,
    left_to_pods,
    limited,
    makes_more,
    nodes_of,
    peak,
    peak_lost,
    places_of,
    running_on,
    unplaced,
    written,
)
from review.prices import Amount, prices
from review.sides import Sides

ASKS = {"cpu": "{} vCPU", "memory": "{} of memory"}


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what pods ask of the nodes, where they ask for more or there is less."""
    yield from (say("one zone", zone=zone) for zone in (one_zone(sides),) if zone)
    (was, had), (asked, room) = ((asked_of(each), left_to_pods(each)) for each in sides.both)
    asked = total_of(asked, *running_on(sides))
    differs = room != had or any(asked[name] > was[name] for name in UNITS) or peak_lost(sides)
    amounts = listed(
        f"{written(asked, name)} of {written(room, name)} {unit} "
        f"(before: {written(was, name)} of {written(had, name)})"
        for name, unit in UNITS.items()
        if had and room
    )
    if amounts and differs and _counts(sides):
        # That there are fewer nodes, or places for pods, is told with the groups.
        many, now = ((len(nodes_of(x)), places_of(x)) for x in sides.both)
        # The kubelet keeps memory for each pod that a node may have.
        less = room["memory"] < had["memory"] and room["pods"] <= had["pods"]
        smaller = now[0] >= many[0] and now[1] >= many[1] and (less or room["cpu"] < had["cpu"])
        risk = Risk.WEAKENS if smaller else None
        if any(asked[name] > room[name] for name in UNITS):
            yield say("pods don't fit", amounts=amounts, risk=risk)
        elif left := unplaced(sides.after):
            asks = listed(_asked(left.pods.asked, each) for each in left.on)
            yield say("pods don't pack", name=left.pods.name, asks=asks, risk=risk)
        else:
            but = limited(sides.after) + in_fargate.unsure(sides)
            then = [f"{capital(x)}." for _, x in (peak(sides.after),) if x]
            how = "pods still fit" if smaller else "pods fit"
            yield say(how, amounts=amounts, limited=but, details=[*counted_pods(sides), *then])
    elif (pools := growing(sides.after)) and not has_other_nodes(sides.before):
        limits = f"{'its' if len(pools) == 1 else 'their'} limits and "
        limits *= not all(x.built_in for x in pools)
        details = [*_controllers(sides.after, amounts)]
        if spot := [x for x in pools if any("spot" in items(y, "values") for y in x.requirements)]:
            details.insert(0, DETAILS["may be Spot"].format(pools=_named(spot)))
        yield say("pods get nodes", pools=_named(pools), limits=limits, details=details)


def _controllers(environment: Environment, amounts: str) -> Iterator[str]:
    """Yield what Karpenter's own pods ask for: none of them runs on nodes that it makes."""
    for each in environment.resources(CHART):
        asks = mapping(told(each), "controller", "resources", "requests")
        if amounts and asks and chart_name(each) == "karpenter":
            wanted = listed(
                ASKS[name].format(words(text(x))) for name, x in asks.items() if name in ASKS
            )
            count = text(told(each), "replicas")
            yield DETAILS["controllers"].format(count=count, asks=wanted, amounts=amounts)


def same(sides: Sides) -> str:
    """Return whether pods fit, where the nodes are as large as before and pods ask for no more."""
    kept = set.intersection(
        *({node_pools.named(x) for x in growing(side, own=False)} for side in sides.both)
    )
    nowhere = None in in_between.waiting(sides).values() or any(homeless(sides.after))
    if kept and not nowhere:
        return f"fit (pods that find no room get nodes of {listed(sorted(kept))}, within limits)"
    (was, had), (asked, room) = ((asked_of(each), left_to_pods(each)) for each in sides.both)
    grows = any(asked[name] > was[name] for name in UNITS)
    if not room or room != had or grows or peak_lost(sides) or not _counts(sides):
        return ""
    if fits(sides.after) and unplaced(sides.after):
        return "fit (your pods' requests **may find no room on a single node**)"
    how = "fit" if fits(sides.after) else "**don't fit**"
    more, then = limited(sides.after), peak(sides.after)[1]
    grow = [bool(growing(each, own=False)) for each in sides.both]
    more += DETAILS["only ones"] * (grow == [True, False])
    more = f"{more}{f'; {then}' * bool(then)}" if fits(sides.after) else ""
    return f"fit (your pods' requests {how} the desired nodes{more})"


def _named(pools: Iterable[node_pools.Pool]) -> str:
    return listed(sorted(map(node_pools.named, pools)))


def _counts(sides: Sides) -> bool:
    """Tell whether room decides: nodes that something else makes are as many as pods need."""
    nowhere = None in in_between.waiting(sides).values()
    return not nowhere and not makes_more(sides.after)


def overflows(sides: Sides) -> bool:
    """Tell whether pods ask for more than the desired nodes have."""
    return bool(left_to_pods(sides.after)) and _counts(sides) and not fits(sides.after)


def groups_of(environment: Environment) -> Mapping[str, Group]:
    """Return the node groups by their names, as the plan knows them."""
    inputs = environment.inputs
    return {each.name: each for each in (inputs.groups if inputs else ())}


def one_zone(sides: Sides) -> str:
    """Return the zone that all nodes are in from now on, empty where they were before or aren't."""
    every = (groups_of(side).values() for side in sides.both)
    was, now = ({zone for group in groups for zone in group.zones} for groups in every)
    alone = len(now) == 1 < len(was) and not has_other_nodes(sides.after)
    return next(iter(now)) if alone else ""


def empty_zones(sides: Sides, group: Resource, nodes: int) -> Iterator[str]:
    """Yield in how many zones of a group no node is left."""
    known = groups_of(sides.after).get(group_name(group))
    zones = len(known.zones) if known else 0
    if (empty := zones - nodes) > 0:
        of = f"at least {empty}" if nodes else "all"
        yield DETAILS["empty zones"].format(empty=of, zones=zones, have=has_or_have(empty))


def zones_left(sides: Sides, group: Resource) -> Iterator[str]:
    """Yield the zones in which a group that is replaced has no nodes any more."""
    both = (groups_of(side).get(group_name(group)) for side in sides.both)
    was, now = ({*each.zones} if each else set() for each in both)
    if now and was - now:
        yield DETAILS["zones left"].format(zones=listed(sorted(was - now)))
        yield from networks.crossing(sides, was - now, "its nodes")


def price_of_growth(sides: Sides, group: Resource, more: int) -> Iterator[str]:
    """Yield what the nodes cost by which a group may grow further."""
    name = f"{group_name(group)}{of_its_cluster(sides.after, group)}"
    lines = cost.lines(sides.after, prices(cost.region_of(*sides.both)), sides.today)
    found = {line.what.partition(", at the price")[0]: line for line in lines}
    # Of a mix nobody knows how many of each market come.
    mixed = f"On-Demand nodes of {name}" in found
    names = (f"nodes of {name}", f"Spot nodes of {name}", f"node volumes of {name}")
    wanted = [*map(found.get, names)]
    priced = [usd for x in wanted if x and (usd := x.each or x.least)]
    about = "more than" if any(x and x.least for x in wanted) else "about"
    price = f"{about} {sum(priced, Amount()) * more} a month"
    price = price if priced[1:] and not mixed else "a sum that is not known here"
    costs = "costs" if more == 1 else "cost"
    yield DETAILS["growth"].format(nodes=counted(more, "node"), cost=costs, price=price)


def more_of_a_quota(sides: Sides) -> Iterator[str]:
    """Yield the vCPU quotas against which more counts, with the desired nodes or with the most."""
    old, new = ([*groups_of(each).values()] for each in sides.both)
    if not old or not new:
        return
    most = [[replace(each, desired=each.maximum) for each in side] for side in (old, new)]
    desired, full = ([together(each) for each in pair] for pair in ((old, new), most))
    for quota in full[1]:
        (was, now), (least, largest) = ([x.get(quota, 0) for x in pair] for pair in (desired, full))
        if now > was or largest > least:
            yield DETAILS["quota"].format(
                quota=quota.name,
                desired=f"{now:,} with the desired nodes (before: {was:,})",
                most=f"{largest:,} at the maximum (before: {least:,})",
            )


def of_both_groups(sides: Sides, group: Resource) -> Iterator[str]:
    """Yield the vCPUs that count while the new node groups of a stack stand beside the old ones.

    Only for the first that goes, and where a quota has to cover more than before and after: between
    Spot and On-Demand none does.
    """
    stack = group.scope.stack
    goes, comes = (
        [
            each.resource.node
            for each in sides.changes
            if each.kind in {"replaced", kind} and each.resource.kind == NODE_GROUP
            if each.resource.stack == stack.path
        ]
        for kind in ("removed", "added")
    )
    if not comes or group.node not in goes[:1]:
        return
    old, new = map(groups_of, sides.both)
    said = DETAILS["both groups"].format(stack=stack.name)
    if not old or not new:
        yield f"{said}."
        return
    done = {stack.path, *sides.after.order.stacks_before(stack.path)}
    made = [new[group_name(x)] for x in _groups(sides.after, new) if x.stack in done]
    kept = [x for x in _groups(sides.before, old) if x.stack not in done or x.node in goes]
    left = [old[group_name(each)] for each in kept]
    grown = [replace(each, desired=each.maximum) for each in left]
    was, now, both, most = map(
        together, (old.values(), new.values(), [*made, *left], [*made, *grown])
    )
    parts = [
        f"{count:,} vCPUs of `{quota.name}` with the desired nodes ({was.get(quota, 0):,} before, "
        f"{now.get(quota, 0):,} after)"
        + (f", up to {most[quota]:,} if the old group has grown" if most[quota] > count else "")
        for quota, count in both.items()
        if count > max(was.get(quota, 0), now.get(quota, 0))
    ]
    if parts:
        yield f"{said}: {listed(parts)}."
    else:
        yield from more_of_a_quota(sides)


def _groups(environment: Environment, known: Mapping[str, Group]) -> Iterator[Resource]:
    return (x for x in node_groups(environment) if group_name(x) in known)


def _asked(amounts: Amounts, what: str) -> str:
    if what == "pods":
        return "a place"
    return f"{written(amounts, what)} {UNITS[what]}" if what in UNITS else f"what its `{what}` says"

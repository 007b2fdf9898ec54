"""Whether there are enough nodes: for what pods ask for, in every zone, and at what price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART, NODE_GROUP
from assembly.nodes import has_other_nodes, node_groups, node_of
from assembly.resource import Resource
from capacity.inputs import Group
from capacity.needs import together
from capacity.plan import platform_on_fargate, platform_pods
from capacity.room import GIB, allocatable
from guardrails.rules.components import chart_name, told
from guardrails.rules.workloads import SERVERS
from kube.pods import Amounts, pod_template, replicas, requests, total_of
from kube.scheduling import is_selected, tolerates
from kube.values import Json, mapping, text
from review import cost, in_between, node_pools
from review.labels import counted, group_name, has_or_have, listed, of_its_cluster, words
from review.model import DETAILS, Sentence, say
from review.prices import Amount, prices
from review.sides import Sides

UNITS: Mapping[str, str] = {"cpu": "vCPUs", "memory": "GiB of memory", "pods": "pods"}
"""What runs out on nodes."""
ASKS = {"cpu": "{} vCPU", "memory": "{} of memory"}
SYSTEM = "kubernetes.io/os"
"""The label by which pods ask for Windows nodes (EKS user guide, "Deploy Windows nodes on EKS clusters")."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what pods ask of the nodes, where they ask for more or there is less."""
    if zone := one_zone(sides):
        yield say("one zone", zone=zone)
    (was, had), (asked, room) = ((_asked(each), _room(each)) for each in sides.both)
    differs = room != had or any(asked[name] > was[name] for name in UNITS)
    if had and room and differs and _counts(sides):
        amounts = listed(
            f"{_written(asked, name)} of {_written(room, name)} {unit} "
            f"(before: {_written(was, name)} of {_written(had, name)})"
            for name, unit in UNITS.items()
        )
        fits = all(asked[name] <= room[name] for name in UNITS)
        yield say("pods fit" if fits else "pods don't fit", amounts=amounts)
    elif (pools := node_pools.pools(sides.after)) and not has_other_nodes(sides.before):
        names = listed(f"NodePool `{each.name}`" for each in pools)
        their = "its" if len(pools) == 1 else "their"
        yield say(
            "pods get nodes", pools=names, their=their, details=_controllers(sides.after, room)
        )


def _controllers(environment: Environment, room: Amounts) -> Iterator[str]:
    """Yield what Karpenter's own pods ask for: none of them runs on nodes that it makes."""
    for each in environment.resources(CHART):
        asks = mapping(told(each), "controller", "resources", "requests")
        if room and asks and chart_name(each) == "karpenter":
            wanted = listed(
                ASKS[name].format(words(text(x))) for name, x in asks.items() if name in ASKS
            )
            count, cpus = text(told(each), "replicas"), _written(room, "cpu")
            yield DETAILS["controllers"].format(count=count, asks=wanted, room=cpus)


def same(sides: Sides) -> str:
    """Return whether pods fit, where the nodes are as large as before and pods ask for no more."""
    (was, had), (asked, room) = ((_asked(each), _room(each)) for each in sides.both)
    grows = any(asked[name] > was[name] for name in UNITS)
    if not room or room != had or grows or not _counts(sides):
        return ""
    how = "fit" if all(asked[name] <= room[name] for name in UNITS) else "**don't fit**"
    return f"fit (your pods' requests {how} the desired nodes)"


def _counts(sides: Sides) -> bool:
    """Tell whether room decides: nodes that something else makes are as many as pods need."""
    nowhere = None in in_between.waiting(sides).values()
    return not nowhere and not has_other_nodes(sides.after)


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


def price_of_growth(sides: Sides, group: Resource, more: int) -> Iterator[str]:
    """Yield what the nodes cost by which a group may grow further."""
    name = f"{group_name(group)}{of_its_cluster(sides.after, group)}"
    lines = cost.lines(sides.after, prices(cost.region_of(*sides.both)), sides.today)
    each = {line.what.partition(", at the price")[0]: line.each for line in lines}
    # Of a mix nobody knows how many of each market come.
    mixed = f"On-Demand nodes of {name}" in each
    wanted = [each.get(x) for x in (f"nodes of {name}", f"node volumes of {name}")]
    priced = [amount for amount in wanted if amount is not None]
    known = len(priced) == len(wanted) and not mixed
    price = (
        f"about {sum(priced, Amount()) * more} a month" if known else "a sum that is not known here"
    )
    costs = "costs" if more == 1 else "cost"
    yield DETAILS["growth"].format(nodes=counted(more, "more node"), cost=costs, price=price)


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


@indexed
def _open(environment: Environment) -> Mapping[str, Json]:
    """Return a node of each Linux group that takes a pod of the stacks: a taint may keep out all."""
    items = environment.kubernetes_objects(*SERVERS)
    specs = [pods.spec for pods in map(pod_template, (x.content for x in items)) if pods]
    nodes = {group_name(x): node_of(x, may_have_more=False) for x in node_groups(environment)}
    open_to = {
        each.name: nodes.get(each.name, {})
        for each in groups_of(environment).values()
        if not each.windows
    }
    return {x: y for x, y in open_to.items() if any(tolerates(spec, y) for spec in (*specs, {}))}


def _room(environment: Environment) -> Amounts:
    """Return what the desired Linux nodes leave to pods, of several types the least."""
    inputs, total = environment.inputs, Amounts()
    for group in inputs.groups if inputs else ():
        if group.name not in _open(environment):
            continue
        pods = group.limit(inputs.cni).pods if inputs else 0
        rooms = [allocatable(kind, pods=pods, disk_gib=None) for kind in group.kinds]
        least = {name: min(each[name] for each in rooms) for name in UNITS} if rooms else {}
        total = total_of(total, {name: group.desired * each for name, each in least.items()})
    return total


def _asked(environment: Environment) -> Amounts:
    """Return what the pods of the stacks ask of Linux nodes, and the places of the platform's own."""
    inputs, total = environment.inputs, dict.fromkeys(UNITS, Decimal())
    nodes, groups = _open(environment), inputs.groups if inputs else ()
    sizes = {each.name: each.desired if each.name in nodes else 0 for each in groups}
    if inputs:
        total["pods"] += platform_pods(inputs, [*sizes.values()]) - platform_on_fargate(inputs)
    for item in environment.kubernetes_objects("Deployment", "StatefulSet", "DaemonSet"):
        template = pod_template(item.content)
        if (
            template is not None
            and text(template.spec, "nodeSelector", SYSTEM) != "windows"
            and cost.profile_of(environment, item) is None
        ):
            each_of = [sizes[x] for x, node in nodes.items() if is_selected(node, template.spec)]
            pods = sum(each_of) if item.kind == "DaemonSet" else replicas(item.content) or 0
            each = {**requests(template.spec), "pods": Decimal(1)}
            total = total_of(total, {name: pods * amount for name, amount in each.items()})
    return total


def _written(amounts: Amounts, name: str) -> str:
    amount = amounts[name] / (GIB if name == "memory" else 1)
    return f"{amount:,.1f}".removesuffix(".0")

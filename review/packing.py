"""What pods ask for and what nodes leave to them: in all, and node by node."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kubernetes_object import of_each
from assembly.nodes import node_groups, node_of
from assembly.resource import Resource
from capacity.cni import Cni
from capacity.inputs import WINDOWS, Group
from capacity.plan import Plan, make_plan, platform_on_fargate, platform_pods
from capacity.room import GIB, allocatable, kubelet_pods
from guardrails.rules.availability import at_most, scalers
from guardrails.rules.homes import is_on_each, of_platform, on_nodes
from guardrails.rules.quotas import let_in, let_in_at_most
from guardrails.rules.workloads import SERVERS, by_name
from kube.placement import ANY_NODE, NO_NODE, Node, Pods, Waiting, place
from kube.platform_pods import LINUX
from kube.pods import Amounts, pod_template, total_of
from kube.scheduling import SYSTEM, ZONE, tolerates, tolerating
from kube.values import Json, Unknown, mapping, text
from review.autoscaled import kept
from review.labels import counted, group_name, label, listed
from review.model import DETAILS
from review.node_pools import Home, Pool, has_unknown_nodes, pools
from review.nodes_gone import keeps_out
from review.rejected import then_of
from review.sides import Sides

_plan = functools.cache(make_plan)
UNITS: Mapping[str, str] = {"cpu": "vCPUs", "memory": "GiB of memory", "pods": "pods"}
"""What runs out on nodes."""
STAY = ("stalls", "those stay")
"""In which rollouts pods without a successor run on."""


def plan_of(environment: Environment | None) -> Plan | None:
    """Compute the plan of an environment, None where its assembly doesn't say what it needs."""
    inputs = environment.inputs if environment else None
    return None if inputs is None else _plan(inputs)


def for_tolerant(environment: Environment) -> int:
    """Return how many places only pods with tolerations have."""
    plan = plan_of(environment)
    homes: list[Home] = [*node_groups(environment), *pools(environment)]
    kept = {x.name if isinstance(x, Pool) else group_name(x) for x in homes if keeps_out(x)}
    groups = (x for x in (plan.groups if plan else ()) if x.apart != WINDOWS)
    return sum(x.pods for x in groups if x.name in kept)


def places_of(environment: Environment) -> int:
    """Return the most pods of an environment, as its plan tells them."""
    plan = plan_of(environment)
    return plan.pods if plan else 0


@indexed
def unplaced(environment: Environment) -> Waiting | None:
    """Return the first pods that some node takes, but none has room for beside the others."""
    waiting = place(nodes_of(environment), pods_of(environment))
    return next((x for x in waiting if not {NO_NODE, ANY_NODE}.intersection(x.on)), None)


@indexed
def _open(environment: Environment) -> Mapping[str, tuple[Json, str]]:
    """Return a node and the AMI type of each Linux group that takes a pod of the stacks: a taint may keep out all."""
    items = environment.kubernetes_objects(*SERVERS)
    specs = [
        tolerating(pods.spec) for pods in map(pod_template, (x.content for x in items)) if pods
    ]
    groups = {group_name(x): x for x in node_groups(environment)}
    found = {
        each.name: _node(groups.get(each.name))
        for each in (environment.inputs.groups if environment.inputs else ())
        if not each.windows
    }
    return {x: y for x, y in found.items() if any(tolerates(spec, y[0]) for spec in (*specs, {}))}


def _node(group: Resource | None) -> tuple[Json, str]:
    if group is None:
        # A group that only the plan has. It doesn't run Windows.
        return {"metadata": {"labels": LINUX}}, ""
    return node_of(group, may_have_more=False), text(group.properties, "AmiType")


@indexed
def left_to_pods(environment: Environment) -> Amounts:
    """Return what the desired Linux nodes leave to pods, nothing where that of one isn't known."""
    rooms = [each.room for each in nodes_of(environment)]
    return total_of(*rooms) if all(rooms) else {}


@indexed
def nodes_of(environment: Environment) -> Sequence[Node]:
    """Return the desired Linux nodes, each in its zone and with what it leaves to pods, of several types the least."""
    inputs, found = environment.inputs, list[Node]()
    for group in inputs.groups if inputs else ():
        if inputs and group.name in _open(environment):
            node, image = _open(environment)[group.name]
            rooms = [_room(replace(group, kinds=(x,)), inputs.cni, image) for x in group.kinds]
            least = {name: min(each[name] for each in rooms) for name in UNITS} if rooms else {}
            labels = mapping(node, "metadata", "labels")
            kinds = [
                Node(content={**node, "metadata": {"labels": {**labels, ZONE: zone}}}, room=least)
                for zone in group.zones or (Unknown(ZONE),)
            ]
            found += [kinds[at % len(kinds)] for at in range(group.desired)]
    return found


def _room(group: Group, cni: Cni, ami_type: str) -> Amounts:
    """Return what a node of a group's only type leaves to pods."""
    pods, (kind,) = group.limit(cni).pods, group.kinds
    reserved = kubelet_pods(kind, pods=pods, ami_type=ami_type)
    return allocatable(kind, pods=pods, reserved_for=reserved, disk_gib=None)


@indexed
def asked_of(environment: Environment) -> Amounts:
    """Return what pods ask of Linux nodes; those of add-ons and charts as far as it is known."""
    return _asked_by(environment, pods_of(environment))


def _asked_by(environment: Environment, pods: Sequence[Pods]) -> Amounts:
    inputs, total = environment.inputs, dict.fromkeys(UNITS, Decimal())
    if inputs:
        sizes = [x.desired if x.name in _open(environment) else 0 for x in inputs.groups]
        total["pods"] += platform_pods(inputs, sizes) - platform_on_fargate(inputs)
    known = {label(x.owner) for x in of_platform(environment)}
    for each in pods:
        on = sum(map(each.may_run_on, nodes_of(environment))) if each.on_each else each.count
        asked = {x: on * amount for x, amount in each.asked.items()}
        # Their places are counted above, with those of all other add-ons and charts.
        total = total_of(total, asked | ({"pods": Decimal()} if each.name in known else {}))
    return total


@indexed
def pods_of(environment: Environment) -> Sequence[Pods]:
    """Return the pods that run on Linux nodes, of the stacks and of known add-ons and charts."""
    return _pods(environment)


def _pods(environment: Environment, *, scaled: bool = False) -> Sequence[Pods]:
    few = let_in_at_most(environment) if scaled else let_in(environment)
    count = at_most if scaled else lambda _, owner: kept(owner)
    return [
        Pods(
            name=label(each.owner),
            spec=each.spec,
            labels=each.labels,
            namespace=each.owner.namespace or "default",
            count=min(count(environment, each.owner) or 0, few.get(each.owner, sys.maxsize)),
            on_each=is_on_each(each),
        )
        for each in of_each((x.owner, x) for x in on_nodes(environment)).values()
        if each.owner.kind in SERVERS or is_on_each(each)
        if text(each.spec, "nodeSelector", SYSTEM) != "windows"
    ]


@indexed
def fits(environment: Environment) -> bool:
    """Tell whether the nodes have what pods ask for, all together."""
    asked, room = asked_of(environment), left_to_pods(environment)
    return all(asked[name] <= room[name] for name in UNITS)


@indexed
def peak(environment: Environment) -> tuple[str, str]:
    """Return whether pods fit where autoscalers make all that they may and quotas let in, and in words."""
    targets = [by_name(environment).get(x) for x in scalers(environment)]
    if any(x is None or at_most(environment, x) is None for x in targets):
        return "peak unknown", DETAILS["peak unknown"]
    most, room = _pods(environment, scaled=True), left_to_pods(environment)
    pairs = zip(pods_of(environment), most, strict=True)
    more = {new.name: new.count for old, new in pairs if new.count > old.count}
    if not more or not room:
        return "", ""
    asked = _asked_by(environment, most)
    on = [{*x.on} for x in place(nodes_of(environment), most)]
    how = "peak doesn't pack" if any(not {NO_NODE, ANY_NODE} & x for x in on) else "peak fits"
    how = "peak doesn't fit" if any(asked[x] > room[x] for x in UNITS) else how
    amounts = listed(f"{written(asked, x)} of {written(room, x)} {y}" for x, y in UNITS.items())
    pods = listed(f"{counted(count, 'pod')} of {x}" for x, count in more.items())
    pods += DETAILS["limited"] * any(label(x) in more for x in let_in_at_most(environment))
    return how, DETAILS[how].format(pods=pods, amounts=amounts)


def peak_lost(sides: Sides) -> bool:
    """Tell whether pods that autoscalers may make find no room, and did before or were none."""
    was, now = (peak(each)[0] for each in sides.both)
    return now in {"peak doesn't fit", "peak doesn't pack"} and now != was


def written(amounts: Amounts, name: str) -> str:
    """Return an amount of what nodes have, memory in GiB."""
    amount = amounts[name] / (GIB if name == "memory" else 1)
    return f"{amount:,.1f}".removesuffix(".0")


def limited(environment: Environment) -> str:
    """Return that quotas reject some pods, which are not among those that fit."""
    return DETAILS["limited"] if let_in(environment) else ""


def growing(environment: Environment, *, own: bool = True, others: bool = True) -> Sequence[Pool]:
    """Return the NodePools that make nodes for pods of these stacks, or for others without tolerations."""
    specs = [x.spec for x in pods_of(environment) if own and not x.on_each] + [{}] * others
    grow = (x for x in pools(environment) if not x.fixed)
    return [x for x in grow if any(map(x.lets_in, specs))]


def makes_more(environment: Environment) -> bool:
    """Tell whether something makes nodes for pods of these stacks without room, or may."""
    return has_unknown_nodes(environment) or bool(growing(environment, others=False))


def running_on(sides: Sides) -> Iterator[Amounts]:
    """Yield what pods ask for that stay because a quota lets in fewer new ones."""
    for each in pods_of(sides.before):
        yield {name: _left(sides, each) * amount for name, amount in each.asked.items()}


def _left(sides: Sides, pods: Pods) -> int:
    few = {label(x): n for x, n in let_in(sides.after).items() if then_of(sides, x) in STAY}
    return max(0, pods.count - few.get(pods.name, pods.count))


def counted_pods(sides: Sides) -> Iterator[str]:
    """Yield how many pods count of what quotas have no room for."""
    old = {each.name: left for each in pods_of(sides.before) if (left := _left(sides, each))}
    for name, most in ((label(x), n) for x, n in let_in(sides.after).items()):
        stay = f" and {old[name]} old" if name in old else ""
        yield DETAILS["counted pods"].format(name=name, new=most, old=stay)

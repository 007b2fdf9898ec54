"""What pods ask for and what nodes leave to them: in all, and node by node."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kubernetes_object import KubernetesObject
from assembly.nodes import node_groups, node_of
from capacity.plan import platform_on_fargate, platform_pods
from capacity.room import allocatable
from guardrails.rules.workloads import SERVERS
from kube.pods import Amounts, pod_template, replicas, requests, total_of
from kube.scheduling import is_selected, tolerates
from kube.values import Json, text
from review import cost
from review.labels import group_name

UNITS: Mapping[str, str] = {"cpu": "vCPUs", "memory": "GiB of memory", "pods": "pods"}
"""What runs out on nodes."""
SYSTEM = "kubernetes.io/os"
"""The label by which pods ask for Windows nodes (EKS user guide, "Deploy Windows nodes on EKS clusters")."""


class Pods(NamedTuple):
    """Pods that are alike: whose, the node groups that take them, how many, and what each asks for."""

    of: KubernetesObject
    homes: Collection[str]
    number: int
    asks: Amounts
    everywhere: bool = False


def unplaced(nodes: Sequence[tuple[str, Amounts]], pods: Sequence[Pods]) -> Pods | None:
    """Return whose pod is the first that no node has room for, the largest ones placed first.

    Another order may find room for all. Pods that run everywhere have their places before.
    """
    most = {name: max(each[name] for _, each in nodes) for name in nodes[0][1]} if nodes else {}
    left = [(group, dict(each)) for group, each in nodes]

    def share(each: Pods) -> tuple[bool, Decimal]:
        sizes = (each.asks.get(name, Decimal()) / amount for name, amount in most.items() if amount)
        return not each.everywhere, -max(sizes, default=Decimal())

    for each in sorted(pods, key=share):
        homes = [node for group, node in left if group in each.homes]
        for _ in range(1 if each.everywhere else each.number):
            room = [x for x in homes if all(x.get(y, 0) >= z for y, z in each.asks.items() if z)]
            if not room and homes:
                return each
            # Spread as the scheduler does: where most is left.
            for node in room if each.everywhere else sorted(room, key=_left)[-1:]:
                for name, amount in each.asks.items():
                    node[name] = node.get(name, 0) - amount
    return None


@indexed
def _open(environment: Environment) -> Mapping[str, Json]:
    """Return a node of each Linux group that takes a pod of the stacks: a taint may keep out all."""
    items = environment.kubernetes_objects(*SERVERS)
    specs = [pods.spec for pods in map(pod_template, (x.content for x in items)) if pods]
    nodes = {group_name(x): node_of(x, may_have_more=False) for x in node_groups(environment)}
    open_to = {
        each.name: nodes.get(each.name, {})
        for each in (environment.inputs.groups if environment.inputs else ())
        if not each.windows
    }
    return {x: y for x, y in open_to.items() if any(tolerates(spec, y) for spec in (*specs, {}))}


def left_to_pods(environment: Environment) -> Amounts:
    """Return what the desired Linux nodes leave to pods, of several types the least."""
    return functools.reduce(total_of, (x for _, x in nodes_of(environment)), Amounts())


@indexed
def nodes_of(environment: Environment) -> Sequence[tuple[str, Amounts]]:
    """Return what each of the desired Linux nodes leaves to pods, with its group."""
    inputs, found = environment.inputs, []
    for group in inputs.groups if inputs else ():
        if group.name in _open(environment):
            pods = group.limit(inputs.cni).pods if inputs else 0
            rooms = [allocatable(kind, pods=pods, disk_gib=None) for kind in group.kinds]
            least = {name: min(each[name] for each in rooms) for name in UNITS} if rooms else {}
            found += [(group.name, least)] * group.desired
    return found


def asked_of(environment: Environment) -> Amounts:
    """Return what the pods of the stacks ask of Linux nodes, and the places of the platform's own."""
    inputs, total = environment.inputs, dict.fromkeys(UNITS, Decimal())
    nodes, groups = _open(environment), inputs.groups if inputs else ()
    sizes = [each.desired if each.name in nodes else 0 for each in groups]
    if inputs:
        total["pods"] += platform_pods(inputs, sizes) - platform_on_fargate(inputs)
    for each in pods_of(environment):
        total = total_of(total, {x: each.number * amount for x, amount in each.asks.items()})
    return total


@indexed
def pods_of(environment: Environment) -> Sequence[Pods]:
    """Return the pods of the stacks that run on Linux nodes."""
    nodes, found = _open(environment), []
    on = Counter(group for group, _ in nodes_of(environment))
    for item in environment.kubernetes_objects("Deployment", "StatefulSet", "DaemonSet"):
        template = pod_template(item.content)
        if (
            template is not None
            and text(template.spec, "nodeSelector", SYSTEM) != "windows"
            and cost.profile_of(environment, item) is None
        ):
            homes = [x for x, node in nodes.items() if is_selected(node, template.spec)]
            each, everywhere = (
                {**requests(template.spec), "pods": Decimal(1)},
                item.kind == "DaemonSet",
            )
            count = sum(on[x] for x in homes) if everywhere else replicas(item.content) or 0
            found.append(Pods(item, homes, count, each, everywhere=everywhere))
    return found


def fits(environment: Environment) -> bool:
    """Tell whether the nodes have what pods ask for, all together."""
    asked, room = asked_of(environment), left_to_pods(environment)
    return all(asked[name] <= room[name] for name in UNITS)


def _left(node: Amounts) -> tuple[Decimal, Decimal]:
    return node.get("cpu", Decimal()), node.get("memory", Decimal())

"""What spans several subnets of a tier: load balancers, node groups and Fargate profiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.kinds import CLUSTER, NODE_GROUP, PROFILE
from assembly.resource import Resource
from capacity.plan import Plan
from kube.values import dicts, items, look_up, mapping, text
from review.labels import listed, short_name, words
from review.pictures.subnets import places_of
from review.pictures.workloads import PODS_ON_NODES, Balancer, Workload, workloads_of


@dataclass(frozen=True, kw_only=True)
class Band:
    """Something in several zones, in all of them without any.

    `on_path` is where requests from a load balancer pass.
    """

    key: str
    title: str
    lines: tuple[str, ...]
    tier: str = "private"
    zones: tuple[str, ...] = ()
    on_path: bool = False


def bands_of(
    environment: Environment, plan: Plan | None, balancers: Sequence[Balancer]
) -> Iterator[Band]:
    """Yield the bands of an environment, in the order that requests pass them."""
    reached = {place for each in balancers for place in each.places}
    running: dict[str, list[Workload]] = {}
    for each in workloads_of(environment):
        running.setdefault(each.place, []).append(each)
    for balancer in balancers:
        scheme = "internet-facing" if balancer.public else "internal"
        yield Band(
            key=balancer.key,
            title=f"Load balancer of {balancer.service}, {scheme}",
            lines=(balancer.answers,),
            tier="public" if balancer.public else "private",
            on_path=True,
        )
    yield from _node_bands(environment, plan)
    if PODS_ON_NODES in running:
        yield Band(
            key=PODS_ON_NODES,
            title="Pods on nodes",
            lines=(_listed(running[PODS_ON_NODES]),),
            on_path=PODS_ON_NODES in reached,
        )
    for profile in environment.resources(PROFILE):
        tier, zones = _where(environment, profile)
        key = f"Fargate profile {short_name(profile)}"
        runs = [f"runs {_listed(running[key])}"] if key in running else []
        yield Band(
            key=key,
            title=key,
            lines=(f"takes {listed(_selectors(profile))}", *runs),
            tier=tier,
            zones=zones,
            on_path=key in reached,
        )


def _node_bands(environment: Environment, plan: Plan | None) -> Iterator[Band]:
    """Yield the node groups; EKS Auto Mode makes nodes that are in no template."""
    per_node = {each.name: each.limit.pods for each in plan.groups} if plan else {}
    for group in environment.resources(NODE_GROUP):
        name = short_name(group)
        tier, zones = _where(environment, group)
        pods = f", up to {per_node[name]} pods each" if name in per_node else ""
        yield Band(
            key=f"node group {name}",
            title=f"Node group {name}{_sizes(group)}",
            lines=(f"{_kinds(group)}{pods}",),
            tier=tier,
            zones=zones,
        )
    for cluster in environment.resources(CLUSTER):
        if look_up(cluster.properties, "ComputeConfig", "Enabled") is True:
            yield Band(
                key="Auto Mode",
                title="EKS Auto Mode",
                lines=("EKS makes nodes as pods need them",),
            )


def _where(environment: Environment, resource: Resource) -> tuple[str, tuple[str, ...]]:
    """Return the tier and the zones of a resource's subnets, of somebody else's a guess."""
    found = places_of(environment, resource.properties.get("Subnets"))
    tier = found[0].tier if found else "private"
    return tier, tuple(sorted({each.zone for each in found}))


def _sizes(group: Resource) -> str:
    """Return how many nodes a group has, as far as its template says it."""
    sizes = mapping(group.properties, "ScalingConfig")
    desired, least, most = (words(text(sizes, f"{name}Size")) for name in ("Desired", "Min", "Max"))
    nodes = f"{desired} node" if desired == "1" else f"{desired} nodes"
    between = f"from {least} to {most}" if least and most else ""
    said = ", ".join(filter(None, (nodes if desired else "", between)))
    return f": {said}" if said else ""


def _kinds(group: Resource) -> str:
    types = [words(text(each)) for each in items(group.properties, "InstanceTypes")]
    default = ["types of its launch template"]
    spot = " Spot" if group.properties.get("CapacityType") == "SPOT" else ""
    return f"{listed(types or default)}{spot}"


def _listed(workloads: Sequence[Workload]) -> str:
    return listed(each.words for each in workloads)


def _selectors(profile: Resource) -> Iterator[str]:
    for selector in dicts(profile.properties, "Selectors"):
        labels = [
            f"{words(text(each, 'Key'))}={words(text(each, 'Value'))}"
            for each in dicts(selector, "Labels")
        ]
        where = f"namespace {words(text(selector, 'Namespace'))}"
        yield f"{where} with {listed(labels)}" if labels else where

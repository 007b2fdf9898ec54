"""What spans several subnets of a tier: load balancers, node groups and Fargate profiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from capacity.plan import Plan
from review.environment import Environment, Resource
from review.labels import counted, listed, short_name
from review.pictures.workloads import PODS_ON_NODES, Balancer, Workload, workloads_of


@dataclass(frozen=True, kw_only=True)
class Band:
    """Something in several zones. `on_path` is where requests from a load balancer pass."""

    key: str
    tier: str
    title: str
    lines: tuple[str, ...]
    zones: tuple[str, ...]
    on_path: bool = False


def bands_of(
    environment: Environment,
    plan: Plan | None,
    balancers: tuple[Balancer, ...],
    zones: tuple[str, ...],
) -> tuple[Band, ...]:
    """Return the bands of an environment, in the order that requests pass them."""
    reached = {(pod.namespace, pod.name) for each in balancers for pod in each.pods}
    return (
        *(_balancer(each, zones) for each in balancers),
        *_node_bands(environment, plan, reached, zones),
        *_fargate_bands(environment, reached, zones),
    )


def zones_of(environment: Environment, resource: Resource) -> tuple[str, ...]:
    """Return the zones of the subnets of a resource, none where they aren't ours."""
    subnets = (
        environment.target(resource.stack, each) for each in resource.properties.get("Subnets", ())
    )
    found = {
        environment.read(each.properties["AvailabilityZone"])
        for each in subnets
        if each is not None and "AvailabilityZone" in each.properties
    }
    return tuple(sorted(found))


def _balancer(balancer: Balancer, zones: tuple[str, ...]) -> Band:
    scheme = "internet-facing" if balancer.public else "internal"
    return Band(
        key=balancer.key,
        tier="public" if balancer.public else "private",
        title=f"Load balancer of {balancer.service}, {scheme}",
        lines=(f"answers {balancer.callers} on port {balancer.ports}",),
        zones=zones,
        on_path=True,
    )


def _node_bands(
    environment: Environment,
    plan: Plan | None,
    reached: set[tuple[str, str]],
    zones: tuple[str, ...],
) -> Iterator[Band]:
    """Yield the node groups, and the pods that may run on any node."""
    per_node = {each.name: each.limit.pods for each in plan.groups} if plan else {}
    for group in environment.of_type("AWS::EKS::Nodegroup"):
        name, sizes = short_name(group), group.properties["ScalingConfig"]
        pods = per_node.get(name)
        nodes = counted(sizes["DesiredSize"], "node")
        kinds = listed(group.properties.get("InstanceTypes") or ["types of its launch template"])
        spot = " Spot" if group.properties.get("CapacityType") == "SPOT" else ""
        yield Band(
            key=f"node group {name}",
            tier="private",
            title=f"Node group {name}: {nodes}, from {sizes['MinSize']} to {sizes['MaxSize']}",
            lines=(f"{kinds}{spot}" + (f", up to {pods} pods each" if pods else ""),),
            zones=zones_of(environment, group) or zones,
        )
    for cluster in environment.of_type("AWS::EKS::Cluster"):
        if cluster.properties.get("ComputeConfig", {}).get("Enabled"):
            yield Band(
                key="Auto Mode",
                tier="private",
                title="EKS Auto Mode",
                lines=("EKS makes nodes as pods need them",),
                zones=zones,
            )
    on_nodes = [each for each in workloads_of(environment) if not each.profile]
    if on_nodes:
        yield Band(
            key=PODS_ON_NODES,
            tier="private",
            title="Pods on nodes",
            lines=tuple(_running(on_nodes)),
            zones=zones,
            on_path=_on_path(on_nodes, reached),
        )


def _fargate_bands(
    environment: Environment, reached: set[tuple[str, str]], zones: tuple[str, ...]
) -> Iterator[Band]:
    workloads = workloads_of(environment)
    for profile in environment.of_type("AWS::EKS::FargateProfile"):
        name = short_name(profile)
        runs = [each for each in workloads if each.profile == name]
        yield Band(
            key=f"Fargate profile {name}",
            tier="private",
            title=f"Fargate profile {name}",
            lines=(
                f"takes {listed(_selectors(profile))}",
                *(f"runs {each}" for each in _running(runs)),
            ),
            zones=zones_of(environment, profile) or zones,
            on_path=_on_path(runs, reached),
        )


def _running(workloads: list[Workload]) -> list[str]:
    return [listed(each.words for each in workloads)] if workloads else []


def _on_path(workloads: list[Workload], reached: set[tuple[str, str]]) -> bool:
    return any((each.namespace, each.name) in reached for each in workloads)


def _selectors(profile: Resource) -> Iterator[str]:
    for selector in profile.properties["Selectors"]:
        labels = [f"{each['Key']}={each['Value']}" for each in selector.get("Labels", ())]
        where = f"namespace {selector['Namespace']}"
        yield f"{where} with {listed(labels)}" if labels else where

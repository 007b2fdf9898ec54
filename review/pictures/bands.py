"""What spans several subnets of a tier: load balancers, nodes, pods and Fargate profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.kinds import CLUSTER, NODE_GROUP, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, cluster_key
from assembly.resource import Resource
from capacity.plan import Plan
from kube.fargate import selects
from kube.load_balancers import internet_facing
from kube.pods import TEMPLATES, PodTemplate, pod_template, replicas
from kube.selectors import matches
from kube.values import dicts, items, look_up, mapping, text
from review.labels import listed, short_name, words
from review.networks import EVERYBODY
from review.pictures.subnets import places_of

PODS_ON_NODES = "pods on nodes"
"""The key of the band with all pods that no Fargate profile takes."""
MAKE_PODS = tuple(kind for kind in TEMPLATES if kind != "PodTemplate")


@dataclass(frozen=True, kw_only=True)
class Band:
    """Something in several zones; without any, in all of them.

    `callers` are those whom a load balancer answers, empty for the rest, and `leads_to` are the keys
    of the bands with its pods. `on_path` is where requests pass.
    """

    key: str
    title: str
    lines: tuple[str, ...]
    tier: str = "private"
    zones: tuple[str, ...] = ()
    callers: str = ""
    leads_to: tuple[str, ...] = ()
    on_path: bool = False


_Pods = list[tuple[str, PodTemplate]]
"""Pods with the key of the band that they run in."""


def bands_of(environment: Environment, plan: Plan | None) -> Iterator[Band]:
    """Yield the bands of an environment, in the order that requests pass them."""
    running, around = _pods(environment)
    balancers = [
        _balancer(each, around.get(_place(environment, each), []))
        for each in environment.kubernetes_objects("Service")
        if text(each.spec, "type") == "LoadBalancer"
    ]
    reached = {key for each in balancers for key in each.leads_to}
    yield from balancers
    yield from _node_bands(environment, plan)
    if PODS_ON_NODES in running:
        yield Band(
            key=PODS_ON_NODES,
            title="Pods on nodes",
            lines=(listed(running[PODS_ON_NODES]),),
            on_path=PODS_ON_NODES in reached,
        )
    for profile in environment.resources(PROFILE):
        tier, zones = _where(environment, profile)
        key = _key(profile)
        runs = [f"runs {listed(running[key])}"] if key in running else []
        yield Band(
            key=key,
            title=key,
            lines=(f"takes {listed(_selectors(profile))}", *runs),
            tier=tier,
            zones=zones,
            on_path=key in reached,
        )


def _pods(
    environment: Environment,
) -> tuple[Mapping[str, list[str]], Mapping[tuple[object, str], _Pods]]:
    """Return what runs in each band in words, and the pods of each namespace of a cluster."""
    running: dict[str, list[str]] = {}
    around: dict[tuple[object, str], _Pods] = {}
    for item in environment.kubernetes_objects(*MAKE_PODS):
        template = pod_template(item.content)
        if template is not None:
            place, count = _place(environment, item), replicas(item.content)
            profiles = beside(environment, item.resource, PROFILE)
            key = _band(profiles, place[1], template)
            number = "" if count is None else f"{count} \N{MULTIPLICATION SIGN} "
            running.setdefault(key, []).append(f"{number}{_name(item)}")
            around.setdefault(place, []).append((key, template))
    return running, around


def _place(environment: Environment, item: KubernetesObject) -> tuple[object, str]:
    return cluster_key(environment, item.resource), item.namespace or "default"


def _name(item: KubernetesObject) -> str:
    return f"{words(item.namespace) or 'default'}/{words(item.name)}"


def _band(profiles: Iterable[Resource], namespace: str, template: PodTemplate) -> str:
    """Return the band of some pods; of several profiles that take them, EKS chooses one at random."""
    for profile in profiles:
        for selector in dicts(profile.properties, "Selectors"):
            if selects(selector, namespace, template.labels):
                return _key(profile)
    return PODS_ON_NODES


def _key(profile: Resource) -> str:
    return f"Fargate profile {short_name(profile)}"


def _balancer(service: KubernetesObject, around: _Pods) -> Band:
    networks = items(service.spec, "loadBalancerSourceRanges") or [EVERYBODY]
    public = internet_facing(service.content)
    everybody = "everybody" if public else "everybody who reaches the VPC"
    ports = listed(text(port, "port") for port in dicts(service.spec, "ports"))
    selector = {"matchLabels": mapping(service.spec, "selector")}
    # A Service without a selector has endpoints that somebody else writes.
    pods = around if selector["matchLabels"] else []
    return Band(
        key=f"load balancer {_name(service)}",
        title=f"Load balancer of {_name(service)}, {'internet-facing' if public else 'internal'}",
        lines=(
            f"answers {everybody if EVERYBODY in networks else listed(map(words, networks))}"
            + (f" on port {ports}" if ports else ""),
        ),
        tier="public" if public else "private",
        callers="Internet" if public else "Inside the VPC",
        leads_to=tuple(
            dict.fromkeys(key for key, template in pods if matches(selector, template.labels))
        ),
        on_path=True,
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
            title=f"Node group {name}{_sizes(mapping(group.properties, 'ScalingConfig'))}",
            lines=(f"{_types(group)}{pods}",),
            tier=tier,
            zones=zones,
        )
    for cluster in environment.resources(CLUSTER):
        if look_up(cluster.properties, "ComputeConfig", "Enabled") is True:
            lines = ("EKS makes nodes as pods need them",)
            yield Band(key="Auto Mode", title="EKS Auto Mode", lines=lines)


def _where(environment: Environment, resource: Resource) -> tuple[str, tuple[str, ...]]:
    """Return the tier and the zones of a resource's subnets; somebody else's are taken for private."""
    found = places_of(environment, resource.properties.get("Subnets"))
    return next((tier for tier, _ in found), "private"), tuple(sorted({zone for _, zone in found}))


def _sizes(sizes: Mapping[str, object]) -> str:
    """Return how many nodes a group has, as far as its template says it."""
    desired, least, most = (words(text(sizes, f"{each}Size")) for each in ("Desired", "Min", "Max"))
    nodes = f"{desired} {'node' if desired == '1' else 'nodes'}" if desired else ""
    between = f"from {least} to {most}" if least and most else ""
    said = ", ".join(filter(None, (nodes, between)))
    return f": {said}" if said else ""


def _types(group: Resource) -> str:
    types = [words(text(each)) for each in items(group.properties, "InstanceTypes")]
    spot = " Spot" if group.properties.get("CapacityType") == "SPOT" else ""
    return f"{listed(types or ['types of its launch template'])}{spot}"


def _selectors(profile: Resource) -> Iterator[str]:
    for selector in dicts(profile.properties, "Selectors"):
        labels = [
            f"{words(text(each, 'Key'))}={words(text(each, 'Value'))}"
            for each in dicts(selector, "Labels")
        ]
        where = f"namespace {words(text(selector, 'Namespace'))}"
        yield f"{where} with {listed(labels)}" if labels else where

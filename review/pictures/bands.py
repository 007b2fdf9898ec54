"""What spans several subnets of a tier: load balancers, nodes, pods and Fargate profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
DEFAULT_TYPE = "t3.medium"
"""What nodes are where neither their group nor a launch template says it (API: CreateNodegroup)."""
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


_Place = tuple[object, str]
"""A cluster and a namespace of it."""
_Labeled = Mapping[tuple[_Place, str], Sequence[tuple[str, PodTemplate]]]
"""The pods of a place that have a label, each with the key of its band."""


def bands_of(environment: Environment, plan: Plan | None) -> Iterator[Band]:
    """Yield the bands of an environment, in the order that requests pass them."""
    running, labeled = _pods(environment)
    balancers = [
        _balancer(each, _leads_to(each, _place(environment, each), labeled))
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


def _pods(environment: Environment) -> tuple[Mapping[str, list[str]], _Labeled]:
    """Return what runs in each band in words, and the pods that have each label."""
    running: dict[str, list[str]] = {}
    labeled: dict[tuple[_Place, str], list[tuple[str, PodTemplate]]] = {}
    for item in environment.kubernetes_objects(*MAKE_PODS):
        template = pod_template(item.content)
        if template is not None:
            place, count = _place(environment, item), replicas(item.content)
            profiles = beside(environment, item.resource, PROFILE)
            key = _band(profiles, place[1], template)
            number = "" if count is None else f"{count} \N{MULTIPLICATION SIGN} "
            running.setdefault(key, []).append(f"{number}{_name(item)}")
            for name, value in template.labels.items():
                labeled.setdefault((place, f"{name}={value}"), []).append((key, template))
    return running, labeled


def _leads_to(service: KubernetesObject, place: _Place, labeled: _Labeled) -> Iterator[str]:
    """Yield the bands of the pods behind a Service; without a selector somebody else finds them."""
    selector = mapping(service.spec, "selector")
    found = (labeled.get((place, f"{name}={value}"), ()) for name, value in selector.items())
    for key, template in min(found, key=len, default=()):
        if matches({"matchLabels": selector}, template.labels):
            yield key


def _place(environment: Environment, item: KubernetesObject) -> _Place:
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


def _balancer(service: KubernetesObject, leads_to: Iterable[str]) -> Band:
    networks = items(service.spec, "loadBalancerSourceRanges") or [EVERYBODY]
    public = internet_facing(service.content)
    everybody = "everybody" if public else "everybody who reaches the VPC"
    ports = listed(text(port, "port") for port in dicts(service.spec, "ports"))
    return Band(
        key=f"load balancer {_name(service)}",
        title=f"Load balancer of {_name(service)}, {'internet-facing' if public else 'internal'}",
        lines=(
            f"answers {everybody if EVERYBODY in networks else listed(map(words, networks))}"
            + (f" on port {ports}" if ports else ""),
        ),
        tier="public" if public else "private",
        callers="Internet" if public else "Inside the VPC",
        leads_to=tuple(dict.fromkeys(leads_to)),
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
    default = (
        "types of its launch template" if "LaunchTemplate" in group.properties else DEFAULT_TYPE
    )
    spot = " Spot" if group.properties.get("CapacityType") == "SPOT" else ""
    return f"{listed(types or [default])}{spot}"


def _selectors(profile: Resource) -> Iterator[str]:
    for selector in dicts(profile.properties, "Selectors"):
        labels = [
            f"{words(text(each, 'Key'))}={words(text(each, 'Value'))}"
            for each in dicts(selector, "Labels")
        ]
        where = f"namespace {words(text(selector, 'Namespace'))}"
        yield f"{where} with {listed(labels)}" if labels else where

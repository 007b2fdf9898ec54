"""What is wider than a subnet: API servers, load balancers, nodes, pods and Fargate profiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assembly.environment import Environment
from assembly.kinds import CLUSTER, PROFILE
from assembly.kubernetes_object import KubernetesObject, once
from assembly.node_group import NodeGroup
from assembly.nodes import node_groups
from assembly.resource import Resource
from kube.pods import TEMPLATES, PodTemplate, pod_template
from kube.selectors import matches
from kube.values import Unknown, dicts, items, known, mapping, several, text
from review import node_pools, room
from review.autoscaled import kept
from review.cost import profile_of
from review.in_between import pending
from review.in_fargate import built_for, selects
from review.labels import counted, listed, short_name, types_in_words, words
from review.load_balancers import Balancer
from review.model import capital
from review.networks import EVERYBODY, beyond
from review.nodes_gone import architectures
from review.pictures.painting import WORDS
from review.pictures.subnets import places_of

PODS_ON_NODES, PENDING = "pods on nodes", "pending pods: no node takes them"
MISBUILT = "pods that never start: no node has the architecture of their image"
PARTLY = "pods on nodes that stay; those whose nodes go are pending"
"""The keys of the bands with the pods that no Fargate profile takes, and that no node takes any more."""
HOW = {
    "In": "",
    "NotIn": "not",
    "Exists": "any",
    "DoesNotExist": "none",
    "Gt": "over",
    "Lt": "under",
}
"""How a requirement of a NodePool compares, in words."""
MAKE_PODS = tuple(kind for kind in TEMPLATES if kind != "PodTemplate")


@dataclass(frozen=True, kw_only=True)
class Band:
    """Something in several zones; without any it is `everywhere`, in all of them.

    `callers` are those who can send it requests from outside, empty where nobody can. `behind` are
    the keys of the load balancers that send requests on to its pods. A `warned` one is open to
    everybody. API servers are in no tier of the VPC.
    """

    key: str
    title: str
    lines: tuple[str, ...]
    tier: str = "private"
    zones: tuple[str, ...] = ()
    everywhere: bool = False
    callers: str = ""
    behind: tuple[str, ...] = ()
    warned: bool = False


_Place = tuple[object, str]
"""A cluster and a namespace of it."""
_Labeled = Mapping[tuple[_Place, str], Sequence[tuple[str, PodTemplate]]]
"""The pods of a place that have a label, each with the key of its band."""


def bands_of(environment: Environment) -> Iterator[Band]:
    """Yield the bands of an environment, in the order that requests pass them."""
    running, labeled = _pods(environment)
    behind: dict[str, dict[str, None]] = {}
    yield from map(_api, environment.resources(CLUSTER))
    for each in environment.kubernetes_objects("Service"):
        if text(each.spec, "type") == "LoadBalancer":
            balancer = _balancer(each)
            yield balancer
            for key in _leads_to(each, each.place, labeled):
                behind.setdefault(key, {})[balancer.key] = None
    yield from _node_bands(environment)
    for key in (PODS_ON_NODES, MISBUILT, PARTLY, PENDING):
        if key in running:
            lines, first = (listed(running[key]),), tuple(behind.get(key, ()))
            yield Band(key=key, title=capital(key), lines=lines, behind=first)
    for profile in environment.resources(PROFILE):
        key = _key(profile)
        takes = f"selects {listed(map(selects, dicts(profile.properties, 'Selectors')))}"
        runs = [f"runs {listed(running[key])}"] if key in running else []
        band = Band(key=key, title=key, lines=(takes, *runs), behind=tuple(behind.get(key, ())))
        yield _placed(band, environment, profile)


def _pods(environment: Environment) -> tuple[Mapping[str, list[str]], _Labeled]:
    """Return what runs in each band in words, and the pods that have each label."""
    running: dict[str, list[str]] = {}
    labeled: dict[tuple[_Place, str], list[tuple[str, PodTemplate]]] = {}
    waits, there = pending(environment), architectures(environment)
    for item in once(environment.kubernetes_objects(*MAKE_PODS)).values():
        template = pod_template(item.content)
        if template is not None:
            place, count = item.place, kept(item)
            profile = profile_of(environment, item)
            on_nodes = {None: PODS_ON_NODES, True: PARTLY, False: PENDING}[waits.get(item)]
            misbuilt = known([*there]) and there and not built_for(environment, item) <= there
            on_nodes = MISBUILT if misbuilt and on_nodes == PODS_ON_NODES else on_nodes
            key = _key(profile) if profile else on_nodes
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


def _name(item: KubernetesObject) -> str:
    return f"{words(item.namespace) or 'default'}/{words(item.name)}"


def _key(profile: Resource) -> str:
    return f"Fargate profile {short_name(profile)}"


def _api(cluster: Resource) -> Band:
    name = words(text(cluster.properties, "Name")) or short_name(cluster)
    version = words(text(cluster.properties, "Version"))
    of, what = f" of {name}" if name else "", f", Kubernetes {version}" if version else ""
    answers, networks = _answers(mapping(cluster.properties, "ResourcesVpcConfig"))
    everybody = bool(networks) and not beyond([EVERYBODY], networks)
    return Band(
        key=f"API server{of}",
        title=f"API server{of}{what}",
        lines=(answers, WORDS["open API server"]) if everybody else (answers,),
        tier="api",
        callers=WORDS["load balancers"]["public"][1] if networks else "",
        warned=everybody,
    )


def _answers(config: Mapping[str, object]) -> tuple[str, Sequence[str]]:
    """Return who can reach an API server, and the networks outside; by default it is public only."""
    public, private = config.get("EndpointPublicAccess", True), config.get("EndpointPrivateAccess")
    if isinstance(public, Unknown):
        return "access is known only at deploy time", ()
    if str(public).lower() != "true":
        return "private only", ()
    networks = [words(text(each)) for each in several(config, "PublicAccessCidrs")] or [EVERYBODY]
    also = "private and " if str(private).lower() == "true" else ""
    return f"{also}public, open to {listed(networks)}", networks


def _balancer(service: KubernetesObject) -> Band:
    balancer, ranges = Balancer(service), service.spec.get("loadBalancerSourceRanges")
    tier = "public" if balancer.open else "private"
    scheme, callers, everybody = WORDS["load balancers"][tier]
    networks = [ranges] if isinstance(ranges, Unknown) else sorted(balancer.networks)
    who = everybody if EVERYBODY in networks else listed(map(words, networks))
    who = f"whom {who} lets in" if balancer.groups else who
    ports = listed(text(port, "port") for port in dicts(service.spec, "ports"))
    return Band(
        key=f"load balancer {_name(service)}",
        title=f"Load balancer of {_name(service)}, {scheme}",
        lines=(f"open to {who}" + (f" on port {ports}" if ports else ""),),
        tier=tier,
        callers=callers,
    )


def _pods_each(environment: Environment, name: str, *, by_eks: bool = False) -> str:
    """Return how many pods a node can run: those of a pool by their types, but of Auto Mode all alike."""
    inputs, group = environment.inputs, room.groups_of(environment).get(name)
    if inputs is None or group is None:
        return ""
    types = [] if by_eks else [replace(group, kinds=(kind,)) for kind in group.densest]
    least, *more = sorted({each.limit(inputs.cni).pods for each in (group, *types)})
    return f"{least} to {more[-1]} pods each" if more else f"up to {least} pods each"


def _node_bands(environment: Environment) -> Iterator[Band]:
    """Yield the node groups, and the pools whose nodes are in no template."""
    counts = node_pools.planned(environment)
    for group in node_groups(environment):
        name = short_name(group)
        title = f"Node group {name}{_sizes(mapping(group.properties, 'ScalingConfig'))}"
        said = ", ".join(filter(None, (_types(group), _pods_each(environment, name))))
        band = Band(key=f"node group {name}", title=title, lines=(said,))
        yield _placed(band, environment, group)
    for pool in node_pools.pools(environment):
        nodes, limits = pool.replicas, listed(pool.limits)
        sizes = [counted(int(nodes), "node")] if nodes.isdecimal() else []
        sizes += [f"at most {limits}"] if limits else []
        sizes += (
            [f"no limit, counted with {counts[pool.name]} vCPUs"] if pool.name in counts else []
        )
        of = " of EKS Auto Mode" if pool.by_eks else ""
        each = filter(None, [_pods_each(environment, pool.name, by_eks=pool.by_eks)])
        yield Band(
            key=f"NodePool {pool.name}",
            title=f"NodePool {pool.name}{of}{': ' if sizes else ''}{', '.join(sizes)}",
            lines=("; ".join(map(_requires, pool.requirements)) or "any instance type", *each),
        )
    if any(node_pools.without_pools(environment)):
        yield Band(
            key="Auto Mode", title="EKS Auto Mode", lines=("EKS adds nodes as pods need them",)
        )


def _requires(requirement: Mapping[str, object]) -> str:
    """Return a requirement of a NodePool without the domain of its label."""
    name, how = (words(text(requirement, each)) for each in ("key", "operator"))
    values = listed(words(text(each)) for each in items(requirement, "values"))
    return " ".join(filter(None, [name.rpartition("/")[2], HOW.get(how, how), values]))


def _placed(band: Band, environment: Environment, resource: Resource) -> Band:
    """Return a band where a resource's subnets are; somebody else's are taken for private."""
    found = places_of(environment, resource.properties.get("Subnets"))
    tier = next((tier for tier, _ in found), band.tier)
    return replace(band, tier=tier, zones=tuple(sorted({zone for _, zone in found})))


def _sizes(sizes: Mapping[str, object]) -> str:
    """Return how many nodes a group has, as far as its template says it."""
    desired, least, most = (words(text(sizes, f"{each}Size")) for each in ("Desired", "Min", "Max"))
    nodes = [f"{desired} {'node' if desired == '1' else 'nodes'}"] if desired else []
    between = [f"from {least} to {most}"] if least and most else []
    said = ", ".join(nodes + between)
    return f": {said}" if said else ""


def _types(group: NodeGroup) -> str:
    spot = group.properties.get("CapacityType") == "SPOT"
    return f"{listed(types_in_words(group))}{' Spot' if spot else ''}{' or On-Demand' if group.mixed else ''}"

"""What looks for a node, and the kinds of nodes of each node group, by what homes.json says of nodes.

Add-ons and known charts make pods, too: kube/platform_pods.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kubernetes_object import KubernetesObject
from assembly.links import template_of
from assembly.node_group import NodeGroup
from assembly.nodes import node_groups, node_of
from assembly.resource import Resource
from assembly.user_data import plain, user_data
from capacity.cni import Cni
from capacity.instance_types import InstanceType
from capacity.pods import cap, type_limit
from capacity.room import allocatable, kubelet_pods
from guardrails.rules.availability import least
from guardrails.rules.devices import ROWS, adapters, devices
from guardrails.rules.pod_networking import cni_of, instance_types, zones
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import Pods, components, pods, told
from kube.fargate import COMPUTE_TYPE, may_select
from kube.obstacles import nearest
from kube.platform_pods import PLATFORM_PODS, spec_of, told_of
from kube.pods import Amounts, requests
from kube.scheduling import REGION, REQUIRED, ZONE, takes
from kube.values import Json, Unknown, dicts, known, look_up, mapping, number, table, text

DATA: Json = table(__file__)
BY_OTHERS = re.compile("|".join(DATA["labelled_by_others"]))
"""Labels that components other than EKS and the kubelet put on nodes."""
LABELS = re.compile(r"#!|label|taint", re.IGNORECASE)
"""What of user data may give a node other labels and taints than its group has."""
TYPE = "node.kubernetes.io/instance-type"


def on_nodes(environment: Environment) -> Iterator[Pods]:
    """Yield all pods that no Fargate profile selects, and that aren't switched off."""
    for each in (*pods(environment), *of_platform(environment)):
        kept_off = each.annotations.get(COMPUTE_TYPE) == "ec2"
        on_fargate = not kept_off and runs_on_fargate(environment, each, may_select)
        if least(environment, each.owner) != 0 and not on_fargate:
            yield each


@indexed
def of_platform(environment: Environment) -> Sequence[Pods]:
    """Return the pods of add-ons and known charts."""
    rows = grouped((row["of"], row) for row in PLATFORM_PODS if "kind" in row)
    return [
        _of_row(each, namespace, row)
        for each, name, namespace in components(environment)
        for row in rows.get(name, ())
    ]


def _of_row(resource: Resource, namespace: str, row: Json) -> Pods:
    said = told(resource)
    on_fargate = text(said, "computeType").lower() == "fargate"
    count = look_up(told_of(row, said), row.get("counted", "replicaCount"))
    otherwise = row.get("count", Unknown("the chart's own"))
    owner = KubernetesObject(
        resource=resource,
        content={"kind": row["kind"], "spec": {"replicas": otherwise if count is None else count}},
        kind=row["kind"],
        name=row["name"],
        namespace=namespace,
    )
    annotations = {} if on_fargate else row.get("annotations", {})
    return Pods(owner=owner, labels=row["labels"], annotations=annotations, spec=spec_of(row, said))


def is_on_each(guest: Pods) -> bool:
    """Tell whether there is one on every node that lets it in."""
    return guest.owner.kind == "DaemonSet"


def asked(guest: Pods) -> Amounts:
    """Return what one of the pods takes of a node."""
    return {**requests(guest.spec), "pods": Decimal(1)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Home:
    """One kind of node of a group: its instance type, empty if that isn't known, and what it has.

    `most` is how many nodes the group may come to have, None if that isn't known.
    """

    group: Resource
    kind: str
    labels: Json
    spec: Json
    room: Amounts
    most: int | None


def homes(environment: Environment, guest: Pods) -> Sequence[Home]:
    """Return every kind of node of the cluster."""
    return _homes(environment).get(guest.owner.resource.cluster_key, ())


def on_nodes_now(environment: Environment, guest: Pods) -> int:
    """Return how many of the desired nodes let pods in; those of NodePools aren't known."""
    groups = {each.group: each for each in homes(environment, guest) if lets_in(each, guest)}
    sizes = (number(mapping(x.properties, "ScalingConfig"), "DesiredSize") for x in groups)
    return sum(int(each or 0) for each in sizes)


def lets_in(home: Home, guest: Pods) -> bool:
    """Tell whether labels and taints of a node let pods in, whatever others may label it."""
    return takes(_as_node(home, guest), {"spec": guest.spec})


def kept_out(there: Iterable[Home], guest: Pods, others: Iterable[tuple[str, Json]] = ()) -> str:
    """Return what keeps pods out of the node groups, and of the nodes of others, that come nearest."""
    groups = ((x.group.path, _as_node(x, guest)) for x in there)
    return nearest((*groups, *others), guest.spec)


def _as_node(home: Home, guest: Pods) -> Json:
    others = {key: Unknown(key) for key in wanted(guest.spec) if BY_OTHERS.fullmatch(key)}
    return {"metadata": {"labels": {**others, **home.labels}}, "spec": home.spec}


def surely_in(home: Home, guest: Pods) -> bool:
    """Tell whether it does even if nobody gives it the labels of BY_OTHERS."""
    keys = {key for key in wanted(guest.spec) if BY_OTHERS.fullmatch(key)}
    return keys <= home.labels.keys() and lets_in(home, guest)


def wanted(spec: Json) -> Iterator[str]:
    """Yield the labels that pods ask of their node."""
    yield from map(str, mapping(spec, "nodeSelector"))
    for term in dicts(spec, "affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms"):
        yield from (text(each, "key") for each in dicts(term, "matchExpressions"))


@indexed
def _homes(environment: Environment) -> Mapping[object, list[Home]]:
    return grouped(
        (group.cluster_key, home)
        for group in node_groups(environment)
        for home in _of_group(environment, group)
    )


def _of_group(environment: Environment, group: NodeGroup) -> Iterator[Home]:
    template = template_of(environment, group)
    told = mapping(template.properties, "LaunchTemplateData") if template else {}
    # User data can give a node labels and another number of pods.
    free = group.is_free(told)
    written = user_data(template) if template and free else None
    labels_more = free and (written is None or bool(LABELS.search(plain(written))))
    node = node_of(group, may_have_more=labels_more)
    kinds: list[InstanceType | None] = [*instance_types(group)]
    for zone, kind in product(sorted(zones(environment, group)) or [""], kinds or [None]):
        where = {ZONE: zone, REGION: zone[:-1]} if zone else {}
        which = {TYPE: kind.name} if kind else {}
        yield Home(
            group=group,
            kind=kind.name if kind else "",
            labels={**mapping(node, "metadata", "labels"), **where, **which},
            spec=mapping(node, "spec"),
            room=adapters(group, template)
            | _room(environment, group, kind, _disk(group, told), free=free)
            if kind
            else {},
            most=_most(group, scaled=is_scaled(environment)),
        )


def _most(group: Resource, *, scaled: bool) -> int | None:
    """Return the largest size of a group, or that which it keeps if nothing scales it."""
    sizes = mapping(group.properties, "ScalingConfig")
    # EKS refuses a maximum of 0.
    most, now = number(sizes, "MaxSize") or None, number(sizes, "DesiredSize")
    least = number(sizes, "MinSize") if "MinSize" in sizes else 0
    if most is not None and now is not None and least is not None and not scaled:
        most = min(most, max(now, least))
    return None if most is None else int(most)


@indexed
def is_scaled(environment: Environment) -> bool:
    """Tell whether something may add nodes to node groups."""
    names = [name for _, name, _ in components(environment)]
    names += [each.name for each in environment.kubernetes_objects("Deployment")]
    planned = environment.resources("AWS::AutoScaling::ScheduledAction")
    return bool(planned) or not known(names) or any("autoscaler" in name for name in names)


def _disk(group: Resource, told: Json) -> int | None:
    """Return the GiB of the disk that keeps images and the data of pods, None if nobody says it."""
    image = text(group.properties, "AmiType")
    device = "/dev/xvdb" if "BOTTLEROCKET" in image else "/dev/xvda"
    mapped = (x for x in dicts(told, "BlockDeviceMappings") if x.get("DeviceName") == device)
    sizes = [number(each, "Ebs", "VolumeSize") for each in mapped]
    size = next(iter(sizes), number(group.properties, "DiskSize"))
    return None if size is None else int(size)


def _room(
    environment: Environment, group: NodeGroup, kind: InstanceType, disk: int | None, *, free: bool
) -> Amounts:
    cni = cni_of(environment, group)
    prefixes = cni is not None and cni.is_on("ENABLE_PREFIX_DELEGATION")
    limit = type_limit(Cni(prefix_delegation=prefixes), kind).pods
    pods = cap(kind) if free or cni is None else limit
    pods = group.told_pods(cap(kind)) or pods
    image = text(group.properties, "AmiType")
    rows = ROWS.items() if known(image) else ()
    lacking = {x: Decimal(0) for x, row in rows if not re.fullmatch(row["images"], image)}
    # Only user data can set some of the memory aside.
    pages = {} if free else dict.fromkeys(DATA["huge_pages"], Decimal(0))
    return {
        **allocatable(
            kind,
            pods=pods,
            reserved_for=kubelet_pods(kind, pods=pods, ami_type=image),
            disk_gib=None if free else disk,
        ),
        **devices(environment, kind.name),
        **lacking,
        **pages,
    }

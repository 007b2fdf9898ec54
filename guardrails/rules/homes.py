"""Where pods can run: the kinds of nodes of each node group, and the pods that look for one.

What the pods of add-ons and charts ask for is in platform_pods.json (their charts and manifests): with
`count` they are a Deployment's, with `requests` alone a DaemonSet's. homes.json has what nodes have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, CHART, NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import cluster_key
from assembly.nodes import node_of
from assembly.resource import Resource
from assembly.structured import structured
from capacity.cni import Cni
from capacity.instance_types import InstanceType
from capacity.pods import cap, type_limit
from capacity.room import allocatable
from guardrails.rule import Finding, breach, found
from guardrails.rules.pod_networking import configured, instance_types, zones
from guardrails.rules.selectors import ADD_ONS, runs_on_fargate
from guardrails.rules.workloads import Pods, pods
from kube.fargate import may_select
from kube.pods import Amounts, replicas, requests, total_of
from kube.scheduling import REGION, ZONE, takes
from kube.values import Json, Unknown, dicts, look_up, mapping, table, text

DATA: Mapping[str, Any] = table(__file__)
ARCH = "kubernetes.io/arch"
TYPE = "node.kubernetes.io/instance-type"
DISK_GIB = 20
"""The disk of a Linux node without a launch template (EKS API reference, CreateNodegroup)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Home:
    """One kind of node of a group. `kind` is None and `room` empty for an unknown instance type."""

    group: Resource
    node: Json
    kind: InstanceType | None
    room: Amounts

    @property
    def labels(self) -> Json:
        """Return the labels of the nodes."""
        return mapping(self.node, "metadata", "labels")


@dataclass(frozen=True, kw_only=True, eq=False)
class Guest:
    """Pods that look for a node, and how many; `field` is the property that holds them.

    `per_node` are those of a DaemonSet: one on every node that lets them in.
    """

    pods: Pods
    count: int | None
    field: str = "Manifest"
    per_node: bool = False

    @property
    def spec(self) -> Json:
        """Return the specification of the pods."""
        return self.pods.spec

    @property
    def name(self) -> str:
        """Return the kind and the name of what makes them."""
        return f"{self.pods.owner.kind}/{self.pods.owner.name}"

    def finding(self, value: str, detail: str, fix: str = "", at: str = "") -> Finding:
        """Return a finding about them; `at` is a field below their specification."""
        if self.field == "Manifest":
            field = f"{self.pods.path}.{at}" if at else ""
            return found(self.pods.owner, value, detail, fix=fix, field=field)
        return breach(self.pods.owner.resource, self.field, f"{self.name} {value}", detail, fix=fix)


def on_nodes(environment: Environment) -> Iterator[Guest]:
    """Yield all pods that no Fargate profile selects, and that aren't switched off."""
    for guest in (*_declared(environment), *_of_platform(environment)):
        if guest.count != 0 and not _on_fargate(environment, guest):
            yield guest


def homes(environment: Environment, guest: Guest) -> Sequence[Home]:
    """Return every kind of node of the cluster."""
    return _homes(environment).get(cluster_key(environment, guest.pods.owner.resource), ())


def lets_in(home: Home, guest: Guest) -> bool:
    """Tell whether labels and taints of a node let pods in, whatever others may label it."""
    known = home.labels
    more = {key: Unknown(key) for key in _wanted(guest.spec) if key not in known and _foreign(key)}
    node = {**home.node, "metadata": {"labels": {**more, **known}}}
    return takes(node, {"spec": guest.spec})


def _wanted(spec: Json) -> Iterator[str]:
    yield from map(str, mapping(spec, "nodeSelector"))
    path = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    for term in dicts(spec, *path, "nodeSelectorTerms"):
        yield from (text(each, "key") for each in dicts(term, "matchExpressions"))


def _foreign(key: str) -> bool:
    return any(re.fullmatch(pattern, key) for pattern in DATA["labelled_by_others"])


def _on_fargate(environment: Environment, guest: Guest) -> bool:
    annotated = look_up(guest.pods.annotations, "eks.amazonaws.com/compute-type") == "ec2"
    return not annotated and runs_on_fargate(environment, guest.pods, may_select)


@indexed
def _homes(environment: Environment) -> Mapping[object, list[Home]]:
    return grouped(
        (cluster_key(environment, group), home)
        for group in environment.resources(NODE_GROUP)
        for home in _of_group(environment, group)
    )


def _of_group(environment: Environment, group: Resource) -> Iterator[Home]:
    told = mapping(_launch_template(environment, group), "LaunchTemplateData")
    own = "LaunchTemplate" in group.properties
    # Its user data can give a node labels and another number of pods.
    free = own and (not told or bool(told.get("UserData")))
    node = node_of(group, may_have_more=free)
    labels, every = mapping(node, "metadata", "labels"), [*instance_types(environment, group)]
    where: Iterable[object] = sorted(zones(environment, group)) or [labels[ZONE]]
    for zone, kind in product(where, every or [None]):
        region = str(zone)[:-1] if not isinstance(zone, Unknown) else labels[REGION]
        placed = {**labels, ZONE: zone, REGION: region}
        if kind is not None:
            placed |= {TYPE: kind.name, f"beta.{TYPE.removeprefix('node.')}": kind.name}
        room = _room(environment, group, kind, told, pinned=free) if kind else {}
        inside = {**node, "metadata": {"labels": placed}}
        yield Home(group=group, node=inside, kind=kind, room=room)


def _launch_template(environment: Environment, group: Resource) -> Json:
    found = environment.target(look_up(group.properties, "LaunchTemplate", "Id"))
    return found.properties if found else {}


def _room(
    environment: Environment, group: Resource, kind: InstanceType, told: Json, *, pinned: bool
) -> Amounts:
    clusters = {cluster_key(environment, each.add_on): each for each in configured(environment)}
    cni = clusters.get(cluster_key(environment, group))
    settings = Cni(
        prefix_delegation=cni is not None and cni.is_on("ENABLE_PREFIX_DELEGATION"),
        custom_networking=cni is not None and cni.is_on("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"),
    )
    limit = cap(kind) if pinned or cni is None else type_limit(settings, kind).pods
    disks = [look_up(each, "Ebs", "VolumeSize") for each in dicts(told, "BlockDeviceMappings")]
    if "LaunchTemplate" not in group.properties:
        disks = [group.properties.get("DiskSize", DISK_GIB)]
    gib = [int(size) for size in disks if type(size) is int]
    disk = max(gib) if gib and len(gib) == len(disks) else None
    return allocatable(kind, pods=limit, disk_gib=disk)


def _declared(environment: Environment) -> Iterator[Guest]:
    for each in pods(environment):
        per_node = each.owner.kind == "DaemonSet"
        count = None if per_node else replicas(each.owner.content)
        yield Guest(pods=each, count=count, per_node=per_node)


@indexed
def _of_platform(environment: Environment) -> Sequence[Guest]:
    named = [(each, text(each.properties, "AddonName")) for each in environment.resources(ADD_ON)]
    named += [
        (each, text(each.properties, "Chart").rpartition("/")[2])
        for each in environment.resources(CHART)
    ]
    rows = grouped((row["of"], row) for row in ADD_ONS if "requests" in row)
    return [
        guest
        for each, name in named
        for row in rows.get(name, ())
        for guest in _platform(each, row)
    ]


def _platform(resource: Resource, row: Json) -> Iterator[Guest]:
    field = "Values" if resource.kind == CHART else "ConfigurationValues"
    told: Any = None
    with suppress(ValueError):
        told = structured(resource.properties.get(field), or_yaml=True)
    on_fargate = text(told, row.get("on_nodes_unless", "-")).lower() == "fargate"
    values = look_up(told, *filter(None, [row.get("values")]))
    asked = {"requests": row["requests"], **mapping(values, "resources")}
    per_node = "count" not in row
    every = [{"operator": "Exists"}]
    tolerations = look_up(values, "tolerations")
    spec = {
        "nodeSelector": look_up(values, "nodeSelector"),
        "affinity": look_up(values, "affinity"),
        "tolerations": tolerations or (every if per_node else row["tolerations"]),
        "containers": [{"name": row["name"], "resources": asked}],
    }
    owner = KubernetesObject(
        resource=resource,
        content={},
        kind="DaemonSet" if per_node else "Deployment",
        name=row["name"],
        namespace=text(resource.properties, "Namespace") or "kube-system",
    )
    held = row.get("on_nodes_unless") and not on_fargate
    annotations = {"eks.amazonaws.com/compute-type": "ec2"} if held else {}
    made = Pods(owner=owner, labels=row["labels"], annotations=annotations, spec=spec)
    count = look_up(values, "replicaCount")
    yield Guest(
        pods=made,
        count=count if isinstance(count, int) else row.get("count"),
        field=field,
        per_node=per_node,
    )


def asked(guest: Guest) -> Amounts:
    """Return what one of the pods takes of a node."""
    return {**requests(guest.spec), "pods": Decimal(1)}


def daemons(environment: Environment, home: Home) -> tuple[Amounts, Sequence[str]]:
    """Return what the pods that run on every node take of it, and their names."""
    every = [
        each
        for each in (*_declared(environment), *_of_platform(environment))
        if each.per_node and home in homes(environment, each) and lets_in(home, each)
    ]
    return total_of(*map(asked, every)), [each.name for each in every]

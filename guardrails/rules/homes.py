"""Where pods can run: the kinds of nodes of each node group, by what homes.json says of nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import NODE_GROUP
from assembly.links import cluster_key
from assembly.nodes import node_of
from assembly.resource import Resource
from capacity.cni import Cni
from capacity.instance_types import InstanceType
from capacity.pods import cap, type_limit
from capacity.room import allocatable
from guardrails.rules.guests import Guest, asked, declared, of_platform
from guardrails.rules.pod_networking import configured, instance_types, zones
from kube.pods import Amounts, total_of
from kube.scheduling import REGION, ZONE, takes
from kube.values import Json, Unknown, dicts, look_up, mapping, table, text

DATA: Mapping[str, Any] = table(__file__)
ARCH, OS = "kubernetes.io/arch", "kubernetes.io/os"
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


def homes(environment: Environment, guest: Guest) -> Sequence[Home]:
    """Return every kind of node of the cluster."""
    return _homes(environment).get(cluster_key(environment, guest.pods.owner.resource), ())


def lets_in(home: Home, guest: Guest) -> bool:
    """Tell whether labels and taints of a node let pods in, whatever others may label it."""
    known = home.labels
    more = {
        key: Unknown(key) for key in _wanted(guest.spec) if key not in known and is_foreign(key)
    }
    node = {**home.node, "metadata": {"labels": {**more, **known}}}
    system = look_up(guest.spec, "os", "name")
    selecting = {**mapping(guest.spec, "nodeSelector"), **({OS: system} if system else {})}
    return takes(node, {"spec": {**guest.spec, "nodeSelector": selecting}})


def _wanted(spec: Json) -> Iterator[str]:
    yield from map(str, mapping(spec, "nodeSelector"))
    path = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    for term in dicts(spec, *path, "nodeSelectorTerms"):
        yield from (text(each, "key") for each in dicts(term, "matchExpressions"))


def is_foreign(key: str) -> bool:
    """Tell whether components other than EKS and the kubelet put such a label on nodes."""
    return any(re.fullmatch(pattern, key) for pattern in DATA["labelled_by_others"])


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
    labels = mapping(node, "metadata", "labels")
    every: list[InstanceType | None] = [*instance_types(environment, group)]
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


def daemons(environment: Environment, home: Home) -> tuple[Amounts, Sequence[str]]:
    """Return what the pods that run on every node take of it, and their names."""
    every = [
        each
        for each in (*declared(environment), *of_platform(environment))
        if each.per_node and home in homes(environment, each) and lets_in(home, each)
    ]
    return total_of(*map(asked, every)), [each.name for each in every]

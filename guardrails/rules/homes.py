"""Where pods can run: the kinds of nodes of each node group, by what homes.json says of nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import NODE_GROUP
from assembly.links import cluster_key, template_of
from assembly.nodes import node_of
from assembly.resource import Resource
from capacity.cni import Cni
from capacity.instance_types import InstanceType
from capacity.pods import cap, type_limit
from capacity.room import allocatable
from guardrails.rules.guests import Guest
from guardrails.rules.pod_networking import configured, instance_types, zones
from kube.pods import Amounts
from kube.scheduling import REGION, ZONE, takes
from kube.values import Json, Unknown, dicts, known, mapping, number, table, text

DATA: Mapping[str, Any] = table(__file__)
BY_OTHERS = re.compile("|".join(DATA["labelled_by_others"]))
"""Labels that components other than EKS and the kubelet put on nodes."""
TYPE = "node.kubernetes.io/instance-type"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


@dataclass(frozen=True, kw_only=True, eq=False)
class Home:
    """One kind of node of a group; `room` is empty for an instance type that isn't known."""

    group: Resource
    node: Json
    room: Amounts

    @property
    def labels(self) -> Json:
        """Return the labels of the nodes."""
        return mapping(self.node, "metadata", "labels")

    @property
    def kind(self) -> str:
        """Return its instance type."""
        return text(self.labels, TYPE)

    @property
    def most(self) -> int:
        """Return how many nodes the group may have, 0 if that isn't known."""
        return int(number(self.group.properties, "ScalingConfig", "MaxSize") or 0)

    @property
    def starts(self) -> bool:
        """Tell whether the group may start with a node."""
        sizes = mapping(self.group.properties, "ScalingConfig")
        return sizes.get("DesiredSize") != 0 or sizes.get("MinSize", 0) != 0


def homes(environment: Environment, guest: Guest) -> Sequence[Home]:
    """Return every kind of node of the cluster."""
    return _homes(environment).get(cluster_key(environment, guest.pods.owner.resource), ())


def lets_in(home: Home, guest: Guest) -> bool:
    """Tell whether labels and taints of a node let pods in, whatever others may label it."""
    others = {key: Unknown(key) for key in _wanted(guest.spec) if BY_OTHERS.fullmatch(key)}
    node = {**home.node, "metadata": {"labels": {**others, **home.labels}}}
    return takes(node, {"spec": guest.spec})


def _wanted(spec: Json) -> Iterator[str]:
    yield from map(str, mapping(spec, "nodeSelector"))
    for term in dicts(spec, "affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms"):
        yield from (text(each, "key") for each in dicts(term, "matchExpressions"))


@indexed
def _homes(environment: Environment) -> Mapping[object, list[Home]]:
    return grouped(
        (cluster_key(environment, group), home)
        for group in environment.resources(NODE_GROUP)
        for home in _of_group(environment, group)
    )


def _of_group(environment: Environment, group: Resource) -> Iterator[Home]:
    template = template_of(environment, group)
    told = mapping(template.properties, "LaunchTemplateData") if template else {}
    # User data can give a node labels and another number of pods.
    free = "LaunchTemplate" in group.properties and (not told or "UserData" in told)
    node = node_of(group, may_have_more=free)
    kinds: list[InstanceType | None] = [*instance_types(environment, group)]
    for zone, kind in product(sorted(zones(environment, group)) or [""], kinds or [None]):
        labels = dict(mapping(node, "metadata", "labels"))
        labels |= {ZONE: zone, REGION: zone[:-1]} if zone else {}
        labels |= {} if kind is None else {TYPE: kind.name}
        room = {} if kind is None else _room(environment, group, kind, pinned=free)
        yield Home(group=group, node={**node, "metadata": {"labels": labels}}, room=room)


def _room(
    environment: Environment, group: Resource, kind: InstanceType, *, pinned: bool
) -> Amounts:
    clusters = {cluster_key(environment, each.add_on): each for each in configured(environment)}
    cni = clusters.get(cluster_key(environment, group))
    prefixes = cni is not None and cni.is_on("ENABLE_PREFIX_DELEGATION")
    limit = type_limit(Cni(prefix_delegation=prefixes), kind).pods
    pods = cap(kind) if pinned or cni is None else limit
    image = text(group.properties, "AmiType")
    lacking = {
        device: Decimal(0)
        for device, (types, images) in DATA["devices"].items()
        if not (
            re.fullmatch(types, kind.name) and (not known(image) or re.fullmatch(images, image))
        )
    }
    return {**allocatable(kind, pods=pods, disk_gib=None), **lacking}

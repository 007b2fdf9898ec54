"""The nodes of a group that are left when a zone or its Spot Instances are lost.

Of a group with several instance types, each node has the least that one of them has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from decimal import Decimal

from capacity.cni import Cni
from capacity.inputs import Group
from capacity.instance_types import InstanceType
from capacity.room import allocatable, kubelet_pods, system_share
from configuration.fields import EnvironmentFields
from constructs_lib.specs.cni import cni_of
from constructs_lib.specs.machine_features import DEVICES_OF
from constructs_lib.specs.machines import MachinesSpec
from constructs_lib.specs.node_objects import node_of
from constructs_lib.specs.node_pool_types import CAPACITY_TYPE
from constructs_lib.specs.node_pools import NodePoolSpec
from constructs_lib.specs.nodes import DEVICES
from kube.placement import Node, Pods
from kube.pods import Amounts, total_of
from kube.scheduling import HOSTNAME, REGION, REQUIRED, ZONE
from kube.values import Json, Unknown, dicts, mapping, text

SIZES = ("desired_size", "max_size")
TYPE = "node.kubernetes.io/instance-type"
HUGE_PAGES = ("hugepages-2Mi", "hugepages-1Gi", "hugepages-64Ki", "hugepages-32Mi")
PARTS = {"aws.amazon.com/neuron": ("aws.amazon.com/neuroncore", "aws.amazon.com/neurondevice")}
"""Other names by which pods ask for a device (AWS Neuron documentation, "Neuron device plugin")."""
OURS = ("kubernetes.io/arch", "kubernetes.io/os")
"""Labels that nobody sets but the kubelet."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A zone that is lost, the Spot Instances of a group, or neither."""

    zone: str | None = None
    spot_of: str | None = None

    @property
    def words(self) -> str:
        """Return what is lost."""
        return self.zone or (f"Spot of {self.spot_of}" if self.spot_of else "nothing")


class Fleet:
    """The nodes of a group: what they are like in each zone, and how many are where."""

    def __init__(
        self,
        config: EnvironmentFields,
        group: MachinesSpec,
        several: Sequence[Pods],
        *,
        at_least: bool = False,
    ) -> None:
        """Make the nodes of a group of an environment, for these pods: with what they have at most, or `at_least`."""
        self.group, self._at_least = group, at_least
        self.planned: Group = group.planned(config.network.zones)
        # More nodes in a zone than pods are of no use.
        pods = sum(each.count for each in several if not each.on_each)
        self.cap = pods * len(self.planned.zones)
        settable = {key for other in config.node_groups for key in other.node_labels}
        settable |= {key for pool in config.node_pools for key in _labels_of(pool)}
        wanted = {key for each in several for key in _keys(each.spec)}
        others = {key: Unknown(key) for key in wanted - settable if key not in OURS}
        room = self._room(config)
        self._nodes = {
            zone: Node(content=node_of(group, {**others, **self._labels(zone)}), room=room)
            for zone in self.planned.zones
        }

    def nodes(self, loss: Loss, size: str, *, more: int = 0) -> tuple[list[Node], list[Node]]:
        """Return the nodes that are left, and those of `more` nodes that come after them."""
        stated = self.planned.desired if size == SIZES[0] else self.planned.maximum
        base, total = min(stated, self.cap), min(stated, self.cap) + more
        if loss.spot_of == self.planned.name and self.planned.spot:
            base, total = self.planned.on_demand(base), self.planned.on_demand(total)
        zones = sorted(self.planned.zones, key=lambda zone: zone != loss.zone)
        if size != SIZES[0]:
            zones = [zone for zone in zones if zone != loss.zone]
        there = [zones[at % len(zones)] for at in range(total)] if zones else []
        kept = [
            [self._nodes[zone] for zone in part if zone != loss.zone]
            for part in (there[:base], there[base:])
        ]
        return kept[0], kept[1]

    def left_by(self, several: Sequence[Pods]) -> Amounts:
        """Return what DaemonSets leave to others of its desired nodes together."""
        node, count = next(iter(self._nodes.values())), self.planned.desired
        taken = total_of(*(x.asked for x in several if x.on_each and x.may_run_on(node)))
        return {name: (node.room[name] - taken.get(name, 0)) * count for name in node.room}

    @property
    def vcpus(self) -> int:
        """Return those of its largest instance type."""
        return max(kind.vcpus for kind in self.planned.kinds)

    def with_more_base(self, nodes: int) -> Fleet:
        """Return the group with so many On-Demand nodes more before any other."""
        base = self.planned.on_demand_base + nodes
        return self._with(replace(self.planned, on_demand_base=base))

    def on_demand_twin(self) -> Fleet:
        """Return an empty group of the same nodes, bought On-Demand."""
        return self._with(replace(self.planned, spot=False, desired=0, maximum=0))

    def _with(self, planned: Group) -> Fleet:
        changed = copy(self)
        changed.planned = planned
        return changed

    def _labels(self, zone: str) -> dict[str, str]:
        kinds = self.planned.kinds
        return {
            ZONE: zone,
            REGION: zone[:-1],
            HOSTNAME: Unknown(HOSTNAME),
            TYPE: kinds[0].name if len(kinds) == 1 else Unknown(TYPE),
        }

    def _room(self, config: EnvironmentFields) -> Amounts:
        rooms = [self._room_of(kind, cni_of(config.vpc_cni)) for kind in self.planned.kinds]
        known = set(rooms[0]).intersection(*rooms)
        return {name: min(room[name] for room in rooms) for name in rooms[0] if name in known}

    def _room_of(self, kind: InstanceType, cni: Cni) -> Amounts:
        group = self.group
        pods = replace(self.planned, kinds=(kind,)).limit(cni).pods
        kubelet = kubelet_pods(kind, pods=pods, ami_type=group.ami_type)
        disk = None if group.instance_store else group.disk_size_gib
        told = group.user_data or group.ami_id
        # Settings of one's own may share a GPU among pods, and set memory aside for huge pages, as does EFA's installer.
        counted = () if told else group.devices
        counts = {name: DEVICES_OF[name].get(kind.name) for name in counted}
        own = told or group.devices
        lacking = [] if own else [*HUGE_PAGES]
        for device in set(DEVICES).difference(group.devices):
            lacking += [device, *PARTS.get(device, ())]
        room = allocatable(kind, pods=pods, reserved_for=kubelet, disk_gib=disk)
        if self._at_least:
            room["memory"] = max(room["memory"] - system_share(kind), Decimal(0))
        return {
            **room,
            **{name: Decimal(count) for name, count in counts.items() if count is not None},
            **dict.fromkeys(lacking, Decimal(0)),
        }


def _labels_of(pool: NodePoolSpec) -> Iterator[str]:
    """Yield the labels that nodes of a pool may have, and those of a group have not by themselves."""
    yield from (*pool.node_labels, CAPACITY_TYPE)
    yield from (each.key for each in pool.requirements)
    yield from map(pool.flavour.label, pool.flavour.labels)


def _keys(spec: Json) -> Iterator[str]:
    yield from map(str, mapping(spec, "nodeSelector"))
    for term in dicts(spec, "affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms"):
        yield from (text(each, "key") for each in dicts(term, "matchExpressions"))

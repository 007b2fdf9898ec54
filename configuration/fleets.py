"""The nodes of a group that are left when a zone or its Spot Instances are lost.

Of a group with several instance types, each node has the least that one of them has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from decimal import Decimal

from capacity.inputs import Group
from capacity.instance_labels import ARCHITECTURE, INSTANCE_TYPE
from capacity.room import system_share
from configuration.fields import EnvironmentFields
from configuration.once import once
from constructs_lib.specs.cni import cni_of
from constructs_lib.specs.compute_protocol import Compute
from constructs_lib.specs.node_objects import node_of
from kube.placement import Node, Pods
from kube.pods import Amounts, total_of
from kube.scheduling import HOSTNAME, REGION, REQUIRED, SYSTEM, ZONE
from kube.values import Json, Unknown, dicts, mapping, text

SIZES = ("desired_size", "max_size")
OURS = (ARCHITECTURE, SYSTEM)
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
        group: Compute,
        several: Sequence[Pods],
        *,
        at_least: bool = False,
    ) -> None:
        """Make the nodes of a group of an environment, for these pods: with what they have at most, or `at_least`."""
        self.group = group
        planned = replace(group.planned(config.network.zones), kinds=group.kinds)
        # One of a fixed number is replaced by one beside it: what a pool may have beyond its replicas.
        self.is_pool = planned.vcpu_limit is not None
        self.planned = replace(planned, maximum=planned.desired) if self.is_pool else planned
        # More nodes in a zone than pods are of no use.
        pods = sum(each.count for each in several if not each.on_each)
        self.cap = pods * len(self.planned.zones)
        self._nodes = nodes_of(config, group, self.planned, several, at_least=at_least)

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
        node, count = self.example, self.planned.desired
        taken = total_of(*(x.asked for x in several if x.on_each and x.may_run_on(node)))
        return {name: (node.room[name] - taken.get(name, 0)) * count for name in node.room}

    @property
    def example(self) -> Node:
        """Return one of its nodes."""
        return next(iter(self._nodes.values()))

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


def nodes_of(
    config: EnvironmentFields,
    group: Compute,
    planned: Group,
    several: Sequence[Pods],
    *,
    at_least: bool = True,
) -> dict[str, Node]:
    """Return a node in each zone of a group, with the least that one of its types has."""
    wanted = {key for each in several for key in _keys(each.spec)}
    known = {*group.node_labels, *OURS}
    others = {
        x: Unknown(x) for x in (wanted - _settable(config)) | group.label_keys if x not in known
    }
    kinds, cni = planned.kinds, cni_of(config.vpc_cni)
    rooms = [group.room(x, replace(planned, kinds=(x,)).limit(cni).pods) for x in kinds]
    for kind, each in zip(kinds, rooms, strict=True):
        kept = system_share(kind) if at_least else 0
        each["memory"] = max(each["memory"] - kept, Decimal(0))
    shared = set(rooms[0]).intersection(*rooms) if rooms else set()
    room = {
        name: min(each[name] for each in rooms) for name in (rooms or [{}])[0] if name in shared
    }
    by_type = [group.labels_of(kind) for kind in kinds] or [{}]
    alike = {
        name: value
        for name, value in by_type[0].items()
        if all(each.get(name) == value for each in by_type)
    }
    return {
        zone: Node(
            content=node_of(
                group,
                {
                    **others,
                    INSTANCE_TYPE: Unknown(INSTANCE_TYPE),
                    **alike,
                    ZONE: zone,
                    REGION: zone[:-1],
                    HOSTNAME: Unknown(HOSTNAME),
                },
            ),
            room=room,
        )
        for zone in planned.zones
    }


@once
def _settable(config: EnvironmentFields) -> frozenset[str]:
    """Return the labels that some nodes may have."""
    return frozenset(key for other in config.compute for key in other.label_keys)


def _keys(spec: Json) -> Iterator[str]:
    yield from map(str, mapping(spec, "nodeSelector"))
    for term in dicts(spec, "affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms"):
        yield from (text(each, "key") for each in dicts(term, "matchExpressions"))

"""The nodes that NodePools start: what they have, and how many there are."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping

from capacity.inputs import Group
from capacity.instance_labels import ARCHITECTURE, INSTANCE_TYPE, KUBERNETES_ARCHITECTURES, facts
from capacity.instance_types import InstanceType
from constructs_lib.specs.node_pool_fields import NodePoolFields
from constructs_lib.specs.node_pool_parts import LimitsSpec
from constructs_lib.specs.node_pool_starts import TO_BE_HAD
from constructs_lib.specs.node_pool_types import (
    CAPACITY_TYPE,
    ZONE,
    allows,
    densest_kinds,
    fitting,
    known_as,
    planned_kinds,
    vcpus_of,
)
from constructs_lib.specs.node_room import room_of_pool
from constructs_lib.specs.nodes import TaintSpec
from kube.pods import Amounts
from kube.scheduling import SYSTEM
from kube.values import Unknown


class NodePoolNodes(NodePoolFields):
    """The nodes of a NodePool."""

    @property
    def kinds(self) -> tuple[InstanceType, ...]:
        """Return the instance types that it can start."""
        return fitting(self.requirements, self.flavour)

    @property
    def architectures(self) -> frozenset[str]:
        """Return the architectures of its nodes: x86_64, arm64 or both."""
        return frozenset(kind.architecture for kind in self.kinds)

    @property
    def node_labels(self) -> Mapping[str, str]:
        """Return the labels that all of its nodes have, as far as they are known."""
        return {**self.labels, "karpenter.sh/nodepool": self.name}

    @property
    def node_taints(self) -> tuple[TaintSpec, ...]:
        """Return the taints that pods must tolerate."""
        return self.taints

    @property
    def system_labels(self) -> Mapping[str, str]:
        """Return the labels of their system, and of their architecture, which may be one of several."""
        named = {KUBERNETES_ARCHITECTURES[each] for each in self.architectures}
        only = named.pop() if len(named) == 1 else Unknown(ARCHITECTURE)
        return {SYSTEM: "linux", ARCHITECTURE: only}

    @property
    def label_keys(self) -> frozenset[str]:
        """Return the labels that some of the nodes may have."""
        required = (each.key for each in self.requirements)
        known = map(self.flavour.label, self.flavour.labels)
        return frozenset((*self.node_labels, CAPACITY_TYPE, *required, *known))

    @property
    def device_plugins(self) -> tuple[str, ...]:
        """The platform runs none on them."""
        return ()

    @property
    def joins_by_itself(self) -> bool:
        """What makes its nodes tells them."""
        return False

    @property
    def when_needed(self) -> bool:
        """Nodes start when pods wait, unless their number is fixed."""
        return self.replicas is None

    @property
    def enforced_limits(self) -> LimitsSpec | None:
        """Return the limits."""
        return self.limits

    def labels_of(self, kind: InstanceType) -> Mapping[str, str]:
        """Return the labels that a node has by its type, and by what can only be met by one value."""
        only = {
            x.key: x.values[0]
            for x in self.requirements
            if x.operator == "In" and x.values[0:1] == x.values
        }
        return {**only, **facts(kind, self.flavour.domain), INSTANCE_TYPE: kind.name}

    def room(self, kind: InstanceType, pods: int) -> Amounts:
        """Return what a node of a type leaves to so many pods."""
        return room_of_pool(kind, pods)

    def takes(self, key: str, value: str) -> bool:
        """Tell whether its requirements take nodes with this label."""
        return all(allows(each, {key: value}) for each in self.requirements)

    def values_of(self, key: str, kinds: Iterable[InstanceType]) -> Collection[str] | None:
        """Return the values of a label that instance types can have, None of one that isn't known."""
        if key == CAPACITY_TYPE:
            return [each for each in TO_BE_HAD if self.takes(key, each)]
        found = {facts(kind, self.flavour.domain).get(known_as(key), "") for kind in kinds}
        return None if "" in found else found

    def planned(self, zones: Iterable[str]) -> Group:
        """Return the pool for the plan: as many of the smallest nodes as its limits allow.

        Where nodes can be Spot or On-Demand, all of them count against the quotas of both.
        """
        kinds, most = planned_kinds(self.kinds, self.limits)
        densest = densest_kinds(self.kinds)
        on_demand = self.takes(CAPACITY_TYPE, "on-demand") or self.takes(CAPACITY_TYPE, "reserved")
        spot = self.takes(CAPACITY_TYPE, "spot")
        return Group(
            name=self.name,
            kinds=kinds,
            zones=tuple(sorted(filter(functools.partial(self.takes, ZONE), zones))),
            desired=self.replicas or 0,
            maximum=most,
            spot=spot,
            either=spot and on_demand,
            on_demand_percentage=100 if on_demand else 0,
            managed=False,
            vcpu_limit=vcpus_of(self.limits, self.kinds),
            densest=densest if len(densest) > 1 else (),
        )

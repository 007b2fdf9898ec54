"""The inputs of a plan, as plain values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from capacity.cni import Cni
from capacity.instance_types import InstanceType
from capacity.pods import PodLimit, group_limit, windows_limit
from capacity.quotas import MARGIN_PERCENT, MOST_SPREAD, MOST_UNAVAILABLE, RESERVED_ADDRESSES

Tier = Literal["private", "public", "control_plane", "pods"]
ADDRESS_BITS = 32
WINDOWS = "Windows nodes"


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet. `tiers` say what it is for; one of somebody else's may be for several.

    `prefix_length` is None where only a number of `free` addresses is known, and both are None
    where nothing is.
    """

    name: str
    zone: str
    tiers: frozenset[Tier]
    prefix_length: int | None = None
    free: int | None = None

    @property
    def usable(self) -> int | None:
        """Return the addresses that can be taken, None where the size is unknown."""
        if self.prefix_length is None:
            return self.free
        return (1 << (ADDRESS_BITS - self.prefix_length)) - RESERVED_ADDRESSES


@dataclass(frozen=True, kw_only=True)
class Group:
    """A node group, its sizes in nodes.

    `max_unavailable` is a number of nodes, `max_unavailable_percentage` a share of `maximum`. Of a
    group with `spot` some nodes may be On-Demand: `on_demand_base` and a percentage of the others.
    No DaemonSet of the platform runs on `windows` nodes; nodes that not every pod of Linux can run on are `apart`, in words. EKS makes `managed` ones; an update of them
    starts new nodes first, or `takes_away_first`. `cni` is what its nodes have instead of the cluster's
    settings. `vcpu_limit` is how many vCPUs all of its nodes have together at most, where something but the
    number of nodes says so: a NodePool's limits. Of a pool whose types differ in interfaces `densest` has those with the
    fewest vCPUs for them. With `either`, each node may be Spot or On-Demand.
    `device_plugins` are DaemonSets that run on its nodes alone, `kept_away` is how many of all nodes run on none of them. Beside its desired nodes `warm` instances wait, beside
    its most nodes `always_warm`; only `running` ones count as such. With `in_a_block` it runs in a Capacity Block, with `spread` each node on a rack
    of its own.
    """

    name: str
    kinds: tuple[InstanceType, ...]
    zones: tuple[str, ...]
    desired: int
    maximum: int
    max_unavailable: int | None = None
    max_unavailable_percentage: int | None = None
    spot: bool = False
    on_demand_base: int = 0
    on_demand_percentage: int = 0
    pinned_pods: int | None = None
    managed: bool = True
    takes_away_first: bool = False
    windows: bool = False
    apart: str = ""
    cni: Cni | None = None
    vcpu_limit: int | None = None
    densest: tuple[InstanceType, ...] = ()
    either: bool = False
    device_plugins: int = 0
    kept_away: int = 0
    warm: int = 0
    always_warm: int = 0
    running: bool = False
    in_a_block: bool = False
    spread: bool = False

    @property
    def surge(self) -> int:
        """Return the nodes beyond the maximum, while an update and a rebalancing go on.

        An update adds twice as many nodes as the group has zones, or as many as may be unavailable
        (EKS user guide, "Understand each phase of node updates"), unless it takes old nodes away first
        (EKS API reference, NodegroupUpdateConfig) or EKS doesn't manage the group: these stay below
        the maximum, but EC2 Auto Scaling rebalances their zones.
        """
        rebalances = self.spot or (not self.added and len(self.zones) > 1)
        margin = max(1, math.ceil(self.maximum * MARGIN_PERCENT / 100)) if rebalances else 0
        return self.added + margin

    @property
    def added(self) -> int:
        """Return the nodes that an update starts before it takes old ones away.

        A group in a Capacity Block has none while it is updated (EKS user guide, "Create a managed node group
        with Capacity Blocks for ML").
        """
        if self.takes_away_first or not self.managed or self.in_a_block:
            return 0
        share = math.ceil(self.maximum * (self.max_unavailable_percentage or 0) / 100)
        unavailable = min(self.max_unavailable or share, MOST_UNAVAILABLE)
        return max(2 * len(self.zones), unavailable)

    @property
    def has_racks(self) -> bool:
        """Tell whether EC2 starts all of its nodes, and those of an update."""
        return not self.spread or self.maximum + self.added <= MOST_SPREAD * len(self.zones)

    @property
    def twin(self) -> int:
        """Return the nodes of the group that stands beside a managed one while it is replaced.

        No change of a group that EKS doesn't manage replaces it.
        """
        return self.desired if self.managed else 0

    def on_demand(self, nodes: int) -> int:
        """Return how many of so many nodes are On-Demand."""
        if not self.spot:
            return nodes
        base = min(nodes, self.on_demand_base)
        return base + math.ceil((nodes - base) * self.on_demand_percentage / 100)

    def limit(self, cni: Cni) -> PodLimit:
        """Return how many pods one of its nodes can run."""
        if self.windows:
            return windows_limit(self.kinds)
        return group_limit(self.cni or cni, self.kinds, pinned=self.pinned_pods)

    def daemons(self, cni: Cni, common: int) -> int:
        """Return the places that DaemonSets take on one of its nodes: those on every node, and its own."""
        own = common - self.kept_away + self.device_plugins
        return 0 if self.windows else min(own, self.limit(cni).pods)


@dataclass(frozen=True, kw_only=True)
class Fargate:
    """The pods of a Fargate profile, at most; each has an address of its own.

    `vcpus` are those of the pods that are known, where they are more than the smallest pods have. It has
    subnets in `zones`, all where none is named.
    """

    name: str
    pods: int
    vcpus: float = 0
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The most pods that a workload or the platform asks for.

    With `critical` they run on the nodes that are kept for critical add-ons, where there are some.
    """

    name: str
    pods: int
    critical: bool = False


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything in an environment that uses addresses.

    `nat_zones` have a NAT gateway each. `interface_endpoints` are in every private subnet,
    `load_balancers` in every subnet of their tier. `handler_functions` are the Lambda functions of
    the kubectl handler; they share an interface in each control-plane subnet. `daemons` run on every
    node, `platform` on some node, `workloads` anywhere.
    """

    cni: Cni
    subnets: tuple[Subnet, ...]
    groups: tuple[Group, ...] = ()
    fargate: tuple[Fargate, ...] = ()
    nat_zones: tuple[str, ...] = ()
    interface_endpoints: int = 0
    load_balancers: int = 0
    handler_functions: int = 0
    daemons: tuple[str, ...] = ()
    platform: tuple[Asked, ...] = ()
    workloads: tuple[Asked, ...] = ()

    @property
    def zones(self) -> tuple[str, ...]:
        """Return the zones of the subnets that run pods, in order."""
        return tuple(sorted({subnet.zone for subnet in self.subnets if "private" in subnet.tiers}))

"""The plan of an environment: how full its subnets get, and how many pods it can run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from capacity.addresses import Item, blocks, blocks_taken, items
from capacity.cni import Use
from capacity.inputs import Asked, Inputs, Subnet
from capacity.needs import Need, needs
from capacity.pods import PodLimit, branch_interfaces
from capacity.quotas import (
    NEAR_PERCENT,
    NETWORK_ADDRESS_USAGE,
    NETWORK_ADDRESS_USAGE_RAISED,
)
from capacity.usage import steady_usage, worst_usage


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The /28 blocks of a subnet: those that exist, and those taken or spoiled in the worst case."""

    total: int
    worst: int


@dataclass(frozen=True, kw_only=True)
class SubnetPlan:
    """How full a subnet gets, in addresses. `blocks` is None where nothing takes prefixes."""

    subnet: Subnet
    items: tuple[Item, ...]
    blocks: Blocks | None

    @property
    def steady(self) -> int:
        """Return the addresses taken in the steady state."""
        return sum(item.steady.total for item in self.items)

    @property
    def worst(self) -> int:
        """Return the addresses taken in the worst case."""
        return sum(item.worst.total for item in self.items)

    @property
    def free(self) -> int | None:
        """Return the addresses left in the worst case, None where the size is unknown.

        Below 0 the subnet overflows. Where blocks run out first, theirs count.
        """
        usable = self.subnet.usable
        if usable is None:
            return None
        left = usable - self.worst
        if self.blocks is not None and self.blocks.worst > self.blocks.total:
            return min(left, self.blocks.total - self.blocks.worst)
        return left

    @property
    def used_percent(self) -> int | None:
        """Return how full the subnet is in the worst case: of addresses or blocks, the fuller.

        Rounded up, so that only what fits has at most 100.
        """
        usable = self.subnet.usable
        if usable is None:
            return None
        shares = [(self.worst, usable)]
        if self.blocks is not None:
            shares.append((self.blocks.worst, self.blocks.total))
        return max(percent(part, whole) for part, whole in shares)

    @property
    def fits(self) -> bool:
        """Tell whether the worst case fits; a subnet of unknown size is not judged."""
        return self.free is None or self.free >= 0

    @property
    def binds(self) -> str:
        """Return what runs out first: single addresses or /28 blocks in one piece."""
        usable = self.subnet.usable
        if self.blocks is None or usable is None:
            return "addresses"
        by_blocks = percent(self.blocks.worst, self.blocks.total)
        return "/28 blocks" if by_blocks > percent(self.worst, usable) else "addresses"


@dataclass(frozen=True, kw_only=True)
class GroupPlan:
    """The nodes of a group and the pods that they can run.

    The types of a NodePool (`of_pool`) stand for others with the same network.
    """

    name: str
    instance_types: tuple[str, ...]
    desired: int
    maximum: int
    surge: int
    limit: PodLimit
    branch_interfaces: int
    windows: bool = False
    of_pool: bool = False

    @property
    def pods(self) -> int:
        """Return the pods that the group can run with its most nodes."""
        return self.maximum * self.limit.pods


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Network address usage of the VPC, in units."""

    steady: int
    worst: int
    default_quota: int = NETWORK_ADDRESS_USAGE
    highest_quota: int = NETWORK_ADDRESS_USAGE_RAISED


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that was computed of an environment."""

    subnets: tuple[SubnetPlan, ...]
    groups: tuple[GroupPlan, ...]
    fargate_pods: int
    usage: Usage
    platform_pods: int = 0
    workloads: tuple[Asked, ...] = ()
    needs: tuple[Need, ...] = ()

    @property
    def pods(self) -> int:
        """Return the pods that the cluster can run, on all of its nodes and on Fargate."""
        return sum(group.pods for group in self.groups) + self.fargate_pods

    @property
    def windows_pods(self) -> int:
        """Return the pods that can run on Windows nodes, which take no others."""
        return sum(group.pods for group in self.groups if group.windows)

    @property
    def pods_left(self) -> int:
        """Return the Linux pods that can run beside the platform's own."""
        return self.pods - self.windows_pods - self.platform_pods

    @property
    def pods_asked(self) -> int:
        """Return the pods that the workloads ask for."""
        return sum(workload.pods for workload in self.workloads)

    @property
    def overflowing(self) -> tuple[SubnetPlan, ...]:
        """Return the subnets that the worst case doesn't fit, the worst first."""
        found = [plan for plan in self.subnets if not plan.fits]
        return tuple(sorted(found, key=lambda plan: plan.free or 0))

    @property
    def nearly_full(self) -> tuple[SubnetPlan, ...]:
        """Return the subnets that fit, but only just."""
        return tuple(x for x in self.subnets if x.fits and (x.used_percent or 0) > NEAR_PERCENT)

    @property
    def unknown(self) -> tuple[SubnetPlan, ...]:
        """Return the subnets of unknown size."""
        return tuple(plan for plan in self.subnets if plan.subnet.usable is None)

    @property
    def fits(self) -> bool:
        """Tell whether every subnet and the VPC hold the worst case."""
        return not self.overflowing and self.usage.worst <= self.usage.highest_quota

    @property
    def fullest(self) -> SubnetPlan | None:
        """Return the subnet of nodes or pods that is fullest, None where no size is known.

        Those of the control plane are always rather full, and never get fuller.
        """
        growing = [plan for plan in self.subnets if {"private", "pods"} & plan.subnet.tiers]
        known = [plan for plan in growing if plan.used_percent is not None]
        return max(known, key=lambda plan: plan.used_percent or 0, default=None)


def make_plan(inputs: Inputs) -> Plan:
    """Compute the plan."""
    return Plan(
        subnets=tuple(plan_subnet(inputs, subnet) for subnet in inputs.subnets),
        groups=tuple(
            GroupPlan(
                name=group.name,
                instance_types=tuple(kind.name for kind in group.kinds),
                desired=group.desired,
                maximum=group.maximum,
                surge=group.surge,
                limit=group.limit(inputs.cni),
                branch_interfaces=branch_interfaces(group.cni or inputs.cni, group.kinds),
                windows=group.windows,
                of_pool=group.vcpu_limit is not None,
            )
            for group in inputs.groups
        ),
        fargate_pods=sum(profile.pods for profile in inputs.fargate),
        platform_pods=platform_pods(inputs, [group.maximum for group in inputs.groups]),
        workloads=inputs.workloads,
        usage=Usage(steady=steady_usage(inputs), worst=worst_usage(inputs)),
        needs=needs(inputs),
    )


def pods_of(inputs: Inputs) -> int:
    """Return the pods that the cluster can run, on all of its nodes and on Fargate."""
    counts = [group.maximum * group.limit(inputs.cni).pods for group in inputs.groups]
    return sum(counts) + sum(profile.pods for profile in inputs.fargate)


def platform_pods(inputs: Inputs, nodes: Sequence[int]) -> int:
    """Return the places that the platform's own pods take on `nodes` nodes of each group."""
    taken = [group.daemons(inputs.cni, len(inputs.daemons)) for group in inputs.groups]
    daemons = sum(count * each for count, each in zip(nodes, taken, strict=True))
    return daemons + sum(each.pods for each in inputs.platform)


def platform_on_fargate(inputs: Inputs) -> int:
    """Return how many of the places of the platform's own pods are on Fargate."""
    names = {each.name for each in inputs.platform}
    return sum(profile.pods for profile in inputs.fargate if profile.name in names)


def plan_subnet(inputs: Inputs, subnet: Subnet) -> SubnetPlan:
    """Compute the plan of one subnet."""
    taking = items(inputs, subnet)
    worst = sum((item.worst for item in taking), Use())
    total = blocks(subnet)
    return SubnetPlan(
        subnet=subnet,
        items=taking,
        blocks=Blocks(total=total, worst=blocks_taken(worst))
        if worst.prefixes and total is not None
        else None,
    )


def percent(part: int, whole: int) -> int:
    """Return a share in percent, rounded up; of nothing, everything is too much."""
    if whole <= 0:
        return 0 if part <= 0 else 1000
    return -(-part * 100 // whole)

"""The plan of an environment: how full its subnets get, and how many pods it can run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from capacity.inputs import WINDOWS, Asked, Inputs
from capacity.needs import Need, needs
from capacity.pods import PodLimit, branch_interfaces
from capacity.quotas import (
    NEAR_PERCENT,
    NETWORK_ADDRESS_USAGE,
    NETWORK_ADDRESS_USAGE_RAISED,
)
from capacity.subnet_plan import SubnetPlan, plan_subnet
from capacity.usage import steady_usage, worst_usage

CRITICAL = "nodes with the taint CriticalAddonsOnly"
"""Some of the platform's own pods tolerate it."""


@dataclass(frozen=True, kw_only=True)
class GroupPlan:
    """The nodes of a group and the pods that they can run.

    The types of a NodePool (`of_pool`) stand for others with the same network. Where not every pod of Linux can run,
    `apart` says which nodes they are.
    """

    name: str
    instance_types: tuple[str, ...]
    desired: int
    maximum: int
    surge: int
    limit: PodLimit
    branch_interfaces: int
    apart: str = ""
    daemons: int = 0
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
    """Everything that was computed of an environment. `critical_pods` are among `platform_pods`; `fargate_platform` are further ones, on Fargate."""

    subnets: tuple[SubnetPlan, ...]
    groups: tuple[GroupPlan, ...]
    fargate_pods: int
    usage: Usage
    platform_pods: int = 0
    critical_pods: int = 0
    fargate_platform: int = 0
    workloads: tuple[Asked, ...] = ()
    needs: tuple[Need, ...] = ()

    @property
    def pods(self) -> int:
        """Return the pods that the cluster can run; the platform's own on Fargate keep their places for themselves."""
        return sum(group.pods for group in self.groups) + self.fargate_pods

    @property
    def left(self) -> dict[str, int]:
        """Return the pods that can run beside the platform's own, by where: on Fargate, on some nodes, else ""."""
        singles = self.platform_pods
        found = {"": 0} if any(not group.apart for group in self.groups) else dict[str, int]()
        for group in self.groups:
            taken = group.maximum * group.daemons
            found[group.apart] = found.get(group.apart, 0) + group.pods - taken
            singles -= taken
        if CRITICAL in found:
            fit = min(self.critical_pods, max(found[CRITICAL], 0))
            found[CRITICAL] -= fit
            singles -= fit
        if "" in found:
            found[""] -= singles
        if self.fargate_pods:
            found["Fargate"] = self.fargate_pods
        return found

    @property
    def pods_left(self) -> int:
        """Return the pods that need nothing special and can run beside the platform's own."""
        return self.left.get("", 0) + self.left.get("Fargate", 0)

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
    on_fargate = platform_on_fargate(inputs)
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
                apart=group.apart or WINDOWS * group.windows,
                daemons=group.daemons(inputs.cni, len(inputs.daemons)),
                of_pool=group.vcpu_limit is not None,
            )
            for group in inputs.groups
        ),
        fargate_pods=sum(profile.pods for profile in inputs.fargate) - on_fargate,
        fargate_platform=on_fargate,
        platform_pods=platform_pods(inputs, [x.maximum for x in inputs.groups]) - on_fargate,
        critical_pods=sum(each.pods for each in inputs.platform if each.critical),
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

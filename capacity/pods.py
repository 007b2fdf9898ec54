"""How many pods a node can run: the max pods that EKS really sets.

Sources: eni-max-pods.txt of amazon-vpc-cni-k8s for the formula, the EKS best practices guide for
custom networking and prefixes, the EKS user guide ("How maxPods is determined") for the caps and
for mixed groups.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from capacity.cni import HOST_NETWORK_PODS, PREFIX_ADDRESSES, Cni, effective, pod_interfaces
from capacity.instance_types import InstanceType
from capacity.quotas import LARGE_NODE_VCPUS, PODS_ON_LARGE_NODES, PODS_ON_SMALL_NODES


@dataclass(frozen=True, kw_only=True)
class PodLimit:
    """How many pods a node can run, host-network ones included, and what limits them."""

    pods: int
    reason: str
    on_host_network: int = HOST_NETWORK_PODS

    @property
    def addressed(self) -> int:
        """Return how many of the pods have an address of their own."""
        return max(0, self.pods - self.on_host_network)


def network_pods(cni: Cni, kind: InstanceType) -> int:
    """Return the pods that the interfaces of an instance type can serve, before any cap."""
    cni = effective(cni, kind)
    unit = PREFIX_ADDRESSES if cni.prefix_delegation else 1
    return pod_interfaces(cni, kind) * kind.slots * unit + HOST_NETWORK_PODS


def cap(kind: InstanceType) -> int:
    """Return the cap of EKS on an instance type."""
    return PODS_ON_SMALL_NODES if kind.vcpus < LARGE_NODE_VCPUS else PODS_ON_LARGE_NODES


@functools.cache
def type_limit(cni: Cni, kind: InstanceType) -> PodLimit:
    """Return the limit of one instance type."""
    by_network = network_pods(cni, kind)
    if by_network <= cap(kind):
        return PodLimit(pods=by_network, reason=_formula(cni, kind))
    size = "below" if kind.vcpus < LARGE_NODE_VCPUS else "from"
    return PodLimit(pods=cap(kind), reason=f"EKS cap {size} {LARGE_NODE_VCPUS} vCPUs, {kind.name}")


def group_limit(cni: Cni, kinds: Sequence[InstanceType], *, pinned: int | None = None) -> PodLimit:
    """Return the limit of a node group: that of its lowest type, unless a number is pinned."""
    lowest = min((type_limit(cni, kind) for kind in kinds), key=lambda limit: limit.pods)
    return lowest if pinned is None else PodLimit(pods=pinned, reason="max_pods")


def windows_limit(kinds: Sequence[InstanceType]) -> PodLimit:
    """Return the limit of Windows nodes: the addresses of one interface but its own, of the lowest type.

    EKS user guide, "Deploy Windows nodes on EKS clusters", considerations.
    """
    lowest = min(kinds, key=lambda kind: min(kind.slots, cap(kind)))
    pods = min(lowest.slots, cap(lowest))
    reason = f"one interface of {lowest.name}: {lowest.slots}, on Windows"
    return PodLimit(pods=pods, reason=reason, on_host_network=0)


def highest_pin(cni: Cni, kinds: Sequence[InstanceType]) -> int:
    """Return the highest max pods that can be pinned and works on every type of a group.

    Branch interfaces come on top of the formula (EKS best practices guide, "Security groups per
    pod"), and EKS doesn't count them: with them a pin may raise the number. The caps stay.
    """
    return min(
        min(cap(kind), network_pods(cni, kind) + branch_interfaces(cni, [kind])) for kind in kinds
    )


def branch_interfaces(cni: Cni, kinds: Sequence[InstanceType]) -> int:
    """Return how many pods of a node can have security groups of their own."""
    if not cni.pod_security_groups:
        return 0
    return min(kind.branch_interfaces for kind in kinds)


def most_branches(cni: Cni, kinds: Sequence[InstanceType]) -> int:
    """Return how many branch interfaces a node can have, each a network interface of the region's quota."""
    most = max((kind.branch_interfaces for kind in kinds), default=0)
    return most if cni.pod_security_groups else 0


def _formula(cni: Cni, kind: InstanceType) -> str:
    cni = effective(cni, kind)
    factors = f"{pod_interfaces(cni, kind)} x {kind.slots}"
    times = f" x {PREFIX_ADDRESSES}" if cni.prefix_delegation else ""
    return f"interfaces of {kind.name}: {factors}{times} + {HOST_NETWORK_PODS}"

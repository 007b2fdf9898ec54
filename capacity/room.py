"""What a node leaves to pods of its processor and memory.

Sources: awslabs/amazon-eks-ami (nodeadm, internal/kubelet/config.go) and Bottlerocket (`schnauzer`) reserve
the same for the kubelet, by a number of pods: Bottlerocket by its max pods, nodeadm by that of single addresses, whatever
max pods says. The operating system takes more: this is the most that a node can have.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from capacity.cni import Cni
from capacity.instance_types import InstanceType
from capacity.pods import type_limit

MIB, GIB = 1024**2, 1024**3
_EVICTION_MIB = 100
_CORES = (0, 1, 2, 4, 1 << 20)
_SHARES = ("0.06", "0.01", "0.005", "0.0025")
_DISK, _DISK_RESERVED_GIB = Decimal("0.9"), 1
"""The kubelet evicts pods below a tenth of free disk, and has a share of its own."""

_SYSTEM, _SYSTEM_MIB = Decimal("0.05"), 150
"""aws/karpenter-provider-aws measured what nodes lack of the memory of their type (commit 15e8769 of 2023,
pkg/providers/instancetype/zz_generated.memory_overhead.go): 1.6 to 5.5 percent of most, and more of small ones. All but
5 of 475 types of the current generation lack no more than this. Karpenter itself assumes 7.5 percent."""


def system_share(kind: InstanceType) -> Decimal:
    """Return the memory that firmware and kernel keep of an instance at most."""
    return (kind.memory_mib * _SYSTEM + _SYSTEM_MIB) * MIB


def kubelet_pods(kind: InstanceType, *, pods: int, ami_type: str) -> int:
    """Return for how many pods the kubelet of a node with this image has memory at least."""
    return pods if "BOTTLEROCKET" in ami_type else min(pods, type_limit(Cni(), kind).pods)


def allocatable(
    kind: InstanceType, *, pods: int, disk_gib: int | None, reserved_for: int | None = None
) -> dict[str, Decimal]:
    """Return what pods can ask of a node, by resource; without a known disk nothing is said of it.

    `reserved_for` is the number of pods that the kubelet's memory is for, where it isn't that of the node.
    """
    reserved_for = pods if reserved_for is None else reserved_for
    spans = zip(pairwise(_CORES), _SHARES, strict=True)
    shares = (
        max(0, min(kind.vcpus, end) - start) * Decimal(share) for (start, end), share in spans
    )
    reserved = sum(shares, Decimal(0))
    memory = kind.memory_mib - _EVICTION_MIB - 255 - 11 * reserved_for
    room = {"cpu": kind.vcpus - reserved, "memory": Decimal(memory * MIB), "pods": Decimal(pods)}
    if disk_gib is None:
        return room
    return {**room, "ephemeral-storage": (disk_gib * _DISK - _DISK_RESERVED_GIB) * GIB}

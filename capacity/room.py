"""What a node leaves to pods of its processor and memory.

Sources: awslabs/amazon-eks-ami (nodeadm, kubelet configuration) and Bottlerocket (`schnauzer`) reserve
the same for the kubelet. The operating system takes more: this is the most that a node can have.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from capacity.instance_types import InstanceType

MIB, GIB = 1024**2, 1024**3
_EVICTION_MIB = 100
_CORES = (0, 1, 2, 4, 1 << 20)
_SHARES = ("0.06", "0.01", "0.005", "0.0025")
_DISK = Decimal("0.9")
"""The kubelet evicts pods below a tenth of free disk."""


def allocatable(kind: InstanceType, *, pods: int, disk_gib: int | None) -> dict[str, Decimal]:
    """Return what pods can ask of a node, by resource; without a known disk nothing is said of it."""
    spans = zip(pairwise(_CORES), _SHARES, strict=True)
    shares = (
        max(0, min(kind.vcpus, end) - start) * Decimal(share) for (start, end), share in spans
    )
    reserved = sum(shares, Decimal(0))
    memory = kind.memory_mib - _EVICTION_MIB - 255 - 11 * pods
    room = {"cpu": kind.vcpus - reserved, "memory": Decimal(memory * MIB), "pods": Decimal(pods)}
    return room if disk_gib is None else {**room, "ephemeral-storage": disk_gib * GIB * _DISK}

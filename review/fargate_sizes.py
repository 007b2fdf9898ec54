"""Which size of Fargate a pod gets, and pays for.

Source: EKS user guide, "Understand Fargate pod configuration details".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MEMORY_GB: Mapping[float, tuple[float, ...]] = {
    0.25: (0.5, 1, 2),
    0.5: (1, 2, 3, 4),
    1: tuple(range(2, 9)),
    2: tuple(range(4, 17)),
    4: tuple(range(8, 31)),
    8: tuple(range(16, 61, 4)),
    16: tuple(range(32, 121, 8)),
}
"""The amounts of memory that each number of vCPUs comes with."""

KUBERNETES_GB = 0.25
"""What Fargate adds for the kubelet and its kin."""

UNITS: Mapping[str, float] = {
    "Ki": 1 / 1024**2,
    "Mi": 1 / 1024,
    "Gi": 1,
    "k": 1000 / 1024**3,
    "M": 1000**2 / 1024**3,
    "G": 1000**3 / 1024**3,
}
"""Kubernetes' units of memory, in what Fargate calls GB."""


@dataclass(frozen=True, kw_only=True)
class FargateSize:
    """What a pod pays for."""

    vcpus: float
    gb: float


def fargate_size(pod: Mapping[str, Any]) -> FargateSize:
    """Return the smallest size that holds the requests of a pod's containers."""
    requests = [each.get("resources", {}).get("requests", {}) for each in pod["containers"]]
    vcpus = sum(_vcpus(str(each.get("cpu", "0"))) for each in requests)
    gb = sum(_gb(str(each.get("memory", "0"))) for each in requests) + KUBERNETES_GB
    for cpus, amounts in MEMORY_GB.items():
        for amount in amounts:
            if cpus >= vcpus and amount >= gb:
                return FargateSize(vcpus=cpus, gb=amount)
    raise ValueError(
        f"a pod requests {vcpus:g} vCPU and {gb:g} GB; Fargate runs at most 16 vCPU and 120 GB: "
        "lower its requests"
    )


def _vcpus(quantity: str) -> float:
    return float(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)


def _gb(quantity: str) -> float:
    for unit, factor in UNITS.items():
        if quantity.endswith(unit):
            return float(quantity.removesuffix(unit)) * factor
    return float(quantity) / 1024**3

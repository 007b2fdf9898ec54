"""The AMI types that EKS has for node groups: operating system, architecture, drivers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

AmiType = Literal[
    "AL2023_x86_64_STANDARD",
    "AL2023_ARM_64_STANDARD",
    "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA",
    "AL2023_x86_64_NEURON",
    "BOTTLEROCKET_x86_64",
    "BOTTLEROCKET_ARM_64",
    "BOTTLEROCKET_x86_64_FIPS",
    "BOTTLEROCKET_ARM_64_FIPS",
    "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA",
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
    "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
    "WINDOWS_CORE_2019_x86_64",
    "WINDOWS_FULL_2019_x86_64",
    "WINDOWS_CORE_2022_x86_64",
    "WINDOWS_FULL_2022_x86_64",
    "WINDOWS_CORE_2025_x86_64",
    "WINDOWS_FULL_2025_x86_64",
]
"""CloudFormation's AmiType, but for images of one's own."""
AMI_ARCHITECTURES: Mapping[str, str] = {
    name: "arm64" if "ARM_64" in name else "x86_64" for name in get_args(AmiType)
}


def is_windows(ami_type: str) -> bool:
    """Tell whether an image is one of Windows."""
    return ami_type.startswith("WINDOWS")


def sibling(ami_type: str) -> str:
    """Return the AMI type of the same system for the other architecture; that of Windows has none."""
    system = ami_type.partition("_")[0]
    mine, other = sorted(("ARM_64", "x86_64"), key=ami_type.__contains__, reverse=True)
    swapped = ami_type.replace(mine, other)
    usual = (each for each in AMI_ARCHITECTURES if each.startswith(f"{system}_{other}"))
    return swapped if swapped in AMI_ARCHITECTURES else next(usual, ami_type)

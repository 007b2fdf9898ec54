from __future__ import annotations

from decimal import Decimal

import pytest

from capacity.instance_types import instance_type
from capacity.room import GIB, MIB, allocatable, kubelet_pods, system_share


@pytest.mark.parametrize(
    ("kind", "pods", "millicores", "mebibytes"),
    [
        # What `kubectl describe node` shows of the processor; memory is a little more than there.
        ("m5.large", 29, 1930, 8192 - 100 - 255 - 29 * 11),
        ("m5.xlarge", 58, 3920, 16384 - 100 - 255 - 58 * 11),
        ("m5.2xlarge", 58, 7910, 32768 - 100 - 255 - 58 * 11),
        ("t3.nano", 4, 1930, 512 - 100 - 255 - 44),
    ],
)
def test_the_kubelet_has_its_share(kind: str, pods: int, millicores: int, mebibytes: int) -> None:
    """By the number of processors and of pods."""
    room = allocatable(instance_type(kind), pods=pods, disk_gib=None)
    assert room == {
        "cpu": Decimal(millicores) / 1000,
        "memory": Decimal(mebibytes * MIB),
        "pods": pods,
    }


def test_a_tenth_of_the_disk_stays_free() -> None:
    """Below that the kubelet evicts; 1 GiB is reserved for it (nodeadm, withDefaultReservedResources)."""
    room = allocatable(instance_type("m5.large"), pods=29, disk_gib=20)
    assert room["ephemeral-storage"] == 17 * GIB


@pytest.mark.parametrize(
    ("pods", "ami_type", "counted"),
    [
        (110, "AL2023_x86_64_STANDARD", 29),
        (20, "AL2023_x86_64_STANDARD", 20),
        (110, "BOTTLEROCKET_x86_64", 110),
    ],
)
def test_memory_is_reserved_for_the_pods_of_single_addresses(
    pods: int, ami_type: str, counted: int
) -> None:
    """Whatever max pods says, by nodeadm; Bottlerocket goes by its max pods."""
    kind = instance_type("m5.large")
    reserved_for = kubelet_pods(kind, pods=pods, ami_type=ami_type)
    room = allocatable(kind, pods=pods, disk_gib=None, reserved_for=reserved_for)
    assert room["memory"] == (8192 - 100 - 255 - counted * 11) * MIB
    assert room["pods"] == pods


@pytest.mark.parametrize(
    ("kind", "lacking"),
    [
        ("c7g.medium", 218_644_480),
        ("t3.micro", 108_433_408),
        ("m7g.large", 439_844_864),
        ("m6a.48xlarge", 30_038_941_696),
        ("m6i.metal", 8_923_189_248),
        ("r6i.32xlarge", 34_284_670_976),
    ],
)
def test_the_system_keeps_no_more_than_is_assumed(kind: str, lacking: int) -> None:
    """As Karpenter measured it; of a small type it is a larger part."""
    assert lacking <= system_share(instance_type(kind)) <= lacking * 4

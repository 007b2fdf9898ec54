"""The range of Services that EKS chooses beside a VPC."""

from __future__ import annotations

import pytest

from constructs_lib.specs.service_ranges import SERVICE_RANGES, chosen_by_eks


@pytest.mark.parametrize(
    ("vpc", "chosen"),
    [
        (("10.10.0.0/16",), ("172.20.0.0/16",)),
        (("10.100.0.0/16", "100.64.0.0/16"), ("172.20.0.0/16",)),
        (("172.20.0.0/16",), ("10.100.0.0/16",)),
        (("192.168.0.0/16", "100.64.0.0/16"), ("10.100.0.0/16",)),
        # The second may be younger than the cluster.
        (("100.64.0.0/16", "10.10.0.0/16"), SERVICE_RANGES),
    ],
)
def test_eks_chooses_by_the_ranges_of_the_vpc(
    vpc: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    """One of the two, as far as the ranges tell."""
    assert chosen_by_eks(vpc) == chosen

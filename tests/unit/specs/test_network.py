from __future__ import annotations

import pytest

from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.network import NetworkSpec
from constructs_lib.specs.network_limits import CLOSED_NETWORK_ENDPOINTS

ZONES = ("eu-west-1b", "eu-west-1a", "eu-west-1c")
SUBNETS = {"eu-west-1b": "subnet-0123456789abcdef0", "eu-west-1a": "subnet-0a1b2c3d4e5f67890"}


@pytest.mark.parametrize(
    ("wanted", "count"), [("none", 0), ("single", 1), ("per_zone", 3), (0, 0), (2, 2)]
)
def test_nat_gateways_are_counted(wanted: str | int, count: int) -> None:
    """A word or a number says how many NAT gateways there are."""
    network = NetworkSpec(cidr="10.0.0.0/16", zones=ZONES, nat_gateways=wanted)  # type: ignore[arg-type]

    assert network.nat_gateway_count == count


@pytest.mark.parametrize(
    ("region", "lacking"),
    [("eu-west-1", set()), ("ap-southeast-5", {"ec2messages"}), ("mx-central-1", {"ec2messages"})],
)
def test_a_region_of_the_last_years_is_asked_for_no_endpoint_it_lacks(
    region: str, lacking: set[str]
) -> None:
    """EC2 refuses the endpoint of a service that the region doesn't have."""
    zones = (f"{region}a", f"{region}b")
    network = NetworkSpec(cidr="10.0.0.0/16", zones=zones, nat_gateways="none")

    assert {*network.all_interface_endpoints} == {*CLOSED_NETWORK_ENDPOINTS} - lacking


def test_the_private_tier_takes_half_a_slot() -> None:
    """Where nothing is said, nodes and pods get all the room there is."""
    network = NetworkSpec(cidr="10.0.0.0/17", zones=ZONES, zone_slots=8)

    assert network.prefix_lengths == {"private": 21, "public": 24, "control_plane": 28}


def test_the_private_tier_can_be_smaller() -> None:
    """What is said counts."""
    network = NetworkSpec(cidr="10.0.0.0/16", zones=ZONES, private_prefix_length=22)

    assert network.prefix_lengths["private"] == 22


@pytest.mark.parametrize(
    ("pod_cidr", "cidrs"),
    [(None, ("10.0.0.0/16",)), ("100.64.0.0/16", ("10.0.0.0/16", "100.64.0.0/16"))],
)
def test_a_network_knows_all_its_ranges(pod_cidr: str | None, cidrs: tuple[str, ...]) -> None:
    """The pods' range is one of them, in a network of ours and in an existing one."""
    made = NetworkSpec(cidr="10.0.0.0/16", zones=ZONES, pod_cidr=pod_cidr)
    existing = ExistingNetworkSpec(
        vpc_id="vpc-0a1b2c3d4e5f67890",
        cidr="10.0.0.0/16",
        private_subnets=SUBNETS,
        pod_cidr=pod_cidr,
    )

    assert (made.cidrs, existing.cidrs) == (cidrs, cidrs)


def test_an_existing_network_has_the_zones_of_its_private_subnets() -> None:
    """They are sorted, so that the order in the file changes nothing."""
    network = ExistingNetworkSpec(
        vpc_id="vpc-0a1b2c3d4e5f67890", cidr="10.0.0.0/16", private_subnets=SUBNETS
    )

    assert network.zones == ("eu-west-1a", "eu-west-1b")

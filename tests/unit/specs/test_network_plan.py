"""The address plan never moves a subnet that exists."""

from __future__ import annotations

from dataclasses import astuple, replace
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.specs.network import NetworkSpec
from constructs_lib.specs.network_limits import LONGEST_PREFIXES
from constructs_lib.specs.network_plan import (
    TIER_OFFSETS,
    ZonePlan,
    largest_tier_prefix,
    plan_zone,
    slot_index,
    slot_network,
    tier_network,
)
from tests.reference import dev, prod
from tests.support import examples

TIERS = tuple(TIER_OFFSETS)
quickly = settings(max_examples=examples(30), deadline=None, database=None)


@st.composite
def ranges(draw: st.DrawFn, within: str) -> str:
    """Draw a range of /16 to /22 inside another one."""
    length = draw(st.integers(16, 22))
    outer = IPv4Network(within)
    index = draw(st.integers(0, 2 ** (length - outer.prefixlen) - 1))
    start = int(outer.network_address) + (index << (32 - length))
    return str(IPv4Network((start, length)))


@st.composite
def networks(draw: st.DrawFn) -> NetworkSpec:
    """Draw any network that the rules accept: range, slots, zones and tier lengths."""
    cidr = draw(ranges("10.0.0.0/8"))
    slots: Literal[4, 8] = draw(st.sampled_from((4, 8)))
    letters = draw(
        st.lists(st.sampled_from("abcdef"[:slots]), min_size=2, max_size=slots, unique=True)
    )
    fields: dict[str, Any] = {
        f"{tier}_prefix_length": draw(
            st.integers(largest_tier_prefix(cidr, slots, tier), LONGEST_PREFIXES[tier])
        )
        for tier in TIERS
    }
    network = NetworkSpec(
        cidr=cidr,
        zones=tuple(f"us-east-1{letter}" for letter in letters),
        zone_slots=slots,
        pod_cidr=draw(st.none() | ranges("100.64.0.0/10")),
        **fields,
    )
    assert not list(network.problems())
    return network


def subnets(plan: tuple[ZonePlan, ...]) -> list[IPv4Network]:
    """Return every subnet of a plan."""
    return [item for zone in plan for item in astuple(zone)[1:] if item is not None]


@quickly
@given(network=networks())
def test_subnets_never_overlap_and_lie_in_their_range(network: NetworkSpec) -> None:
    """Every tier of every zone has addresses of its own, inside the VPC's ranges."""
    found = subnets(network.plan)

    assert len(found) == len(network.zones) * (3 if network.pod_cidr is None else 4)
    assert not [pair for pair in combinations(found, 2) if pair[0].overlaps(pair[1])]
    for zone in network.plan:
        for tier in (zone.private, zone.public, zone.control_plane):
            assert tier is not None
            assert tier.subnet_of(IPv4Network(network.cidr))
        if zone.pods is not None:
            assert zone.pods.subnet_of(IPv4Network(str(network.pod_cidr)))


@quickly
@given(network=networks(), data=st.data())
def test_a_change_of_zones_moves_no_other_zone(network: NetworkSpec, data: st.DataObject) -> None:
    """Zones that are added, removed or reordered leave the networks of the others where they are."""
    letters = data.draw(st.permutations("abcdef"[: network.zone_slots]))
    kept = letters[: data.draw(st.integers(2, len(letters)))]
    zones = tuple(f"us-east-1{letter}" for letter in kept)
    changed = NetworkSpec(**{**network.__dict__, "zones": zones})

    before = {zone.zone: zone for zone in network.plan}
    after = {zone.zone: zone for zone in changed.plan}

    assert set(after) == set(zones)
    assert all(before[zone] == after[zone] for zone in before.keys() & after.keys())


@quickly
@given(network=networks(), tier=st.sampled_from(TIERS), data=st.data())
def test_a_change_of_one_tier_moves_no_other_tier(
    network: NetworkSpec, tier: str, data: st.DataObject
) -> None:
    """A longer or shorter tier begins where it began, and its neighbours stay as they are."""
    shortest = largest_tier_prefix(network.cidr, network.zone_slots, tier)
    length = data.draw(st.integers(shortest, LONGEST_PREFIXES[tier]))
    changed = NetworkSpec(**{**network.__dict__, f"{tier}_prefix_length": length})

    for before, after in zip(network.plan, changed.plan, strict=True):
        own: IPv4Network = getattr(after, tier)
        assert own.prefixlen == length
        assert own.network_address == getattr(before, tier).network_address
        assert replace(after, **{tier: getattr(before, tier)}) == before


@quickly
@given(network=networks(), tier=st.sampled_from(TIERS))
def test_a_tier_cannot_be_larger_than_the_rules_say(network: NetworkSpec, tier: str) -> None:
    """One bit more, and a tier would run into its neighbour or over the end of its slot."""
    slot = slot_network(network.cidr, network.zones[0], network.zone_slots)
    largest = {each: largest_tier_prefix(network.cidr, network.zone_slots, each) for each in TIERS}

    try:
        larger = tier_network(slot, tier, largest[tier] - 1)
    except ValueError:
        return  # it doesn't even begin at a place for its size
    others = [tier_network(slot, each, largest[each]) for each in TIERS if each != tier]
    assert any(larger.overlaps(other) for other in others)


def rows(network: object) -> dict[str, tuple[str, ...]]:
    """Return the subnets of each zone as text."""
    assert isinstance(network, NetworkSpec)
    return {
        zone.zone: (str(zone.private), str(zone.public), str(zone.control_plane))
        for zone in network.plan
    }


def test_the_plan_of_dev() -> None:
    """Two zones of four slots: the addresses that dev has, whatever happens to the code."""
    assert rows(dev.ENVIRONMENT.network) == {
        "eu-west-1a": ("10.10.0.0/19", "10.10.32.0/24", "10.10.48.0/28"),
        "eu-west-1b": ("10.10.64.0/19", "10.10.96.0/24", "10.10.112.0/28"),
    }


def test_the_plan_of_prod() -> None:
    """Three zones of four slots: the addresses that prod has, whatever happens to the code."""
    assert rows(prod.ENVIRONMENT.network) == {
        "eu-west-1a": ("10.20.0.0/19", "10.20.32.0/24", "10.20.48.0/28"),
        "eu-west-1b": ("10.20.64.0/19", "10.20.96.0/24", "10.20.112.0/28"),
        "eu-west-1c": ("10.20.128.0/19", "10.20.160.0/24", "10.20.176.0/28"),
    }


def test_the_smallest_network_with_eight_slots_and_pods() -> None:
    """A /22 cut for eight zones still has a place for everything, and pods take a whole slot."""
    network = NetworkSpec(
        cidr="10.0.4.0/22",
        zones=("us-east-1f", "us-east-1a"),
        zone_slots=8,
        public_prefix_length=27,
        pod_cidr="100.64.0.0/16",
    )

    assert [tuple(map(str, astuple(zone))) for zone in network.plan] == [
        *(
            ("us-east-1a", "10.0.4.0/26", "10.0.4.64/27", "10.0.4.96/28", "100.64.0.0/19"),
            ("us-east-1f", "10.0.6.128/26", "10.0.6.192/27", "10.0.6.224/28", "100.64.160.0/19"),
        )
    ]


@pytest.mark.parametrize(("zone", "index"), [("eu-west-1a", 0), ("us-gov-west-1c", 2)])
def test_a_zone_takes_the_slot_of_its_letter(zone: str, index: int) -> None:
    """The letter alone decides, so that nothing depends on the other zones."""
    assert slot_index(zone) == index


def test_a_zone_without_a_slot_has_no_network() -> None:
    """A letter beyond the slots is an error, not a part of somebody else's range."""
    with pytest.raises(ValueError, match="eu-west-1e has no slot among 4"):
        plan_zone(
            "eu-west-1e",
            cidr="10.0.0.0/16",
            pod_cidr=None,
            zone_slots=4,
            prefix_lengths={"private": 19, "public": 24, "control_plane": 28},
        )


def test_a_zone_added_for_nodes_leaves_the_cluster_its_subnets() -> None:
    """EKS fixes a cluster's zones: once they are named, others have no subnet of its own."""
    two = NetworkSpec(cidr="10.0.0.0/16", zones=("eu-west-1a", "eu-west-1b"))
    three = NetworkSpec(
        cidr="10.0.0.0/16",
        zones=("eu-west-1a", "eu-west-1b", "eu-west-1c"),
        control_plane_zones=two.zones,
    )

    assert not list(three.problems())
    assert [zone.control_plane for zone in three.plan] == [
        *(zone.control_plane for zone in two.plan),
        None,
    ]
    assert three.plan[:2] == two.plan

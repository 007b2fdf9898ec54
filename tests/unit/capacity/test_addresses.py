"""Who takes how many addresses of which subnet."""

from __future__ import annotations

import pytest

from capacity.addresses import blocks, blocks_taken, items
from capacity.cni import Cni, Use
from capacity.inputs import Fargate, Subnet, Tier
from tests.unit.capacity.environments import ZONES, environment, group, subnet, subnets


def taken(tier: Tier, *, zone: str = ZONES[0], **changes: object) -> dict[str, tuple[int, int]]:
    """Return what is in a subnet of an environment: steady and worst addresses by what takes them."""
    inputs = environment(**changes)
    (found,) = [each for each in inputs.subnets if tier in each.tiers and each.zone == zone]
    return {item.what: (item.steady.total, item.worst.total) for item in items(inputs, found)}


def test_a_private_subnet() -> None:
    """Full nodes, endpoints and load balancers.

    Steady 1 of 3 nodes, each with 30 addresses. Worst (9 + 6) in the two zones that are left: 8.
    """
    assert taken("private") == {
        "nodes of General": (30, 240),
        "load balancers": (1, 8),
        "interface endpoints": (3, 3),
    }


@pytest.mark.parametrize(
    ("changes", "surge"),
    [
        pytest.param({}, 6, id="twice the zones"),
        pytest.param({"max_unavailable": 2}, 6, id="few unavailable"),
        pytest.param({"max_unavailable": 8}, 8, id="many unavailable"),
        pytest.param({"max_unavailable_percentage": 33, "maximum": 30}, 10, id="a third"),
        pytest.param({"max_unavailable_percentage": 33, "maximum": 450}, 100, id="the quota"),
        pytest.param({"zones": ZONES[:1]}, 2, id="one zone"),
        pytest.param({"spot": True}, 7, id="Spot, one more"),
        pytest.param({"spot": True, "maximum": 25}, 9, id="Spot, a tenth more"),
    ],
)
def test_the_surge_of_an_update(changes: dict[str, object], surge: int) -> None:
    """EKS user guide: twice the zones or what may be unavailable; Spot groups rebalance as well.

    Its own example: five zones make 10 nodes, and 20 where 20 may be unavailable.
    """
    assert group(**changes).surge == surge
    five = tuple(f"us-east-1{letter}" for letter in "abcde")
    assert group(zones=five, max_unavailable=1).surge == 10
    assert group(zones=five, max_unavailable=20).surge == 20


@pytest.mark.parametrize(
    ("changes", "surge"),
    [
        ({}, 1),
        ({"maximum": 21}, 3),
        ({"zones": ("eu-west-1a",)}, 0),
        ({"zones": ("eu-west-1a",), "spot": True}, 1),
        ({"max_unavailable": 5}, 1),
    ],
)
def test_a_group_whose_update_adds_no_nodes_only_rebalances(
    changes: dict[str, object], surge: int
) -> None:
    """EKS doesn't manage it, or takes old nodes away first: it stays below the maximum. Zones, and Spot instances, are moved by a tenth."""
    assert group(managed=False, **changes).surge == surge
    assert group(takes_away_first=True, **changes).surge == surge


def test_a_group_in_a_capacity_block_has_no_node_while_it_is_updated() -> None:
    """EKS updates it only then."""
    here = ("eu-west-1a",)
    assert (group(zones=here).surge, group(zones=here, in_a_block=True).surge) == (2, 0)


@pytest.mark.parametrize(
    ("zones", "nodes"),
    [(ZONES, 8), (ZONES[:2], 13), (ZONES[:1], 11)],
)
def test_a_lost_zone_moves_its_nodes(zones: tuple[str, ...], nodes: int) -> None:
    """Of three zones two are left, of two one; a group in a single zone stays there."""
    found = taken("private", groups=(group(zones=zones),))

    assert found["nodes of General"][1] == nodes * 30


def test_a_warm_pool_has_an_address_for_each_instance() -> None:
    """Those that wait: two of six in a zone; beside the most nodes the fewest of the pool, in two zones."""
    warm = group(warm=6, always_warm=3)
    assert taken("private", groups=(warm,))["warm pool of General"] == (2, 2)
    emptied = group(warm=6)
    assert taken("private", groups=(emptied,))["warm pool of General"] == (2, 0)


def test_a_group_takes_nothing_where_it_isnt() -> None:
    """A zone that a group doesn't use has none of its nodes."""
    assert "nodes of General" not in taken(
        "private", zone=ZONES[2], groups=(group(zones=ZONES[:2]),)
    )


def test_a_profile_takes_nothing_where_it_isnt() -> None:
    """Its pods are in its zones; of two, one is left, and one that is alone keeps them."""
    two = Fargate(name="Two", pods=20, zones=ZONES[:2])
    alone = Fargate(name="Alone", pods=5, zones=ZONES[:1])
    assert taken("private", groups=(), fargate=(two, alone))["Fargate pods"] == (15, 25)
    everywhere = Fargate(name="Everywhere", pods=6)
    last = taken("private", zone=ZONES[2], groups=(), fargate=(two, alone, everywhere))
    assert last["Fargate pods"] == (2, 3)


def test_fargate_pods_take_one_address_each() -> None:
    """The stated maximum of all profiles, evenly; without a zone the two others share."""
    profiles = (Fargate(name="One", pods=20), Fargate(name="Two", pods=11))

    assert taken("private", fargate=profiles)["Fargate pods"] == (11, 16)


def test_a_public_subnet() -> None:
    """NAT gateways in their zones, and 8 addresses for a load balancer."""
    found = {"load balancers": (2, 16), "NAT gateways": (1, 1)}

    assert taken("public", load_balancers=2, nat_zones=ZONES[:1]) == found
    del found["NAT gateways"]
    assert taken("public", load_balancers=2, nat_zones=ZONES[:1], zone=ZONES[1]) == found


@pytest.mark.parametrize(("zones", "steady"), [(ZONES, 2), (ZONES[:2], 2), (ZONES[:1], 4)])
def test_a_control_plane_subnet(zones: tuple[str, ...], steady: int) -> None:
    """Its share of the four interfaces, five more for an upgrade, and the handler's one."""
    assert taken("control_plane", subnets=subnets(zones), groups=()) == {
        "control-plane interfaces": (steady, steady + 5),
        "kubectl handler": (1, 1),
    }


def test_everything_is_counted() -> None:
    """How many there are in the worst case stands beside what they take."""
    inputs = environment(fargate=(Fargate(name="One", pods=31),))
    counts = {item.what: item.count for each in inputs.subnets[::3] for item in items(inputs, each)}

    assert counts == {
        "nodes of General": 8,
        "Fargate pods": 16,
        "load balancers": 1,
        "interface endpoints": 3,
        "NAT gateways": 1,
        "control-plane interfaces": 7,
        "kubectl handler": 1,
    }


def test_custom_networking_moves_the_pods_to_their_own_subnets() -> None:
    """A node keeps one address in its subnet; 2 interfaces and 18 addresses are the pods'."""
    cni, network = Cni(custom_networking=True), subnets(pods=18)

    assert taken("private", cni=cni, subnets=network)["nodes of General"] == (1, 8)
    assert taken("pods", cni=cni, subnets=network) == {"nodes of General": (20, 160)}


def test_the_largest_node_of_a_mixed_group_counts() -> None:
    """EKS may choose either type: t3.large holds 36 addresses with 27 pods, m5.large 30."""
    from capacity.instance_types import instance_type  # noqa: PLC0415  # two names in one test

    kinds = (instance_type("m5.large"), instance_type("t3.large"))

    assert taken("private", groups=(group(kinds=kinds, desired=1),))["nodes of General"][0] == 36


def test_a_subnet_for_everything_holds_everything() -> None:
    """Where somebody's private subnets serve the control plane too, both are in them."""
    both = tuple(
        Subnet(
            name=zone, zone=zone, tiers=frozenset({"private", "control_plane"}), prefix_length=20
        )
        for zone in ZONES
    )
    found = taken("private", subnets=both)

    assert {"nodes of General", "control-plane interfaces", "kubectl handler"} <= found.keys()


@pytest.mark.parametrize(("length", "count"), [(28, 0), (27, 0), (26, 2), (24, 14), (19, 510)])
def test_blocks_of_a_subnet(length: int, count: int) -> None:
    """All /28 but the first and the last, where the reserved addresses are."""
    assert blocks(subnet("private", ZONES[0], length)) == count


def test_blocks_of_free_addresses() -> None:
    """No more can be said than that 16 addresses make a block; of nothing, nothing."""
    known = Subnet(name="theirs", zone=ZONES[0], tiers=frozenset({"private"}), free=100)

    assert blocks(known) == 6
    assert blocks(subnet("private", ZONES[0], None)) is None


def test_single_addresses_spoil_blocks() -> None:
    """Each may lie in a block of its own; where nobody wants prefixes it doesn't matter."""
    assert blocks_taken(Use(addresses=5, prefixes=3)) == 8
    assert blocks_taken(Use(addresses=5)) == 0

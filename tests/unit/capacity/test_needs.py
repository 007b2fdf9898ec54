"""What an environment takes of the service quotas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from capacity.cni import Cni
from capacity.inputs import Fargate, Group, Inputs
from capacity.instance_types import _rows, instance_type
from capacity.needs import QUOTAS, Need, needs, vcpu_need
from capacity.words import quota_lines
from tests.unit.capacity.environments import environment, subnets


def group(*kinds: str, spot: bool = False, desired: int = 2, maximum: int = 4) -> Group:
    """Return a group in two zones, so that its surge is 4, and one more for Spot."""
    return Group(
        name="General",
        kinds=tuple(map(instance_type, kinds)),
        zones=("eu-west-1a", "eu-west-1b"),
        desired=desired,
        maximum=maximum,
        spot=spot,
    )


POOL = replace(
    group("m7g.large", "c7g.4xlarge", desired=0, maximum=32), managed=False, vcpu_limit=64
)
EITHER = replace(POOL, spot=True, either=True, on_demand_percentage=100)
OWN = replace(group("m7g.xlarge"), managed=False)
MIXED = replace(OWN, spot=True, on_demand_base=1, on_demand_percentage=50)


def taken(inputs: Inputs, need: str) -> tuple[int, int, int]:
    """Return what inputs take: steady, in an update, at most; nothing where no need is told."""
    found = [each for each in needs(inputs) if each.quota.need == need]
    return (found[0].steady, found[0].update, found[0].most) if found else (0, 0, 0)


@pytest.mark.parametrize(
    ("of", "need", "expected"),
    [
        pytest.param(group("m7g.xlarge"), "on-demand standard", (8, 24, 32), id="on demand"),
        # No update adds nodes, and no change starts a second group; zones are rebalanced by one node.
        pytest.param(OWN, "on-demand standard", (8, 12, 20), id="not managed"),
        pytest.param(OWN, "node groups", (0, 0, 0), id="and not counted"),
        # Of 2 nodes 2, of 3 also 2, of 5 3: the base, and half of the others, rounded up.
        pytest.param(MIXED, "on-demand standard", (8, 8, 12), id="some on demand"),
        pytest.param(MIXED, "spot standard", (0, 4, 8), id="some spot"),
        # Of 32 nodes with 2 vCPUs or 4 with 16: its limits hold for the surge of 4 nodes as well.
        pytest.param(POOL, "on-demand standard", (0, 64, 64), id="a pool"),
        pytest.param(EITHER, "on-demand standard", (0, 64, 64), id="a pool of both"),
        pytest.param(EITHER, "spot standard", (0, 64, 64), id="which may be Spot alone"),
        pytest.param(
            replace(POOL, desired=3), "on-demand standard", (48, 64, 64), id="a pool with nodes"
        ),
        pytest.param(group("m7g.large", spot=True), "spot standard", (4, 14, 18), id="spot"),
        pytest.param(
            group("m7g.2xlarge", "m7g.large"), "on-demand standard", (16, 48, 64), id="the largest"
        ),
        pytest.param(group("g5.xlarge", "m7g.large"), "on-demand g", (8, 24, 32), id="a family"),
        pytest.param(
            group("g5.xlarge", "m7g.large"), "on-demand standard", (4, 12, 16), id="and another"
        ),
        pytest.param(group("inf2.xlarge", spot=True), "on-demand inf", (0, 0, 0), id="not that"),
        # Replaced, the old group's 8 nodes stand beside the new one's: more than the surge of 4.
        pytest.param(
            group("m7g.large", desired=8, maximum=8), "on-demand standard", (16, 32, 32), id="twice"
        ),
        # Capacity Blocks are bought apart, and a pool that is stopped runs nothing.
        pytest.param(
            replace(group("p5.48xlarge"), in_a_block=True), "on-demand p", (0, 0, 0), id="a block"
        ),
        pytest.param(
            replace(group("m7g.large"), warm=3, always_warm=1),
            "on-demand standard",
            (4, 12, 16),
            id="a pool that is stopped",
        ),
        pytest.param(
            replace(group("m7g.large"), warm=3, always_warm=1, running=True),
            "on-demand standard",
            (10, 18, 18),
            id="a pool that runs",
        ),
        pytest.param(
            replace(group("m7g.large"), warm=3, always_warm=1),
            "interfaces",
            (13, 30, 34),
            id="of which each has an interface",
        ),
        # A node has as many interfaces as its type; the control plane 4, and 5 for an upgrade.
        pytest.param(group("m7g.large"), "interfaces", (10, 27, 33), id="interfaces"),
    ],
)
def test_what_a_node_group_takes(of: Group, need: str, expected: tuple[int, int, int]) -> None:
    """Desired nodes, those and the surge, the maximum and the surge; any may be of any type."""
    assert taken(Inputs(cni=Cni(), subnets=(), groups=(of,)), need) == expected


def test_branches_are_interfaces() -> None:
    """Nine of m7g.large, on each of 2 nodes with 3 interfaces, beside the 4 of the control plane."""
    inputs = Inputs(cni=Cni(pod_security_groups=True), subnets=(), groups=(group("m7g.large"),))
    assert taken(inputs, "interfaces")[0] == 2 * (3 + 9) + 4


@pytest.mark.parametrize(
    ("inputs", "need", "most"),
    [
        (environment(nat_zones=("a", "b", "c")), "elastic ips", 3),
        (environment(nat_zones=("a", "b", "c")), "nat gateways", 1),
        (environment(nat_zones=()), "elastic ips", 0),
        (environment(subnets=subnets()), "vpcs", 1),
        (environment(load_balancers=7), "network load balancers", 7),
        (environment(load_balancers=7), "application load balancers", 7),
        (environment(fargate=(Fargate(name="A", pods=5),)), "fargate", 2),
        # Four vCPUs of pods that are known; of others a quarter each.
        (environment(fargate=(Fargate(name="A", pods=5, vcpus=4),)), "fargate", 4),
        (
            environment(fargate=(Fargate(name="A", pods=5, vcpus=4), Fargate(name="B", pods=6))),
            "fargate",
            6,
        ),
        (environment(fargate=(Fargate(name="A", pods=1),) * 3), "fargate profiles", 3),
        (environment(), "clusters", 1),
        (environment(handler_functions=2), "functions", 10),
    ],
    ids=str,
)
def test_what_the_rest_takes(inputs: Inputs, need: str, most: int) -> None:
    """Gateways, load balancers, Fargate pods of the smallest size, and the deploy itself."""
    assert taken(inputs, need)[2] == most


def test_somebody_elses_network_takes_no_vpc() -> None:
    """Its subnets have no prefix length here."""
    assert taken(Inputs(cni=Cni(), subnets=()), "vpcs") == (0, 0, 0)


def test_every_instance_type_has_a_quota() -> None:
    """But for those that run on dedicated hosts, or whose quota nobody names."""
    without = {name.partition(".")[0] for name in _rows() if vcpu_need(name, spot=False) is None}
    assert {name for name in without if not name.startswith("mac")} == {"bmn-sf1"}


def test_every_need_has_a_quota_of_its_own() -> None:
    """Each with a code, which the request for a raise needs, and a source."""
    assert len({quota.need for quota in QUOTAS}) == len({quota.code for quota in QUOTAS})
    assert len({quota.code for quota in QUOTAS}) == len(QUOTAS)
    assert all(quota.url.startswith("https://docs.aws.amazon.com/") for quota in QUOTAS)


@pytest.mark.parametrize(("most", "told"), [(1, True), (10_000, False)])
def test_what_is_well_within_is_told_only_if_something_is(most: int, *, told: bool) -> None:
    """Of an environment that needs much of each quota nothing is."""
    several = [Need(quota=quota, steady=1, update=1, most=most) for quota in QUOTAS[:2]]
    assert any(each.startswith("Well within") for each in quota_lines("dev", several)) == told

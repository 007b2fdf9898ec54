"""The plan of whole environments."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings

from capacity.cni import Cni
from capacity.growth import make_growth
from capacity.inputs import Asked, Fargate, Inputs, Subnet
from capacity.instance_types import instance_type
from capacity.plan import CRITICAL, Plan, make_plan
from capacity.subnet_plan import SubnetPlan
from capacity.words import summary
from tests.support import examples
from tests.unit.capacity.environments import ZONES, environment, environments, group, subnets

quickly = settings(max_examples=examples(80), deadline=None, database=None)


def planned(plan: Plan, name: str) -> SubnetPlan:
    """Return the plan of a subnet."""
    (found,) = [each for each in plan.subnets if each.subnet.name == name]
    return found


def test_what_a_subnet_has_and_what_is_taken() -> None:
    """A /19 has 8,187 addresses: EKS best practices, "Plan for Growth", more than 8000."""
    private = planned(make_plan(environment()), "private eu-west-1a")

    assert (private.subnet.usable, private.steady, private.worst) == (8187, 34, 251)
    assert (private.free, private.used_percent, private.binds) == (8187 - 251, 4, "addresses")


def test_a_subnet_for_the_control_plane_alone_can_be_as_small_as_advised() -> None:
    """EKS best practices, "Plan for Growth": a /28, and an upgrade still has its addresses."""
    control = planned(make_plan(environment()), "control_plane eu-west-1a")

    assert (control.subnet.usable, control.worst, control.fits) == (11, 8, True)


@pytest.mark.parametrize(("length", "fits"), [(24, True), (25, False)])
def test_a_subnet_overflows_where_the_worst_case_is_more(length: int, *, fits: bool) -> None:
    """251 addresses are just enough for 251, and 123 are not."""
    plan = make_plan(environment(subnets=subnets(private=length)))

    assert plan.fits is fits
    assert planned(plan, "private eu-west-1a").free == (0 if fits else -128)
    assert {each.subnet.name for each in plan.overflowing} == (
        set() if fits else {f"private {zone}" for zone in ZONES}
    )


def test_a_subnet_that_is_nearly_full_is_named() -> None:
    """All of 251 addresses; the others are far from 85 percent."""
    plan = make_plan(environment(subnets=subnets(private=24)))

    assert [each.subnet.name for each in plan.nearly_full] == [f"private {zone}" for zone in ZONES]
    assert make_plan(environment()).nearly_full == ()


def test_prefixes_run_out_of_blocks_before_addresses() -> None:
    """8 nodes with 8 prefixes and one address each, and 11 single ones: 83 of 62 blocks.

    The addresses alone, 1,043 of 1,019 would be counted too; the blocks are the fuller.
    """
    inputs = environment(cni=Cni(prefix_delegation=True), subnets=subnets(private=22))
    private = planned(make_plan(inputs), "private eu-west-1a")

    assert private.blocks is not None
    assert (private.blocks.worst, private.blocks.total) == (8 * 9 + 11, 62)
    assert (private.binds, private.free, private.fits) == ("/28 blocks", -24, False)


def test_enough_addresses_in_pieces_too_small() -> None:
    """A fragmented subnet: every address would fit, and the prefixes don't."""
    inputs = environment(
        cni=Cni(prefix_delegation=True),
        subnets=subnets(private=22),
        groups=(group(maximum=5),),
        interface_endpoints=12,
    )
    private = planned(make_plan(inputs), "private eu-west-1a")

    assert private.worst < 1019
    assert not private.fits


def test_subnets_of_unknown_size_are_not_judged() -> None:
    """Only what they take is told."""
    theirs = Subnet(name="theirs", zone=ZONES[0], tiers=frozenset({"private"}))
    plan = make_plan(environment(subnets=(theirs,)))
    (only,) = plan.unknown

    assert (only.free, only.used_percent, only.fits) == (None, None, True)
    assert only.worst > 0
    assert plan.fullest is None


def test_subnets_with_known_free_addresses_are_judged() -> None:
    """Their size doesn't matter then."""
    theirs = Subnet(name="theirs", zone=ZONES[0], tiers=frozenset({"private"}), free=250)

    assert not make_plan(environment(subnets=(theirs,))).fits
    assert make_plan(environment(subnets=(replace(theirs, free=1000),))).fits


def test_the_pods_of_a_cluster() -> None:
    """Every node of every group, full, and Fargate at its maximum."""
    inputs = environment(
        groups=(group(), group(name="More", pinned_pods=10, maximum=2)),
        fargate=(Fargate(name="One", pods=7),),
    )
    plan = make_plan(inputs)

    assert [each.pods for each in plan.groups] == [9 * 29, 2 * 10]
    assert plan.pods == 9 * 29 + 2 * 10 + 7


@pytest.mark.parametrize(
    ("changes", "steady", "worst"),
    [
        # Control plane 4, 9 with an upgrade. 3 NAT gateways, 2 Lambda functions, 6 units each.
        pytest.param({}, 34, 39, id="nothing but the control plane"),
        # A load balancer in 6 subnets, an endpoint in 3.
        pytest.param({"load_balancers": 1}, 34 + 36, 39 + 36, id="a load balancer"),
        pytest.param({"interface_endpoints": 1}, 34 + 18, 39 + 18, id="an endpoint"),
        pytest.param({"fargate": (Fargate(name="F", pods=5),)}, 39, 44, id="Fargate pods"),
        # An m5.large: 30 addresses and 2 further interfaces. 3 nodes; 9 and 6 more.
        pytest.param({"groups": (group(),)}, 34 + 3 * 32, 39 + 15 * 32, id="nodes"),
        # With prefixes: 1 address, 8 prefixes, 108 pods.
        pytest.param(
            {"groups": (group(),), "cni": Cni(prefix_delegation=True)},
            34 + 3 * 117,
            39 + 15 * 117,
            id="nodes with prefixes",
        ),
    ],
)
def test_network_address_usage(changes: dict[str, object], steady: int, worst: int) -> None:
    """VPC user guide, "Network Address Usage for your VPC": the units of its table."""
    empty = {"groups": (), "load_balancers": 0, "interface_endpoints": 0}
    usage = make_plan(environment(**{**empty, **changes})).usage

    assert (usage.steady, usage.worst) == (steady, worst)


def test_the_examples_of_network_address_usage() -> None:
    """VPC user guide: 50 load balancers in two zones and 100 Lambda functions take 600 units each."""
    two = subnets(ZONES[:2], private=16)
    public = tuple(each for each in two if "public" in each.tiers)
    inputs = Inputs(cni=Cni(), subnets=public, load_balancers=50, handler_functions=100)

    assert make_plan(inputs).usage.steady == 600 + 600 + 4


def test_a_vpc_has_an_end() -> None:
    """Subnets may have room for more than AWS lets a VPC use."""
    theirs = tuple(
        Subnet(name=zone, zone=zone, tiers=frozenset({"private"}), free=10**6) for zone in ZONES
    )
    plan = make_plan(environment(subnets=theirs, groups=(group(maximum=9000),)))

    assert not plan.overflowing
    assert plan.usage.worst > plan.usage.highest_quota
    assert not plan.fits


@quickly
@given(inputs=environments())
def test_free_is_never_negative_where_a_plan_fits(inputs: Inputs) -> None:
    """And a plan fits exactly where nothing is fuller than full."""
    plan = make_plan(inputs)

    for each in plan.subnets:
        assert each.free is not None
        assert each.used_percent is not None
        assert each.fits is (each.free >= 0) is (each.used_percent <= 100)
        assert each.steady <= each.worst
    if plan.fits:
        assert min(each.free or 0 for each in plan.subnets) >= 0
    assert plan.usage.steady <= plan.usage.worst


@quickly
@given(inputs=environments())
def test_more_never_needs_less(inputs: Inputs) -> None:
    """Another node in each group, or another Fargate pod, frees no address and no block."""
    more = replace(
        inputs,
        groups=tuple(replace(each, maximum=each.maximum + 1) for each in inputs.groups),
        fargate=tuple(replace(each, pods=each.pods + 1) for each in inputs.fargate),
    )
    for before, after in zip(make_plan(inputs).subnets, make_plan(more).subnets, strict=True):
        assert after.worst >= before.worst
        assert after.steady >= before.steady
        assert (after.free or 0) <= (before.free or 0)
    assert make_plan(more).usage.worst >= make_plan(inputs).usage.worst
    assert make_plan(more).pods >= make_plan(inputs).pods


def test_each_kind_of_place_has_what_is_left_of_it() -> None:
    """DaemonSets take their share of each node; the platform's other pods have nodes of their own, or Fargate."""
    inputs = environment(
        groups=(group(maximum=2), group(name="System", maximum=1, apart=CRITICAL)),
        fargate=(Fargate(name="Platform", pods=8), Fargate(name="Web", pods=24)),
        daemons=("aws-node", "kube-proxy"),
        platform=(
            Asked(name="coredns", pods=30, critical=True),
            Asked(name="metrics-server", pods=2),
            Asked(name="Platform", pods=8),
        ),
    )
    plan = make_plan(inputs)
    # The last three of 30 found no place among the 27 of their own node.
    assert plan.left == {"": 2 * 27 - 3 - 2, CRITICAL: 0, "Fargate": 24}
    assert plan.pods_left == 2 * 27 - 3 - 2 + 24
    # The profile of the platform's own pods is for nothing else.
    assert (plan.pods, plan.fargate_platform) == (3 * 29 + 24, 8)
    told = f"leave 49 on Linux nodes, beside 0 on {CRITICAL}, 24 on Fargate."
    assert told in summary("dev", plan, make_growth(inputs))


def test_without_nodes_and_fargate_there_is_nowhere_to_list() -> None:
    bare = environment(groups=())
    assert summary("dev", make_plan(bare), make_growth(bare)).startswith("dev can run 0 pods. The")


def test_windows_nodes_leave_nothing_to_linux_pods() -> None:
    """Nine nodes with 29 pods each, of which the platform's take four; and 14 on Windows."""
    windows = group(name="Windows", kinds=(instance_type("m7i.xlarge"),), maximum=1, windows=True)
    inputs = environment(groups=(group(), windows), platform=(Asked(name="coredns", pods=4),))
    plan = make_plan(inputs)

    assert (plan.pods, plan.pods_left) == (9 * 29 + 14, 9 * 29 - 4)
    assert plan.left == {"": 9 * 29 - 4, "Windows nodes": 14}
    text = summary("dev", plan, make_growth(inputs))
    assert "take 4 and leave 257 on Linux nodes, beside 14 on Windows nodes. First" in text
    assert "Linux" not in summary("dev", make_plan(environment()), make_growth(environment()))


@quickly
@given(inputs=environments())
def test_a_larger_subnet_never_fits_less(inputs: Inputs) -> None:
    """One bit more leaves more addresses and more blocks."""
    wider = replace(
        inputs,
        subnets=tuple(
            replace(each, prefix_length=(each.prefix_length or 0) - 1) for each in inputs.subnets
        ),
    )
    for before, after in zip(make_plan(inputs).subnets, make_plan(wider).subnets, strict=True):
        assert (after.free or 0) > (before.free or 0)


def test_five_thousand_nodes_are_planned_in_no_time() -> None:
    """The cost doesn't go by nodes; a tenth of a second would be a hundred times too much."""
    kinds = (instance_type("m6i.16xlarge"), instance_type("m6i.8xlarge"))
    inputs = environment(
        cni=Cni(prefix_delegation=True, pod_security_groups=True),
        groups=tuple(group(name=f"G{n}", kinds=kinds, maximum=250) for n in range(20)),
        fargate=(Fargate(name="F", pods=1000),),
    )
    make_plan(inputs)
    start = time.process_time()
    plan = make_plan(inputs)

    assert sum(each.maximum for each in plan.groups) == 5000
    assert time.process_time() - start < 0.1


def test_windows_nodes_take_no_pods_that_critical_nodes_dont_hold() -> None:
    """A node takes 29 of 30."""
    windows = group(name="Windows", kinds=(instance_type("m7i.xlarge"),), maximum=1, windows=True)
    system = group(name="System", maximum=1, apart=CRITICAL)
    inputs = environment(
        groups=(windows, system), platform=(Asked(name="karpenter", pods=30, critical=True),)
    )
    assert make_plan(inputs).left == {CRITICAL: 0, "Windows nodes": 14}

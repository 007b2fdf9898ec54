"""How far an environment can grow, and what breaks first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from capacity.cni import Cni
from capacity.growth import Growth, Limit, make_growth
from capacity.inputs import Fargate, Inputs, Subnet
from capacity.instance_types import instance_type
from capacity.plan import make_plan
from capacity.scaling import CEILING, grown, largest
from capacity.words import growth_lines, short_line
from tests.support import examples
from tests.unit.capacity.environments import ZONES, environment, environments, group, subnets

quickly = settings(max_examples=examples(15), deadline=None, database=None)


def limits(growth: Growth) -> dict[str, Limit]:
    """Return the limits by the first words of their names."""
    return {limit.name.split(",")[0]: limit for limit in growth.limits}


def test_what_breaks_first_is_the_first_to_break() -> None:
    """One node more than the first limit says, and the plan no longer fits; one less, and it does."""
    growth = make_growth(environment(subnets=subnets(private=22)))

    assert growth.first.name == "addresses of private eu-west-1a"
    assert make_plan(grown(environment(subnets=subnets(private=22)), growth.first.size)).fits
    assert not make_plan(
        grown(environment(subnets=subnets(private=22)), growth.first.size + 1)
    ).fits
    assert (growth.unit, growth.desired, growth.maximum) == ("nodes", 3, 9)


def test_groups_that_eks_does_not_manage_are_not_in_its_quotas() -> None:
    """Neither are they split, nor do they count beside those that are."""
    own = group(name="Own", managed=False)
    alone = environment(groups=(own,))
    beside = limits(make_growth(environment(groups=(group(), own))))

    assert not {"nodes of Own", "node groups in a cluster"} & limits(make_growth(alone)).keys()
    assert [each.maximum for each in grown(alone, 1_000).groups] == [1_000]
    assert beside["nodes of General"].size == 900
    assert beside["node groups in a cluster"].size == 27_000


def test_the_quotas_are_those_that_are_documented() -> None:
    """450 nodes in a group, 30 groups, 5,000 nodes, 150,000 pods, 64,000 and 256,000 units."""
    found = limits(make_growth(environment()))

    assert found["nodes of General"].size == 450
    assert found["node groups in a cluster"].size == 13_500
    assert found["nodes in a Kubernetes cluster"].size == 5_000
    assert found["pods in a Kubernetes cluster"].pods <= 150_000
    assert found["pods in a Kubernetes cluster"].size == 150_000 // 29
    for limit in (limit for limit in make_growth(environment()).limits if "usage" in limit.name):
        quota = 64_000 if "default" in limit.name else 256_000
        assert make_plan(grown(environment(), limit.size)).usage.worst <= quota
        assert make_plan(grown(environment(), limit.size + 1)).usage.worst > quota


def test_groups_grow_in_proportion() -> None:
    """A third of the nodes is a third of the growth; a group beyond the quota is split evenly."""
    inputs = environment(groups=(group(maximum=10), group(name="More", maximum=20)))

    assert [each.maximum for each in grown(inputs, 300).groups] == [100, 200]
    assert [each.maximum for each in grown(inputs, 1350).groups] == [450, 450, 450]
    assert [each.maximum for each in grown(inputs, 1353).groups] == [226, 225, 301, 301, 300]


def test_a_second_cluster_is_due_at_the_first_limit_that_nothing_raises() -> None:
    """With large subnets it is Kubernetes' own, of nodes or of pods; else the range for pods."""
    huge = tuple(
        Subnet(name=zone, zone=zone, tiers=frozenset({"private"}), free=10**7) for zone in ZONES
    )
    big = group(kinds=(instance_type("m6i.16xlarge"),))
    prefixes = Cni(prefix_delegation=True)
    with_range = environment(cni=Cni(custom_networking=True), subnets=subnets(private=19, pods=20))

    due = make_growth(environment(subnets=huge)).second_cluster
    assert due.name == "nodes in a Kubernetes cluster, 5,000"
    due = make_growth(environment(subnets=huge, groups=(big,), cni=prefixes)).second_cluster
    assert due.name == "pods in a Kubernetes cluster, 150,000"
    alone = make_growth(with_range).second_cluster
    assert alone.name == "addresses of pods eu-west-1a"
    later = make_growth(environment(subnets=subnets(private=24)), with_range=with_range)
    assert later.first.name == "addresses of private eu-west-1a"
    assert not later.first.final
    assert later.second_cluster.name == "addresses of pods eu-west-1a, with a pod range"
    assert later.second_cluster.size == alone.size


def test_without_nodes_fargate_grows() -> None:
    """By pods, and the account's vCPUs are the first to end: 24 of the smallest."""
    growth = make_growth(environment(groups=(), fargate=(Fargate(name="F", pods=10),)))

    assert (growth.unit, growth.desired, growth.maximum) == ("Fargate pods", 10, 10)
    assert growth.first.name.startswith("Fargate vCPUs")
    assert growth.first.size == 24


@pytest.mark.parametrize(("vcpus", "most"), [(0, 24), (2.5, 24), (5, 12), (40, 1)])
def test_larger_pods_on_fargate_reach_the_quota_earlier(vcpus: float, most: int) -> None:
    """Ten of them, each with a quarter of a vCPU or more; where more are planned, that is told."""
    pods = Fargate(name="F", pods=10, vcpus=vcpus)
    growth = make_growth(environment(groups=(), fargate=(pods,)))
    assert growth.first.size == most
    told = " ".join(growth_lines("dev", make_plan(environment(groups=(), fargate=(pods,))), growth))
    assert ("at 1 Fargate pods, and 10 are planned." in told) is (most == 1)
    assert told.startswith("dev: 10 Fargate pods are planned. ")
    line = short_line("dev", make_plan(environment(groups=(), fargate=(pods,))), growth)
    grows = f"it can grow from 10 to {most} Fargate pods."
    over = (
        "10 Fargate pods are planned, more than the 1 Fargate pods of Fargate vCPUs of the account"
    )
    assert (over if most == 1 else grows) in line


def test_subnets_of_unknown_size_have_no_limit() -> None:
    """Nothing is guessed."""
    theirs = tuple(Subnet(name=zone, zone=zone, tiers=frozenset({"private"})) for zone in ZONES)
    names = [limit.name for limit in make_growth(environment(subnets=theirs)).limits]

    assert not any("addresses of" in name or "blocks" in name for name in names)


@quickly
@given(inputs=environments())
def test_limits_come_in_order_and_one_is_final(inputs: Inputs) -> None:
    """There is always an end, whatever the environment."""
    growth = make_growth(inputs)

    assert [limit.size for limit in growth.limits] == sorted(limit.size for limit in growth.limits)
    assert growth.first.size <= growth.second_cluster.size < CEILING


@pytest.mark.parametrize("end", [0, 1, 2, 7, 8, 1000, CEILING - 1])
def test_the_largest_size_is_found(end: int) -> None:
    """Exactly, and without trying them all."""
    tried: list[int] = []

    def holds(size: int) -> bool:
        tried.append(size)
        return size <= end

    assert largest(holds) == end
    assert len(tried) < 45


def test_what_has_no_end_ends_at_the_ceiling() -> None:
    """A limit that is never met must not hang."""
    assert largest(lambda size: size >= 0) == CEILING - 1


@pytest.mark.parametrize(("minimal", "size"), [(False, 21 - 6), (True, 21)])
def test_a_spread_placement_group_has_seven_racks_in_each_zone(minimal: bool, size: int) -> None:  # noqa: FBT001  # a row
    """An update that starts nodes first needs some of them."""
    apart = environment(groups=(group(spread=True, takes_away_first=minimal),))

    found = make_growth(apart).first

    assert found.name.startswith("racks of placement groups, 7 in each zone")
    assert (found.size, found.beyond) == (size, "another group of the same kind")
    assert "racks of placement groups" not in limits(make_growth(environment()))


def test_profiles_grow_where_they_are() -> None:
    """Each by its share, and the one zone of a profile fills first."""
    here, everywhere = Fargate(name="Here", pods=10, zones=ZONES[:1]), Fargate(name="All", pods=30)
    larger = grown(environment(groups=(), fargate=(here, everywhere)), 80)
    assert [(x.pods, x.zones) for x in larger.fargate] == [(20, ZONES[:1]), (60, ())]

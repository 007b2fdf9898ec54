"""An environment that overflows stops the synth, with fixes that work; one that nearly does warns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from textwrap import dedent

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from capacity.quotas import NEAR_PERCENT
from configuration.capacity_checks import (
    NO_SINGLE_FIX,
    NO_SINGLE_FIX_HERE,
    fixes,
    overflows,
    warnings_of,
)
from configuration.capacity_plan import plan_of
from configuration.loading import load
from configuration.model import EnvironmentConfig
from constructs_lib.specs.base import ConfigurationError
from tests.reference import dev, prod
from tests.support import examples
from tests.unit.configuration.auto_mode_mistakes import AUTO
from tests.unit.configuration.karpenter_mistakes import GOOD as KARPENTER
from tests.unit.configuration.mistakes import (
    DEV,
    EXISTING,
    POD_SUBNETS,
    PROD,
    SUBNETS,
    with_changes,
)

A, B = SUBNETS.values()
SMALL = {"network.private_prefix_length": 24}
quickly = settings(max_examples=examples(25), deadline=None, database=None)


def texts(config: EnvironmentConfig) -> list[str]:
    """Return the proposed fixes in words."""
    return [fix.text for fix in fixes(config)]


@pytest.mark.parametrize("config", [DEV, PROD])
def test_the_sample_environments_have_comfortable_room(config: EnvironmentConfig) -> None:
    """Nothing overflows, nothing is near, and the subnets that grow are not even a quarter full."""
    plan = plan_of(config)

    assert not list(overflows(config))
    assert warnings_of(config) == {}
    for each in plan.subnets:
        assert (each.used_percent or 0) < NEAR_PERCENT
        if "private" in each.subnet.tiers:
            assert (each.used_percent or 0) < 25


def test_the_message_of_an_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole text that a user reads: the field, the subnet, the numbers, the fixes."""
    change = {**SMALL, "node_groups[0].max_size": 12}
    monkeypatch.setattr(dev, "ENVIRONMENT", with_changes(DEV, change))
    with pytest.raises(ConfigurationError) as caught:
        load()

    assert f"\n{caught.value}" == dedent("""
        The environments have 1 problem. Nothing was synthesized.

          dev.network.private_prefix_length = 24
            allowed: room for the worst case in private eu-west-1a and 1 more: 680 of 251 addresses (nodes of General (18): 648, Fargate pods (24): 24, load balancers (1): 8)
            fix:     before the first deploy, set network.private_prefix_length=22; or set network.pod_cidr='100.64.0.0/16' and vpc_cni.custom_networking=True
    """)


def test_blocks_in_one_piece_are_told_as_such() -> None:
    """With prefixes the addresses may suffice while no block is whole."""
    (problem,) = overflows(with_changes(PROD, SMALL))

    assert problem.at == "network.private_prefix_length"
    assert "95 of 14 contiguous /28 blocks" in problem.allowed
    counts = re.findall(r"\(\d+\): ([\d,]+)", problem.allowed)
    assert sum(int(each.replace(",", "")) for each in counts) == 95


def test_an_overflow_is_told_beside_other_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every problem at once, the plan's included."""
    monkeypatch.setattr(dev, "ENVIRONMENT", with_changes(DEV, {**SMALL, "region": "Ireland"}))
    monkeypatch.setattr(prod, "ENVIRONMENT", with_changes(PROD, {"removal_policy": "destroy"}))
    with pytest.raises(ConfigurationError) as caught:
        load()

    assert {"dev.region", "dev.network.private_prefix_length", "prod.removal_policy"} <= {
        problem.at for problem in caught.value.problems
    }


def test_wrong_fields_are_told_and_not_planned() -> None:
    """Of a zone without a slot nothing can be computed, and its own problem is told already."""
    wrong = with_changes(DEV, {**SMALL, "network.zones": ("eu-west-1a", "eu-west-1e")})

    assert list(wrong.problems())
    assert not list(overflows(wrong))


def test_a_look_at_the_numbers_is_possible_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make plan` shows what overflows."""
    small = with_changes(DEV, SMALL)
    monkeypatch.setattr(dev, "ENVIRONMENT", small)

    assert load(may_overflow=True)[0] == small


@pytest.mark.parametrize(
    ("good", "change", "fix"),
    [
        pytest.param(
            *(DEV, {**SMALL}, "before the first deploy, set network.private_prefix_length=23"),
            id="a longer subnet",
        ),
        pytest.param(
            DEV,
            {
                "network.cidr": "10.10.0.0/21",
                "network.public_prefix_length": 25,
                "node_groups[0].max_size": 20,
            },
            "before the first deploy, widen network.cidr to 10.10.0.0/18",
            id="a wider range",
        ),
        pytest.param(
            *(
                DEV,
                SMALL,
                "set network.pod_cidr='100.64.0.0/16' and vpc_cni.custom_networking=True",
            ),
            id="a range for pods",
        ),
        pytest.param(
            PROD,
            {**POD_SUBNETS, "network.pod_cidr": "100.64.0.0/20"},
            "before the first deploy, widen network.pod_cidr to 100.64.0.0/19",
            id="a wider range for pods",
        ),
        pytest.param(
            PROD,
            {
                **POD_SUBNETS,
                "network.pod_cidr": "100.64.0.0/20",
                "node_groups[0].max_size": 30,
                "vpc_cni.prefix_delegation": True,
            },
            "set vpc_cni.prefix_delegation=False",
            id="prefixes off",
        ),
        pytest.param(
            DEV,
            {
                "network.private_prefix_length": 22,
                "node_groups[0].instance_types": ("m7g.16xlarge",),
                "node_groups[0].capacity_type": "ON_DEMAND",
                "node_groups[0].max_size": 7,
                "node_groups[0].max_pods": 50,
                "fargate_profiles[0].max_pods": 1,
                "add_ons.load_balancer_controller": None,
                "workloads": (),
            },
            "set vpc_cni.prefix_delegation=True",
            id="prefixes on",
        ),
        pytest.param(
            *(PROD, {"node_groups[0].max_size": 299}, "lower node_groups[0].max_size to 81"),
            id="fewer nodes",
        ),
        pytest.param(
            *(AUTO, {"auto_mode.built_in_node_pools[0].max_cpu": 6_000}),
            "lower auto_mode.built_in_node_pools[0].max_cpu to 153",
            id="a smaller built-in pool",
        ),
        pytest.param(
            *(KARPENTER, {"karpenter.node_pools[0].limits.cpu": 9_000}),
            "lower karpenter.node_pools[0].limits.cpu to ",
            id="a smaller pool of Karpenter",
        ),
        pytest.param(
            AUTO,
            {
                "auto_mode.built_in_node_pools[0].max_cpu": 6_000,
                "auto_mode.node_pools[0].limits.cpu": 6_000,
            },
            "lower auto_mode.built_in_node_pools[0].max_cpu to 60, auto_mode.node_pools[0].limits.cpu to 60, ",
            id="smaller pools",
        ),
        pytest.param(
            DEV,
            {"network.private_prefix_length": 23, "fargate_profiles[0].max_pods": 900},
            "lower fargate_profiles[0].max_pods to 175",
            id="fewer Fargate pods",
        ),
        pytest.param(
            PROD,
            {"network.private_prefix_length": 22, "node_groups[0].max_size": 7},
            "set node_groups[0].max_pods=",
            id="fewer pods on a node",
        ),
        pytest.param(
            DEV,
            {
                "network.private_prefix_length": 21,
                "node_groups[0].instance_types": ("r8i.large",),
                "node_groups[0].capacity_type": "ON_DEMAND",
                "node_groups[0].ami_type": "AL2023_x86_64_STANDARD",
                "node_groups[0].max_size": 35,
            },
            "set node_groups[0].instance_types=(",
            id="another type",
        ),
    ],
)
def test_a_fix_is_proposed_and_makes_it_pass(
    good: EnvironmentConfig, change: Mapping[str, object], fix: str
) -> None:
    """Each kind of fix is found where it helps, and the environment with it has no problem."""
    config = with_changes(good, change)
    assert not list(config.problems())
    assert not plan_of(config).fits

    found = [each for each in fixes(config) if each.text.startswith(fix)]

    assert found, texts(config)
    for each in fixes(config):
        assert plan_of(each.changed).fits, each.text
        assert not list(each.changed.problems()), each.text


def test_a_larger_fix_than_needed_is_not_proposed() -> None:
    """A bit less, or a node more, and the environment would still overflow."""
    (fix,) = [text for text in texts(with_changes(DEV, SMALL)) if "prefix_length" in text]
    assert fix.endswith("=23")

    (fix,) = texts(with_changes(PROD, {"node_groups[0].max_size": 300}))
    assert fix.endswith(" 81")
    assert not plan_of(with_changes(PROD, {"node_groups[0].max_size": 82})).fits


def test_a_fix_that_breaks_a_rule_is_not_proposed() -> None:
    """Without prefixes the subnets would do, and no node could run the 110 pods that are pinned."""
    change = {**POD_SUBNETS, "network.pod_cidr": "100.64.0.0/20", "node_groups[0].max_size": 30}
    off = "set vpc_cni.prefix_delegation=False"

    assert off in texts(with_changes(PROD, change))
    assert off not in texts(with_changes(PROD, {**change, "node_groups[0].max_pods": 110}))


def test_two_groups_that_are_too_large_only_together() -> None:
    """Where no single group can be small enough, all of them shrink alike."""
    group = DEV.node_groups[0].model_copy(update={"max_size": 300})
    other = group.model_copy(update={"name": "Other"})
    config = with_changes(DEV, {"node_groups": (group, other), "network.nat_gateways": 1})
    (fix,) = [each for each in fixes(config) if each.text.startswith("lower node_groups")]

    assert fix.text.count("max_size") == 2
    assert plan_of(fix.changed).fits


def test_where_nothing_helps_alone_that_is_said() -> None:
    """A fix that doesn't work would be worse than none."""
    change = {
        **POD_SUBNETS,
        "network.private_prefix_length": 27,
        "fargate_profiles[0].max_pods": 9000,
        "node_groups[0].max_size": 3000,
        "node_groups[0].desired_size": 3000,
    }
    (problem, *_) = overflows(with_changes(DEV, change))

    assert problem.fix == NO_SINGLE_FIX


def test_an_existing_subnet_without_a_free_address_is_not_told_to_grow() -> None:
    """Its prefix length is no field."""
    change = {"network": EXISTING, "network.free_addresses": {A: 0, B: 0}}
    (problem, *_) = overflows(with_changes(DEV, change))

    assert problem.fix == NO_SINGLE_FIX_HERE


def test_existing_subnets_overflow_by_their_ids() -> None:
    """The path names the subnet, and its tiers count together."""
    change = {"network": EXISTING, "network.free_addresses": {A: 300, B: 900}}
    (problem,) = overflows(with_changes(DEV, change))

    assert (problem.at, problem.got) == ("network.private_subnets['eu-west-1a']", A)
    assert "of 300 addresses" in problem.allowed
    assert not list(overflows(with_changes(DEV, {"network": EXISTING})))


def test_a_vpc_that_is_too_full_is_told() -> None:
    """Even AWS's highest quota of network address usage has an end."""
    change = {
        "network": EXISTING,
        "network.free_addresses": {A: 10**7, B: 10**7},
        "node_groups[0].max_size": 9000,
    }
    (problem,) = overflows(with_changes(DEV, change))

    assert (problem.at, problem.got) == ("node_groups", 9000)
    assert "256,000 units of network address usage" in problem.allowed
    assert problem.fix.startswith("lower node_groups[0].max_size to ")


@pytest.mark.parametrize(("pods", "warned"), [(24, False), (98, False), (99, True), (175, True)])
def test_a_near_miss_warns(pods: int, *, warned: bool) -> None:
    """Above 85 percent of the 507 addresses of a /23: 324 of nodes, 8 of load balancers, and pods."""
    change = {"network.private_prefix_length": 23, "fargate_profiles[0].max_pods": pods}
    config = with_changes(DEV, change)
    found = warnings_of(config)

    assert not list(overflows(config))
    assert set(found) == ({"private eu-west-1a", "private eu-west-1b"} if warned else set())


def test_the_words_of_a_warning() -> None:
    """How full, of what, and where to read more."""
    change = {"network.private_prefix_length": 23, "fargate_profiles[0].max_pods": 150}
    text = warnings_of(with_changes(DEV, change))["private eu-west-1a"]

    assert text == (
        "private eu-west-1a is 96% full in the worst case: 482 of 507 addresses (nodes of General "
        "(9): 324, Fargate pods (150): 150, load balancers (1): 8). See `make plan ENV=dev`."
    )


def test_network_address_usage_warns_at_its_default() -> None:
    """Long before the highest quota that AWS grants."""
    change = {
        "network": EXISTING,
        "network.free_addresses": {A: 10**7, B: 10**7},
        "node_groups[0].max_size": 1300,
    }
    found = warnings_of(with_changes(DEV, change))

    assert set(found) == {"network address usage"}
    assert "64,000; you can request 256,000" in found["network address usage"]


@quickly
@given(
    length=st.integers(19, 27),
    maximum=st.integers(3, 400),
    pods=st.integers(3, 400),
    prefixes=st.booleans(),
    custom=st.sampled_from(({}, POD_SUBNETS, {**POD_SUBNETS, "network.pod_cidr": "100.64.0.0/21"})),
)
def test_every_fix_that_is_proposed_makes_it_pass(
    *, length: int, maximum: int, pods: int, prefixes: bool, custom: Mapping[str, object]
) -> None:
    """Whatever overflows: the plan of the changed environment fits, and none of its rules breaks."""
    config = with_changes(
        PROD,
        {
            **custom,
            "network.private_prefix_length": length,
            "node_groups[0].max_size": maximum,
            "fargate_profiles[0].max_pods": pods,
            "vpc_cni.prefix_delegation": prefixes,
            "vpc_cni.warm_prefix_target": None,
        },
    )
    assume(not plan_of(config).fits)
    assert list(overflows(config))
    for fix in fixes(config):
        assert plan_of(fix.changed).fits, fix.text
        assert not list(fix.changed.problems()), fix.text
        assert not list(overflows(fix.changed)), fix.text

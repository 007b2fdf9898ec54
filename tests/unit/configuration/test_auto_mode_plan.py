"""What a plan counts with in an environment of Auto Mode."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from capacity.cni import Cni
from capacity.words import plan_lines
from configuration.capacity_plan import (
    daemons,
    growth_of,
    inputs_of,
    plan_of,
    platform_on_nodes,
    stated_inputs,
    with_range_of_pods,
)
from configuration.model import EnvironmentConfig
from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.auto_mode import BuiltInNodePoolSpec
from constructs_lib.specs.compute import TaintSpec
from examples import auto_mode
from tests.unit.configuration.auto_mode_mistakes import AUTO
from tests.unit.configuration.mistakes import DEV, EXISTING, GROUP, with_changes
from tests.unit.constructs_lib.variants import APART

PLAIN = auto_mode.ENVIRONMENT
MIXED = with_changes(PLAIN, {"node_groups": (GROUP,), "add_ons.ebs_csi_driver": True})
ON_FARGATE = with_changes(AUTO, {"add_ons.coredns_compute_type": "fargate"})


def test_pods_may_be_in_subnets_of_their_own() -> None:
    """The first interface of a node is then in the private subnet alone, with one address."""
    inputs = inputs_of(APART)
    (pool,) = inputs.groups
    assert pool.cni == Cni(prefix_delegation=True, custom_networking=True)
    blocks = {each.subnet.tiers: each.blocks for each in plan_of(APART).subnets}
    in_pods = [each for tiers, each in blocks.items() if "pods" in tiers]
    assert all(each is not None and each.worst > 0 for each in in_pods)
    assert not any(each for tiers, each in blocks.items() if "pods" not in tiers)


def test_nodes_of_auto_mode_have_prefixes_and_110_pods() -> None:
    """Whatever the settings of the VPC CNI are, which are for other nodes."""
    inputs = inputs_of(MIXED)
    limits = {group.name: group.limit(inputs.cni).pods for group in inputs.groups}

    assert inputs.cni == Cni()
    assert {name: limits[name] for name in ("general-purpose", "spot", "steady")} == dict.fromkeys(
        ("general-purpose", "spot", "steady"), 110
    )
    assert limits[GROUP.name] < 110
    blocks = [each.blocks for each in plan_of(MIXED).subnets if "private" in each.subnet.tiers]
    assert all(each is not None and each.worst > 0 for each in blocks)


def test_large_nodes_have_110_pods_as_well() -> None:
    """EKS's 250 of large nodes isn't for those of Auto Mode."""
    large = with_changes(
        PLAIN.auto_mode.node_pools[1],  # type: ignore[union-attr]
        {"requirements[1].values": ("64",)},
    )

    assert large.planned(("eu-west-1a",)).limit(Cni()).pods == 110


@pytest.mark.parametrize("built_in", [True, False])
def test_built_in_pools_need_the_cluster_in_the_private_subnets(*, built_in: bool) -> None:
    """Those of the control plane stay empty then."""
    no_built_in = {"auto_mode.built_in_node_pools": ()}
    config = PLAIN if built_in else with_changes(PLAIN, no_built_in)
    tiers = [sorted(subnet.tiers) for subnet in inputs_of(config).subnets]

    assert [*config.problems()] == []
    assert tiers.count(["control_plane", "private"]) == (3 if built_in else 0)
    assert tiers.count(["control_plane"]) == (0 if built_in else 3)


@pytest.mark.parametrize(
    ("config", "platform", "everywhere"),
    [
        pytest.param(PLAIN, ["metrics-server"], 0, id="Auto Mode alone"),
        pytest.param(AUTO, ["coredns", "metrics-server"], 0, id="Fargate beside it"),
        pytest.param(ON_FARGATE, ["metrics-server"], 0, id="CoreDNS on Fargate"),
        pytest.param(
            MIXED, ["coredns", "metrics-server", "ebs-csi-controller"], 5, id="a group beside it"
        ),
    ],
)
def test_the_platform_is_what_is_installed(
    config: EnvironmentConfig, platform: list[str], everywhere: int
) -> None:
    """Auto Mode has network, DNS, Pod Identity, volumes and load balancers without pods."""
    assert [*config.problems()] == []
    assert [each.name for each in platform_on_nodes(config)] == platform
    assert len(daemons(config)) == everywhere


def test_add_ons_keep_away_from_its_nodes() -> None:
    """Of five DaemonSets, those of a group's nodes count, and one that somebody adds on every node."""
    inputs = inputs_of(MIXED)
    of_each = {x.name: x.daemons(inputs.cni, len(inputs.daemons)) for x in inputs.groups}
    assert of_each == {GROUP.name: 5, "general-purpose": 0, "spot": 0, "steady": 0}
    more = {"add_ons.additional": (AddOnSpec(name="fluent-bit"),)}
    inputs = inputs_of(with_changes(MIXED, more))
    assert {x.daemons(inputs.cni, len(inputs.daemons)) for x in inputs.groups} == {6, 1}


def test_only_its_nodes_state_how_they_get_addresses() -> None:
    """A review counts with what is stated, and other environments state what they did."""
    groups = json.loads(stated_inputs(MIXED))["groups"]

    assert [group["name"] for group in groups if "cni" in group] == [
        *("general-purpose", "spot", "steady"),
    ]
    unused = {"cni", "vcpu_limit"}
    assert not any(unused & group.keys() for group in json.loads(stated_inputs(DEV))["groups"])


SYSTEM, GENERAL = BuiltInNodePoolSpec(name="system"), BuiltInNodePoolSpec(name="general-purpose")
GROUP_OF_BATCH = GROUP.model_copy(
    update={"taints": (TaintSpec(key="batch", effect="NO_SCHEDULE"),)}
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"auto_mode.node_pools": ()}, {"general-purpose": 1}, id="no node yet"),
        pytest.param({}, {"general-purpose": 0, "spot": 0, "steady": 2}, id="a fixed pool"),
        pytest.param(
            {"auto_mode.node_pools": (), "auto_mode.built_in_node_pools": (SYSTEM, GENERAL)},
            {"system": 0, "general-purpose": 1},
            id="a pool whose taint the metrics server doesn't tolerate",
        ),
        pytest.param(
            {
                "auto_mode.node_pools": (),
                "auto_mode.built_in_node_pools": (SYSTEM, GENERAL),
                "node_groups": (GROUP_OF_BATCH,),
            },
            {GROUP.name: GROUP.desired_size, "system": 0, "general-purpose": 1},
            id="CoreDNS beside a group that keeps it away",
        ),
        pytest.param(
            {"auto_mode.node_pools": (), "add_ons.metrics_server": False},
            {"general-purpose": 0},
            id="nothing to run",
        ),
        pytest.param(
            {"auto_mode.node_pools": (), "node_groups": (GROUP,)},
            {GROUP.name: GROUP.desired_size, "general-purpose": 0},
            id="a group beside it",
        ),
    ],
)
def test_the_platform_has_a_node_from_the_start(
    change: dict[str, object], expected: dict[str, int]
) -> None:
    """The pods of the platform wait for nobody: a pool starts a node where there is none."""
    groups = inputs_of(with_changes(PLAIN, change)).groups

    assert {group.name: group.desired for group in groups} == expected


def test_a_plan_says_which_types_stand_for_others() -> None:
    """Those of a NodePool do, those of a node group are all of its types."""

    def told(config: EnvironmentConfig) -> str:
        return " ".join(plan_lines(config.name, plan_of(config), growth_of(config)))

    assert "  like m7g.large  " in told(PLAIN)
    assert "Each type after 'like' stands for all" in told(PLAIN)
    assert "like" not in told(DEV)


def test_pods_get_no_range_where_nodes_have_a_network_of_their_own() -> None:
    """Those of Auto Mode take no setting of the VPC CNI."""
    assert with_range_of_pods(DEV) is not None
    assert with_range_of_pods(auto_mode.ENVIRONMENT) is None


def test_internal_load_balancers_need_no_public_subnets() -> None:
    """Private ones are enough."""
    private = with_changes(EXISTING, {"public_subnets": {}})
    config = with_changes(AUTO, {"network": private, "auto_mode.ingress_scheme": "internal"})
    assert [each for each in config.problems() if each.at == "auto_mode.ingress_scheme"] == []


assert PLAIN.auto_mode
STEADY = tuple(x for x in PLAIN.auto_mode.node_pools if x.name == "steady")


@pytest.mark.parametrize(
    "pools",
    [
        {"auto_mode.node_pools": ()},
        {"auto_mode.built_in_node_pools": (), "auto_mode.node_pools": STEADY},
    ],
    ids=("as many as needed", "a fixed number"),
)
def test_pods_of_the_platform_run_on_pools_as_well(pools: Mapping[str, object]) -> None:
    """A small group beside them needn't hold all."""
    small = {
        "instance_types": ("t4g.micro",),
        "capacity_type": "ON_DEMAND",
        "min_size": 0,
        "desired_size": 1,
        "max_pods": None,
    }
    config = with_changes(
        PLAIN,
        {
            **pools,
            "node_groups": (GROUP.model_copy(update=small),),
            "vpc_cni.prefix_delegation": True,
            "add_ons.ebs_csi_driver": True,
        },
    )
    assert [*config.problems()] == []

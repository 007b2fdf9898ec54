"""What of an environment takes addresses arrives in its plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from capacity.addresses import full_node
from capacity.cni import Cni, NodeUse, Use
from capacity.inputs import Fargate, Inputs
from capacity.plan import platform_pods
from configuration.capacity_plan import (
    growth_of,
    inputs_of,
    plan_of,
    stated_inputs,
    with_range_of_pods,
)
from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.base import checked
from constructs_lib.specs.compute import WarmPoolSpec
from examples import machines
from tests.unit.configuration.mistakes import (
    DEV,
    EXISTING,
    OWN_NODES,
    POD_SUBNETS,
    PROD,
    SUBNETS,
    with_changes,
)
from tests.unit.constructs_lib.variants import CLOSED, SERVERLESS, SPARSE
from tests.unit.constructs_lib.variants import EXISTING as EXISTING_VARIANT

A, B = SUBNETS.values()
DESIRED = DEV.node_groups[0].desired_size


def warm(*, max_size: int = DESIRED, pool: Mapping[str, Any] | None = None) -> dict[str, object]:
    """Return a warm pool of the first group, which is On-Demand then."""
    return {
        "node_groups[0].capacity_type": "ON_DEMAND",
        "node_groups[0].max_size": max_size,
        "node_groups[0].warm_pool": WarmPoolSpec(**(pool or {})),
    }


def inputs(change: Mapping[str, object]) -> Inputs:
    """Return the inputs of dev with a change."""
    config = with_changes(DEV, change)
    checked(env=config)
    return inputs_of(config)


def test_the_subnets_of_prod() -> None:
    """Every tier in every zone, as long as the address plan makes them."""
    assert [(each.name, each.prefix_length) for each in inputs_of(PROD).subnets] == [
        (f"{tier} eu-west-1{zone}", length)
        for tier, length in (("private", 19), ("public", 24), ("control-plane", 28))
        for zone in "abc"
    ]


def test_the_rest_of_prod() -> None:
    """Prefixes, three NAT gateways, three endpoints, a load balancer, the kubectl handler."""
    found = inputs_of(PROD)

    assert found.cni == Cni(prefix_delegation=True, warm_prefix_target=1)
    assert found.nat_zones == ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    assert (found.interface_endpoints, found.load_balancers, found.handler_functions) == (3, 1, 2)
    assert found.fargate == (Fargate(name="SampleApi", pods=24),)
    (general,) = found.groups
    assert (general.desired, general.maximum, general.surge) == (3, 9, 6)
    assert not general.spot


@pytest.mark.parametrize(
    ("add_on", "on_each_node", "besides"),
    [
        (AddOnSpec(name="kubecost_kubecost"), 0, 0),
        (AddOnSpec(name="kubecost_kubecost", pods=3, pods_per_node=2), 2, 3),
        (AddOnSpec(name="fluent-bit"), 1, 0),
        (AddOnSpec(name="fluent-bit", pods_per_node=0), 0, 0),
        (AddOnSpec(name="fluent-bit", pods=1), 1, 1),
    ],
)
def test_the_pods_that_an_add_on_states_count(
    add_on: AddOnSpec, on_each_node: int, besides: int
) -> None:
    """They take places on nodes; what is not stated is as the preset has it."""
    found = inputs({"add_ons.additional": (add_on,)})

    assert found.daemons.count(add_on.name) == on_each_node
    assert sum(each.pods for each in found.platform if each.name == add_on.name) == besides


def test_a_closed_network_has_the_endpoints_that_it_needs() -> None:
    """Twelve of the platform and the one that was asked for besides; no NAT, and pod subnets."""
    found = inputs_of(CLOSED)

    assert found.interface_endpoints == 13
    assert found.nat_zones == ()
    assert [each.name for each in found.subnets if "pods" in each.tiers] == [
        f"pods eu-central-1{zone}" for zone in "abc"
    ]
    special = next(group for group in found.groups if group.name == "Special")
    assert (special.zones, special.spot, special.max_unavailable) == (
        ("eu-central-1a", "eu-central-1c"),
        True,
        2,
    )


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ({"node_groups[0].max_pods": 20}, {"pinned_pods": 20}),
        ({"node_groups[0].max_unavailable": 3}, {"max_unavailable": 3}),
        (
            {"node_groups[0].max_unavailable_percentage": 50},
            {"max_unavailable_percentage": 50},
        ),
        ({"node_groups[0].zones": ("eu-west-1b",)}, {"zones": ("eu-west-1b",)}),
        ({"node_groups[0].capacity_type": "ON_DEMAND"}, {"spot": False}),
        (warm(), {"warm": 0, "always_warm": 0, "running": False}),
        (warm(max_size=9), {"warm": 9 - DESIRED}),
        (warm(max_size=9, pool={"min_size": 8}), {"warm": 8, "always_warm": 8}),
        (warm(max_size=9, pool={"max_group_prepared_capacity": DESIRED + 1}), {"warm": 1}),
        (warm(pool={"pool_state": "RUNNING"}), {"running": True}),
        ({}, {"max_unavailable_percentage": 33, "pinned_pods": None, "spot": True}),
    ],
)
def test_a_node_group(change: Mapping[str, object], values: Mapping[str, object]) -> None:
    """Each field of the environment reaches the plan."""
    (group,) = inputs(change).groups

    assert {name: getattr(group, name) for name in values} == values


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ({}, {"managed": False, "spot": True, "on_demand_base": 0, "max_unavailable": None}),
        ({"node_groups[0].on_demand_base": 2}, {"on_demand_base": 2}),
        ({"node_groups[0].on_demand_percentage": 25}, {"on_demand_percentage": 25}),
        ({"node_groups[0].zones": ("eu-west-1b",)}, {"zones": ("eu-west-1b",)}),
    ],
)
def test_a_self_managed_group(change: Mapping[str, object], values: Mapping[str, object]) -> None:
    """It reaches the plan like any other, as one that EKS doesn't manage."""
    (group,) = inputs_of(with_changes(OWN_NODES, change)).groups

    assert {name: getattr(group, name) for name in values} == values


def test_the_platforms_own_pods_on_fargate_count() -> None:
    """CoreDNS, the controller and the metrics server, two of each, and twice that in an update."""
    assert inputs_of(SERVERLESS).fargate[0] == Fargate(name="Platform", pods=12)
    assert inputs({"add_ons.coredns_compute_type": "fargate"}).fargate[0].pods == 4


def test_a_profile_has_its_own_zones_or_all() -> None:
    """Its pods take addresses there only."""
    for zones in (None, ("eu-west-1b",)):
        made = inputs({"fargate_profiles[0].zones": zones}).fargate
        assert [each.zones for each in made] == [zones or ()]


def test_karpenter_on_fargate_has_a_vcpu_for_each_pod() -> None:
    """Beside the quarter of a vCPU of each other pod: 2 of Karpenter, CoreDNS and the metrics server, twice."""
    assert inputs_of(SPARSE).fargate[0] == Fargate(name="Platform", pods=12, vcpus=6)


def test_load_balancers_need_their_controller() -> None:
    """Without it nobody makes any; with it as many as the environment says."""
    many = {"add_ons.load_balancer_controller.max_load_balancers": 4}

    assert inputs(many).load_balancers == 4
    assert inputs({"add_ons.load_balancer_controller": None, "workloads": ()}).load_balancers == 0


def test_an_existing_subnet_counts_once_for_all_of_its_tiers() -> None:
    """The same ids are private, public and the control plane's; each is one subnet."""
    found = inputs({"network": EXISTING}).subnets

    assert [(each.zone, sorted(each.tiers)) for each in found] == [
        ("eu-west-1a", ["control_plane", "private", "public"]),
        ("eu-west-1b", ["control_plane", "private", "public"]),
    ]
    assert found[0].name == f"private and public and control-plane eu-west-1a ({A})"


def test_existing_subnets_have_the_free_addresses_that_somebody_said() -> None:
    """And none where nobody did: nothing is guessed from the range of the VPC."""
    found = inputs({"network": EXISTING, "network.free_addresses": {A: 500}}).subnets

    assert [each.free for each in found] == [500, None]
    plan = plan_of(with_changes(DEV, {"network": EXISTING, "network.free_addresses": {A: 500}}))
    assert [each.subnet.zone for each in plan.unknown] == ["eu-west-1b"]


def test_a_range_of_pods_is_possible_where_there_is_none() -> None:
    """Not beside another one, not in somebody else's network, not where it would overlap."""
    changed = with_range_of_pods(DEV)

    assert changed is not None
    assert not list(changed.problems())
    assert with_range_of_pods(with_changes(DEV, POD_SUBNETS)) is None
    assert with_range_of_pods(EXISTING_VARIANT) is None
    assert with_range_of_pods(with_changes(DEV, {"network.cidr": "100.64.0.0/16"})) is None


def test_growth_knows_what_a_range_of_pods_would_bring() -> None:
    """The subnets are the first to end, and there is a way on; then a second cluster is due."""
    growth = growth_of(PROD)

    assert growth.first.name == "/28 blocks of private eu-west-1a"
    assert not growth.first.final
    assert growth.second_cluster.name == "/28 blocks of pods eu-west-1a, with a pod range"
    assert growth.second_cluster.size > growth.first.size > growth.maximum


def test_a_windows_node_takes_one_interface_and_no_daemons() -> None:
    """Its addresses are those of that interface; what a review reads has no word of Linux groups."""
    linux = PROD.node_groups[0]
    changes = {
        "name": "Windows",
        "ami_type": "WINDOWS_CORE_2022_x86_64",
        "instance_types": ("m7i.xlarge",),
    }
    config = PROD.model_copy(update={"node_groups": (linux, linux.model_copy(update=changes))})
    planned = inputs_of(config)
    assert full_node(planned.cni, planned.groups[1]) == NodeUse(
        node=Use(addresses=15), pods=Use(), interfaces=1
    )
    assert platform_pods(planned, [1, 1]) == platform_pods(planned, [1, 0])
    stated = json.loads(stated_inputs(config))["groups"]
    assert [each.get("windows") for each in stated] == [None, True]


def test_device_plugins_take_a_place_on_nodes_with_devices() -> None:
    """Two of a group with GPUs and EFA, none of the others; a template without any doesn't say it."""
    inputs = inputs_of(machines.ENVIRONMENT)
    plain = replace(inputs, groups=tuple(replace(x, device_plugins=0) for x in inputs.groups))
    names = [group.name for group in inputs.groups]
    assert names == ["General", "Gpu", "Neuron", "Close"]
    for nodes, more in (([1, 0, 0, 0], 0), ([0, 2, 0, 0], 2), ([0, 0, 1, 3], 4)):
        assert platform_pods(inputs, nodes) - platform_pods(plain, nodes) == more
    stated = json.loads(stated_inputs(machines.ENVIRONMENT))["groups"]
    assert [each.get("device_plugins") for each in stated] == [None, 1, 1, 1]


def test_the_same_environment_is_counted_once() -> None:
    """Another one is counted anew, also where all its values are the same."""
    again = DEV.model_copy()

    assert inputs_of(DEV) is inputs_of(DEV)
    assert inputs_of(again) is not inputs_of(DEV)
    assert inputs_of(again) == inputs_of(DEV)

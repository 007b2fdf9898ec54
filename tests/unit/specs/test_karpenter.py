"""Karpenter: how many pods its nodes take, and what the plan counts with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from capacity.addresses import full_node, full_nodes
from capacity.cni import Cni
from capacity.inputs import Inputs
from capacity.needs import needs
from capacity.scaling import grown
from constructs_lib.specs.karpenter import KarpenterSpec
from constructs_lib.specs.node_pool_parts import LimitsSpec, RequirementSpec
from tests.unit.configuration.karpenter_mistakes import FAMILY, POOL, SPEC

ZONES = ("eu-west-1a", "eu-west-1b")


def sizes(*names: str) -> KarpenterSpec:
    """Return a pool of one family with these sizes."""
    size = RequirementSpec(key="karpenter.k8s.aws/instance-size", values=names)
    pool = POOL.model_copy(update={"requirements": (FAMILY, size)})
    return SPEC.model_copy(update={"node_pools": (pool,)})


@pytest.mark.parametrize(
    ("spec", "cni", "pods"),
    [
        pytest.param(sizes("large", "xlarge"), Cni(), None, id="as EKS and Karpenter count"),
        pytest.param(sizes("large"), Cni(prefix_delegation=True), 110, id="prefixes"),
        pytest.param(sizes("4xlarge"), Cni(), 110, id="above the cap of EKS"),
        pytest.param(sizes("large", "4xlarge"), Cni(), 29, id="the lowest"),
        pytest.param(sizes("large"), Cni(custom_networking=True), None, id="reserved interface"),
    ],
)
def test_pods_are_pinned_where_karpenter_counts_otherwise(
    spec: KarpenterSpec, cni: Cni, pods: int | None
) -> None:
    """It knows neither prefixes nor the caps of EKS, and the plan must be true."""
    assert spec.max_pods(cni, "default") == pods


def test_what_is_pinned_counts() -> None:
    """In the plan as on the nodes."""
    nodes = SPEC.node_classes[0].model_copy(update={"max_pods": 20})
    spec = SPEC.model_copy(update={"node_classes": (nodes,)})
    (group,) = (x.planned(ZONES) for x in spec.compute(Cni()))

    assert spec.max_pods(Cni(), "default") == 20
    assert group.limit(Cni()).pods == 20


def test_a_pool_is_a_group_without_nodes_of_its_own() -> None:
    """It grows to its limits, in whole nodes of its smallest type, and no update adds any."""
    (group,) = (x.planned(ZONES) for x in SPEC.compute(Cni()))

    assert (group.name, group.desired, group.maximum) == ("general", 0, 32)
    assert (group.zones, group.twin) == (ZONES, 0)


@pytest.mark.parametrize(
    ("limits", "vcpus"),
    [
        pytest.param({"cpu": 64}, 64, id="vCPUs"),
        # An m7g has 4 GiB for each vCPU.
        pytest.param({"memory_gib": 100}, 25, id="memory"),
        pytest.param({"nodes": 3}, 48, id="nodes of the largest type"),
        pytest.param({"cpu": 64, "memory_gib": 100, "nodes": 3}, 25, id="the lowest"),
        # The 16 vCPUs of a 4xlarge are too many.
        pytest.param({"cpu": 12, "nodes": 3}, 6, id="types within limits"),
    ],
)
def test_limits_cap_the_vcpus(limits: dict[str, Any], vcpus: int) -> None:
    """Whichever of its types the nodes of a pool are, and whether they are On-Demand or Spot."""
    pool = sizes("large", "4xlarge").pools[0]
    changed = pool.model_copy(update={"limits": LimitsSpec(**limits)})

    assert changed.planned(ZONES).vcpu_limit == vcpus
    spec = SPEC.model_copy(update={"node_pools": (changed,)})
    most = Inputs(
        cni=Cni(), subnets=(), groups=tuple(x.planned(ZONES) for x in spec.compute(Cni()))
    )
    standard = {x.quota.need: x.most for x in needs(most) if x.quota.need.endswith("standard")}
    assert standard == {"on-demand standard": vcpus, "spot standard": vcpus}


def test_a_fixed_pool_turns_its_gate_on() -> None:
    """Without it Karpenter ignores `replicas`."""
    pool = POOL.model_copy(update={"replicas": 2})

    assert SPEC.gates == ()
    assert SPEC.model_copy(update={"node_pools": (POOL, pool)}).gates == ("staticCapacity",)


@pytest.mark.parametrize("cni", [Cni(), Cni(prefix_delegation=True), Cni(custom_networking=True)])
@pytest.mark.parametrize(
    "names",
    [
        *(("medium", "large", "16xlarge"), ("medium", "2xlarge"), ("large", "xlarge", "8xlarge")),
        *(("large", "4xlarge"), ("2xlarge", "12xlarge", "16xlarge"), ("xlarge", "2xlarge")),
    ],
)
def test_no_mix_of_types_holds_more_than_the_plan_says(names: tuple[str, ...], cni: Cni) -> None:
    """The best of all mixes within the vCPUs, found one vCPU after the other."""
    for cpu in range(8, 130, 3):
        spec = sizes(*names)
        pool = spec.node_pools[0].model_copy(update={"limits": LimitsSpec(cpu=cpu)})
        changed = spec.model_copy(update={"node_pools": (pool,)})
        (group,) = (x.planned(ZONES) for x in changed.compute(cni))
        full = [
            (kind.vcpus, full_node(cni, replace(group, kinds=(kind,))).total) for kind in pool.kinds
        ]
        best = [0]
        for vcpus in range(1, cpu + 1):
            more = [best[vcpus - each] + held for each, held in full if each <= vcpus]
            best.append(max([best[-1], *more]))

        assert full_nodes(cni, group, group.maximum).total >= best[-1], cpu


def test_a_large_type_takes_its_vcpus_from_the_others() -> None:
    """Only one of 64 nodes can be an m7g.16xlarge: 100 addresses, not 64 times as many."""
    (group,) = (x.planned(ZONES) for x in sizes("medium", "16xlarge").compute(Cni()))

    assert group.maximum == 64
    assert full_nodes(Cni(), group, 64).total == 64 * 8
    # And one node is never counted as less than it can be.
    assert full_nodes(Cni(), group, 1).total == 100
    # The plan of a cluster that grows has as many vCPUs more.
    more = grown(Inputs(cni=Cni(), subnets=(), groups=(group,)), 128).groups[0]
    assert full_nodes(Cni(), more, 128).total == 128 * 8

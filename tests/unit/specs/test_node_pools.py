"""NodePools: what they render, which instance types they start, how the plan counts them."""

from __future__ import annotations

import pytest

from capacity.cni import Cni
from capacity.inputs import Group
from capacity.instance_types import InstanceType, every_type
from constructs_lib.specs.auto_mode import AutoModeNodePoolSpec
from constructs_lib.specs.node_pool_parts import DisruptionSpec, LimitsSpec, RequirementSpec
from constructs_lib.specs.node_pool_types import nodes_of
from constructs_lib.specs.node_pools import KarpenterNodePoolSpec
from tests.unit.configuration.node_pool_mistakes import FIXED, POOL

ZONES = ("eu-west-1a", "eu-west-1b")


def karpenter(*requirements: RequirementSpec, **limits: int) -> KarpenterNodePoolSpec:
    """Return a pool of Karpenter's."""
    pool = KarpenterNodePoolSpec(
        name="a",
        node_class="default",
        requirements=requirements,
        limits=LimitsSpec.model_validate(limits),
    )
    assert [*pool.problems()] == []
    return pool


def needs(name: str, *values: str, operator: str = "In") -> RequirementSpec:
    """Return a requirement of a label of Karpenter's."""
    key = name if "/" in name else f"karpenter.k8s.aws/instance-{name}"
    return RequirementSpec(key=key, operator=operator, values=values)  # type: ignore[arg-type]


def test_what_the_api_requires_is_there() -> None:
    """Whoever sets a policy or a budget need not know that."""
    assert DisruptionSpec().manifest() is None
    assert DisruptionSpec(consolidation_policy="WhenEmpty").manifest() == {
        "consolidateAfter": "0s",
        "consolidationPolicy": "WhenEmpty",
    }


def test_a_pool_is_the_object_that_karpenter_takes() -> None:
    """Every field has its place; what isn't set isn't written."""
    assert POOL.manifest() == {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "batch"},
        "spec": {
            "weight": 10,
            "limits": {"cpu": "64", "memory": "256Gi", "nodes": "20"},
            "disruption": {
                "consolidationPolicy": "WhenEmpty",
                "consolidateAfter": "5m",
                "budgets": [
                    {
                        "nodes": "1",
                        "schedule": "0 9 * * mon-fri",
                        "duration": "8h",
                        "reasons": ["Drifted"],
                    }
                ],
            },
            "template": {
                "metadata": {"labels": {"example.com/team": "batch"}},
                "spec": {
                    "nodeClassRef": {
                        "group": "eks.amazonaws.com",
                        "kind": "NodeClass",
                        "name": "default",
                    },
                    "requirements": [
                        {
                            "key": "eks.amazonaws.com/instance-family",
                            "operator": "In",
                            "values": ["m7g", "c7g"],
                            "minValues": 2,
                        }
                    ],
                    "taints": [{"key": "example.com/batch", "effect": "NoSchedule"}],
                    "startupTaints": [{"key": "example.com/starting", "effect": "NoExecute"}],
                    "expireAfter": "168h",
                    "terminationGracePeriod": "10m",
                },
            },
        },
    }
    fixed = FIXED.manifest()["spec"]
    assert (fixed["replicas"], fixed["limits"]) == (3, {"nodes": "4"})
    assert set(fixed) == {"replicas", "limits", "template"}


GENERAL, GRAVITON = needs("category", "m"), needs("kubernetes.io/arch", "arm64")
SEVENTH = (GENERAL, GRAVITON, needs("generation", "7"))


@pytest.mark.parametrize(
    ("further", "expected"),
    [
        ((), {"m7g", "m7gd"}),
        ((needs("family", "m7gd", operator="NotIn"),), {"m7g"}),
        ((needs("family", "m7i", "m7g"),), {"m7g"}),
        ((needs("generation", "7", operator="Lt"),), set()),
        ((needs("memory", "0", operator="Gt"),), {"m7g", "m7gd"}),
        ((needs("size", operator="DoesNotExist"),), set()),
        # The data knows nothing of disks.
        ((needs("local-nvme", "0", operator="Gt"),), {"m7g", "m7gd"}),
    ],
)
def test_requirements_together_say_which_types(
    further: tuple[RequirementSpec, ...], expected: set[str]
) -> None:
    """Each operator narrows them; a label that the data doesn't know narrows nothing."""
    pool = karpenter(*SEVENTH, cpu=8).model_copy(update={"requirements": (*SEVENTH, *further)})

    assert {kind.name.partition(".")[0] for kind in pool.kinds} == expected


def test_numbers_are_compared_as_numbers() -> None:
    """8 is less than 16, and a limit itself belongs to Gte and Lte only."""
    bounds = (needs("cpu", "8", operator="Gte"), needs("cpu", "32", operator="Lt"))

    assert {kind.vcpus for kind in karpenter(*SEVENTH, *bounds, cpu=8).kinds} == {8, 16}


def test_auto_mode_starts_no_small_types() -> None:
    """EKS user guide: more than one CPU, and neither nano nor micro nor small."""
    key = "eks.amazonaws.com/instance-family"
    pool = AutoModeNodePoolSpec(
        name="a",
        requirements=(RequirementSpec(key=key, values=("t3", "m7g")),),
        limits=LimitsSpec(cpu=8),
    )
    sizes = {kind.name.partition(".")[2] for kind in pool.kinds if kind.vcpus < 4}

    assert sizes == {"medium", "large"}
    assert "m7g.medium" not in {kind.name for kind in pool.kinds}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [({"cpu": 101}, 50), ({"memory_gib": 100}, 12), ({"nodes": 7}, 7), ({"cpu": 8, "nodes": 7}, 4)],
)
def test_limits_hold_the_most_of_the_smallest_nodes(limits: dict[str, int], expected: int) -> None:
    """m7g.large has 2 vCPUs and 8 GiB; of several limits the strictest counts."""
    planned = karpenter(
        needs("family", "m7g"), needs("size", "medium", operator="NotIn"), **limits
    ).planned(ZONES)

    assert (planned.desired, planned.maximum) == (0, expected)
    assert "m7g.large" in {kind.name for kind in planned.kinds}


def test_a_fixed_pool_starts_with_its_nodes() -> None:
    """It has its replicas whatever pods wait for, and one more while it replaces a node."""
    planned = FIXED.planned(ZONES)

    assert (planned.desired, planned.maximum, planned.managed) == (3, 4, False)


def test_zones_and_prices_are_those_of_the_requirements() -> None:
    """Nodes that can be On-Demand count as On-Demand."""
    zone = needs("topology.kubernetes.io/zone", "eu-west-1b")
    family, capacity = needs("family", "m7g"), "karpenter.sh/capacity-type"

    def planned(*requirements: RequirementSpec) -> Group:
        return karpenter(family, *requirements, cpu=8).planned(ZONES)

    assert planned(zone).zones == ("eu-west-1b",)
    assert planned().zones == ZONES
    assert planned(needs(capacity, "spot")).on_demand(4) == 0
    assert planned(needs(capacity, "spot", "on-demand")).on_demand(4) == 4
    assert not planned(needs(capacity, "on-demand")).spot


def test_limits_of_devices_end_the_plan() -> None:
    """Two g5.12xlarge of 48 vCPUs have four GPUs each; nodes without one are as many as before."""
    limits = LimitsSpec(cpu=960, devices={"nvidia.com/gpu": 8})
    for types, nodes, vcpus in (
        (("g5.12xlarge",), 2, 96),
        (("g5.12xlarge", "m7i.large"), 480, 960),
    ):
        pool = karpenter(
            RequirementSpec(key="node.kubernetes.io/instance-type", values=types), cpu=48
        )
        planned = pool.model_copy(update={"limits": limits}).planned(ZONES)
        assert (planned.maximum, planned.vcpu_limit) == (nodes, vcpus)


def everything(kind: InstanceType, nodes: int) -> int:
    """Return the addresses of so many full nodes of a type."""
    return nodes * kind.interfaces * kind.addresses


def test_no_choice_of_karpenter_holds_more_addresses_than_the_plan() -> None:
    """Whatever types it takes within its limits, the planned nodes hold as many addresses."""
    categories = {"c", "m", "r", "t", "g", "i"}
    for category in sorted(categories):
        for limits in (LimitsSpec(cpu=64), LimitsSpec(memory_gib=300), LimitsSpec(nodes=5)):
            pool = karpenter(needs("category", category), cpu=64)
            pool = pool.model_copy(update={"limits": limits})
            planned = pool.planned(ZONES)
            most = max(everything(kind, planned.maximum) for kind in planned.kinds)
            for kind in pool.kinds:
                assert nodes_of(limits, kind) <= planned.maximum
                assert everything(kind, nodes_of(limits, kind)) <= most, (kind.name, limits)


def test_a_plan_can_be_made_of_it() -> None:
    """Every type that stands for others has a limit of pods."""
    planned = karpenter(needs("category", "m"), cpu=64).planned(ZONES)

    assert 0 < len(planned.kinds) < 40
    assert planned.limit(Cni()).pods == 8
    assert len(every_type()) > 1_000

"""Nodes of Auto Mode, over an API in memory: they come with their pool, and go with it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.nodes import CLASSES, POOL, POOLS, Nodes
from tests.unit.local_aws.kubernetes.fake_aws import FakeAws
from tests.unit.local_aws.kubernetes.memory import Memory

FAMILY = {"key": "eks.amazonaws.com/instance-family", "operator": "In", "values": ["m7g"]}
SUBNETS = ("subnet-a", "subnet-b")


class World:
    """A cluster with Auto Mode and its pools."""

    def __init__(self, *, built_in: tuple[str, ...] = (), enabled: bool = True) -> None:
        """Have no pool but the built-in ones."""
        self.api, aws = Memory(), FakeAws()
        aws.groups = {}
        aws.cluster["resourcesVpcConfig"] = {"subnetIds": ["subnet-a"]}
        aws.cluster["computeConfig"] = {"enabled": enabled, "nodePools": built_in}
        context = Context(api=self.api, aws=aws.client, cluster="c", region="eu-west-1")
        self.controller = Nodes(context)

    def pool(self, name: str, *, spec: Mapping[str, object], **template: object) -> None:
        """Add a pool of m7g in two subnets."""
        reference = {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "own"}
        inside = {"nodeClassRef": reference, "requirements": [FAMILY], **template}
        whole = {"metadata": {"name": name}, "spec": {**spec, "template": {"spec": inside}}}
        self.api.create(POOLS, whole)
        terms = [{"id": subnet} for subnet in SUBNETS]
        node_class = {"metadata": {"name": "own"}, "spec": {"subnetSelectorTerms": terms}}
        self.api.create(CLASSES, node_class)

    def nodes(self) -> list[tuple[str, str]]:
        """Return pool and type of each node, after a round."""
        self.controller.reconcile()
        labels = [objects.labels(node) for node in self.api.list(NODES)]
        return [(one[POOL], one["node.kubernetes.io/instance-type"]) for one in labels]


def test_a_pool_has_one_node_that_its_limit_allows() -> None:
    """With its taints; whatever is asked of a larger pool, its node has eight vCPUs."""
    world = World()
    taint = {"key": "team", "value": "a", "effect": "NoSchedule"}
    world.pool("small", spec={"limits": {"cpu": "5"}}, taints=[taint])
    world.pool("large", spec={"limits": {"cpu": "500"}})
    assert sorted(world.nodes()) == [("large", "m7g.2xlarge"), ("small", "m7g.xlarge")]
    assert world.nodes() == world.nodes()
    assert [taint] in [one["spec"].get("taints") for one in world.api.list(NODES)]


def test_a_fixed_pool_has_its_nodes_until_it_goes() -> None:
    """Spread over its zones, whatever pods there are."""
    world = World()
    world.pool("steady", spec={"replicas": 2})
    assert world.nodes() == [("steady", "m7g.2xlarge")] * 2
    zones = {objects.labels(one)["topology.kubernetes.io/zone"] for one in world.api.list(NODES)}
    assert zones == {"eu-west-1a", "eu-west-1b"}

    (pool,) = world.api.list(POOLS)
    world.api.delete(POOLS, pool)
    assert world.nodes() == []


@pytest.mark.parametrize(
    ("world", "pools"),
    [
        pytest.param(World(built_in=("general-purpose",)), ["general-purpose"], id="one"),
        pytest.param(World(), [], id="none"),
        pytest.param(World(built_in=("system",), enabled=False), [], id="off"),
    ],
)
def test_eks_makes_the_built_in_pools(world: World, pools: list[str]) -> None:
    """Together with their class; general-purpose has amd64 only."""
    nodes = world.nodes()

    assert [objects.name(pool) for pool in world.api.list(POOLS)] == pools
    assert [objects.name(one) for one in world.api.list(CLASSES)] == ["default"] * bool(pools)
    assert [pool for pool, _ in nodes] == pools
    for node in world.api.list(NODES):
        assert objects.labels(node)["kubernetes.io/arch"] == "amd64"

"""Examples are deployed and destroyed: each kind of compute alone, and all that one cluster can have.

`make test-deploy` leaves it out; `LOCAL_AWS_FIRST_DEPLOYS=all` has it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest

from tests.deploy.emulated import ALONE, TOGETHER, WHOLE, Emulated

pytestmark = pytest.mark.skipif(not WHOLE, reason="a whole deploy more")
IN_ORDER = (
    "Karpenter/NodePools/NodePool-general/Resource/Default",
    "Karpenter/NodePools/EC2NodeClass-default/Resource/Default",
    "Karpenter/Controller/Resource/Default",
    "Karpenter/Definitions/Resource/Default",
    "Karpenter/Nodes/AccessEntry",
)


@pytest.fixture(scope="module")
def account(emulate: Callable[..., Emulated]) -> Emulated:
    """Return the account with every kind deployed."""
    account = emulate(TOGETHER)
    account.run("deploy", variant="as-it-is")
    return account


def test_each_kind_has_its_nodes(account: Emulated) -> None:
    """As many as are desired, with their system, whoever manages them."""
    labels = [node["metadata"]["labels"] for node in account.objects("nodes")]
    managed = Counter("eks.amazonaws.com/nodegroup" in one for one in labels)
    assert managed == {True: 3, False: 1}
    assert Counter(one["kubernetes.io/os"] for one in labels) == {"linux": 3, "windows": 1}
    assert sum(one.get("workload") == "batch" for one in labels) == 1


def test_pools_and_classes_are_there_with_real_ids(account: Emulated) -> None:
    """The cluster has them, and the subnets that they name are those that EC2 has."""
    (nodes,) = account.objects("ec2nodeclasses")
    (pool,) = account.objects("nodepools")
    subnets = {each["SubnetId"] for each in account.client("ec2").describe_subnets()["Subnets"]}
    assert pool["spec"]["template"]["spec"]["nodeClassRef"]["name"] == nodes["metadata"]["name"]
    named = {each["id"] for each in nodes["spec"]["subnetSelectorTerms"]}
    assert len(named & subnets) == 3


def test_a_destroy_goes_the_way_back(account: Emulated) -> None:
    """Pools, their classes, the controller, then what nodes need to leave in order."""
    printed = account.run("destroy", variant="as-it-is")
    gone = re.findall(r"DELETE_COMPLETE.*EveryKind/Cluster/(\S+)", printed)
    assert [each for each in gone if each in IN_ORDER] == [*IN_ORDER]


@pytest.mark.parametrize("name", ALONE)
def test_an_example_comes_and_goes(name: str, emulate: Callable[..., Emulated]) -> None:
    """All its pods have a place, and nothing is left but the account and its keys and logs."""
    account = emulate(name)
    account.run("deploy", variant="as-it-is")
    assert {one["status"]["phase"] for one in account.objects("pods")} <= {"Running"}
    account.run("destroy", variant="as-it-is")
    assert [
        one for one in account.client("ec2").describe_vpcs()["Vpcs"] if not one["IsDefault"]
    ] == []
    account.run("stop")

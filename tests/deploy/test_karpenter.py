"""Karpenter comes after all that it needs, and goes after all that it makes.

`make test-deploy` leaves it out; `LOCAL_AWS_FIRST_DEPLOYS=all` has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.deploy.emulated import KARPENTER, WHOLE, Emulated

pytestmark = pytest.mark.skipif(not WHOLE, reason="a whole deploy more")
GONE = re.compile(r"DELETE_COMPLETE.*Karpenter/Cluster/(\S+)")
ORDER = (
    "Karpenter/NodePools/NodePool-general/Resource/Default",
    "Karpenter/NodePools/EC2NodeClass-default/Resource/Default",
    "Karpenter/Controller/Resource/Default",
    "Karpenter/Definitions/Resource/Default",
    "Karpenter/Nodes/AccessEntry",
)
"""What a destroy deletes, one after the other."""


@pytest.fixture(scope="module")
def account(emulate: Callable[..., Emulated]) -> Emulated:
    """Return the account with the example deployed."""
    account = emulate(KARPENTER)
    account.run("deploy", variant="as-it-is")
    return account


def test_pools_and_classes_are_there_with_real_ids(account: Emulated) -> None:
    """The cluster has them, and the subnets that they name are those that EC2 has."""
    (nodes,) = account.objects("ec2nodeclasses")
    (pool,) = account.objects("nodepools")
    subnets = account.client("ec2").describe_subnets()["Subnets"]

    assert pool["spec"]["template"]["spec"]["nodeClassRef"]["name"] == nodes["metadata"]["name"]
    named = {each["id"] for each in nodes["spec"]["subnetSelectorTerms"]}
    assert len(named & {each["SubnetId"] for each in subnets}) == 3


def test_two_controllers_run_on_hosts_of_their_own(account: Emulated) -> None:
    """The scheduler finds a place for both, or helm would have waited in vain."""
    pods = account.objects("pods", "kube-system")
    hosts = {
        pod["spec"]["nodeName"]
        for pod in pods
        if pod["metadata"]["labels"].get("app.kubernetes.io/name") == "karpenter"
    }

    assert len(hosts) == 2


def test_a_destroy_goes_the_way_back(account: Emulated) -> None:
    """Pools, their classes, the controller, then what nodes need to leave in order."""
    gone = GONE.findall(account.run("destroy", variant="as-it-is"))

    assert [each for each in gone if each in ORDER] == [*ORDER]

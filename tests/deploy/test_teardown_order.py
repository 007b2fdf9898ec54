"""What the edge from the load balancer controller to a Service is for.

On AWS, CloudFormation works on what has no edge between it at the same time, so a missing one
bites now and then. The emulated CloudFormation takes the worst order that the edges allow.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.deploy.emulated import Emulated


def balancers(account: Emulated) -> list[str]:
    found = account.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return [balancer["LoadBalancerName"] for balancer in found]


def test_with_the_edge_the_load_balancer_goes_first(emulate: Callable[..., Emulated]) -> None:
    """The Service is deleted while its controller still runs."""
    account = emulate("dev")
    account.run("deploy", variant="ordered-service")
    assert len(balancers(account)) == 1
    account.run("destroy", variant="ordered-service")
    assert balancers(account) == []
    assert [
        vpc for vpc in account.client("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]
    ] == []


def test_without_the_edge_an_orphan_keeps_the_vpc(
    emulate: Callable[..., Emulated], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controller is gone, its finalizer stays, and so does the load balancer."""
    # The handler waits for the Service to go until Lambda ends it, after 15 minutes on AWS.
    monkeypatch.setenv("LOCAL_AWS_LAMBDA_TIMEOUT_SECONDS", "30")
    account = emulate("dev")
    account.run("deploy", variant="loose-service")
    assert len(balancers(account)) == 1

    printed = account.run("destroy", variant="loose-service", exit_code=1)
    assert "timed out" in printed
    (orphan,) = balancers(account)
    cloudformation = account.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName="Dev-Cluster")["Stacks"]
    assert stack["StackStatus"] == "DELETE_FAILED"

    # What people then do: give up the object, and find out what keeps the network.
    failed = [
        resource["LogicalResourceId"]
        for resource in cloudformation.describe_stack_resources(StackName="Dev-Cluster")[
            "StackResources"
        ]
        if resource["ResourceStatus"] == "DELETE_FAILED"
    ]
    cloudformation.delete_stack(StackName="Dev-Cluster", RetainResources=failed)
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName="Dev-Cluster", WaiterConfig={"Delay": 1}
    )
    printed = account.run("destroy", variant="loose-service", exit_code=1)
    assert "has dependencies and cannot be deleted" in printed
    assert balancers(account) == [orphan]

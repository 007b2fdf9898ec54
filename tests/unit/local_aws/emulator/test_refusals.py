"""What AWS refuses, in its words: the rows of `refused.json`, by CloudFormation and by the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, att, ref, resolved
from tests.unit.local_aws.emulator.templates import named, network, resource

ROWS = json.loads(Path(__file__).with_name("refused.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def used(cloud: Cloud, base: Stack) -> Iterator[Stack]:
    """What the rows meet beside the network: an address in use, a named group, taken names."""
    stack = cloud.create(named("used", base.ids))
    yield stack
    assert stack.destroy().status == "DELETE_COMPLETE", stack.reasons


def things(cloud: Cloud) -> list[object]:
    """Return what a refusal must not leave."""
    eks, ec2 = cloud.eks, cloud.ec2
    return [
        eks.list_clusters()["clusters"],
        eks.list_nodegroups(clusterName="shared")["nodegroups"],
        eks.list_fargate_profiles(clusterName="shared")["fargateProfileNames"],
        eks.list_addons(clusterName="shared")["addons"],
        eks.list_access_entries(clusterName="shared")["accessEntries"],
        [one["GroupId"] for one in ec2.describe_security_groups()["SecurityGroups"]],
        [one["NetworkInterfaceId"] for one in cloud.interfaces("Status", "in-use")],
    ]


@pytest.mark.parametrize(("kind", "properties", "words"), ROWS["cases"])
def test_cloudformation_refuses_and_leaves_nothing(  # noqa: PLR0917
    cloud: Cloud,
    base: Stack,
    shared: str,
    used: Stack,
    kind: str,
    properties: dict[str, Any],
    words: str,
) -> None:
    wanted = resolved({**ROWS["defaults"][kind], **properties}, base.ids | used.ids)
    before = things(cloud)
    stack = cloud.deploy({"Refused": resource(kind, **wanted)})
    assert stack.status == "ROLLBACK_COMPLETE", shared
    assert words in stack.reasons
    assert things(cloud) == before


@pytest.mark.parametrize(("service", "operation", "arguments", "code", "words"), ROWS["calls"])
def test_the_api_refuses(  # noqa: PLR0917
    cloud: Cloud,
    base: Stack,
    shared: str,
    used: Stack,
    service: str,
    operation: str,
    arguments: dict[str, Any],
    code: str,
    words: str,
) -> None:
    ids = base.ids | used.ids
    found = cloud.refusal(service, operation, **resolved(arguments, ids))
    assert found == (code, resolved(words, ids) or found[1]), shared


def test_a_leftover_keeps_the_network_from_going(cloud: Cloud) -> None:
    """What somebody put into the VPC blocks its subnet, then the VPC; the rest goes."""
    stack = cloud.deploy(network(51))
    group = cloud.new_group(stack["Vpc"])
    balancer = cloud.elbv2.create_load_balancer(
        Name="left", Type="network", Scheme="internal", Subnets=[stack["Private0"]]
    )["LoadBalancers"][0]["LoadBalancerArn"]

    def left() -> dict[str, str]:
        assert stack.destroy().status == "DELETE_FAILED"
        return {one["LogicalResourceId"]: one["ResourceStatus"] for one in stack.resources}

    # The VPC is not even tried while its subnet is there.
    assert left() == {"Private0": "DELETE_FAILED", "Vpc": "CREATE_COMPLETE"}
    cloud.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    assert left() == {"Vpc": "DELETE_FAILED"}
    cloud.ec2.delete_security_group(GroupId=group)
    assert stack.destroy().status == "DELETE_COMPLETE"


ORDERS = {
    "belong to different networks": ("PublicRoute", "Attachment"),
    "has no Internet gateway attached": ("Nat", "Attachment"),
}


@pytest.mark.parametrize("words", ORDERS)
def test_a_forgotten_edge_shows(cloud: Cloud, words: str) -> None:
    """A route and a NAT gateway need the internet gateway attached first."""
    first, then = ORDERS[words]
    resources = {**network(40), "Eip": resource("EC2::EIP")}
    resources["PublicRoute"]["DependsOn"] = [] if first == "PublicRoute" else [then]
    if first == "Nat":
        address = att("Eip", "AllocationId")
        nat = resource("EC2::NatGateway", SubnetId=ref("Public0"), AllocationId=address)
        resources["Nat"] = nat
    resources[then]["DependsOn"] = [first]
    stack = cloud.deploy(resources)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert words in stack.reasons

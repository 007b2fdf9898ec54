"""What is in use can't be deleted, by the API as by CloudFormation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, att, ref
from tests.unit.local_aws.emulator.templates import network, resource


@pytest.fixture(scope="module")
def used(cloud: Cloud) -> Iterator[Stack]:
    """A network with a NAT gateway, and two groups of which one names the other."""
    stack = cloud.deploy(
        {
            **network(50),
            "Eip": resource("EC2::EIP"),
            "Nat": resource(
                "EC2::NatGateway",
                "Attachment",
                SubnetId=ref("Public0"),
                AllocationId=att("Eip", "AllocationId"),
            ),
            "Named": resource("EC2::SecurityGroup", VpcId=ref("Vpc"), GroupDescription="n"),
            "Naming": resource(
                "EC2::SecurityGroup",
                VpcId=ref("Vpc"),
                GroupDescription="n",
                SecurityGroupIngress=[
                    {"IpProtocol": "-1", "SourceSecurityGroupId": att("Named", "GroupId")}
                ],
            ),
        }
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    yield stack
    assert stack.destroy().status == "DELETE_COMPLETE", stack.reasons


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        (
            "delete_subnet",
            {"SubnetId": "Public0"},
            "The subnet '{Public0}' has dependencies and cannot be deleted.",
        ),
        (
            "delete_security_group",
            {"GroupId": "Named"},
            "resource {Named} has a dependent object",
        ),
        (
            "delete_vpc",
            {"VpcId": "Vpc"},
            "The vpc '{Vpc}' has dependencies and cannot be deleted.",
        ),
        (
            "delete_route_table",
            {"RouteTableId": "PublicTable"},
            "The routeTable '{PublicTable}' has dependencies and cannot be deleted.",
        ),
        (
            "delete_internet_gateway",
            {"InternetGatewayId": "Gateway"},
            "The internetGateway '{Gateway}' has dependencies and cannot be deleted.",
        ),
        (
            "detach_internet_gateway",
            {"InternetGatewayId": "Gateway", "VpcId": "Vpc"},
            (
                "Network {Vpc} has some mapped public address(es). Please unmap those public "
                "address(es) before detaching the gateway."
            ),
        ),
    ],
)
def test_the_api_refuses_in_awss_words(
    cloud: Cloud, used: Stack, operation: str, parameters: dict[str, str], words: str
) -> None:
    names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in used.resources}
    arguments: dict[str, Any] = {key: names[name] for key, name in parameters.items()}
    expected = ("DependencyViolation", words.format(**names))
    assert cloud.refusal("ec2", operation, **arguments) == expected


def test_a_leftover_keeps_the_network_from_going(cloud: Cloud) -> None:
    """What somebody put into the VPC blocks its subnet, then the VPC; the rest goes."""
    stack = cloud.deploy(network(51))
    group = cloud.ec2.create_security_group(
        GroupName="k8s-leftover", Description="left", VpcId=stack["Vpc"]
    )["GroupId"]
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


def test_a_target_group_in_use_stays(cloud: Cloud, base: Stack) -> None:
    elb = cloud.elbv2
    balancer = elb.create_load_balancer(
        Name="holds", Type="network", Scheme="internal", Subnets=[base["Private0"]]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(
        Name="held", Protocol="TCP", Port=80, VpcId=base["Vpc"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="TCP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    code, words = cloud.refusal("elbv2", "delete_target_group", TargetGroupArn=group)
    assert code == "ResourceInUse"
    assert words == f"Target group '{group}' is currently in use by a listener or a rule"
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    elb.delete_target_group(TargetGroupArn=group)

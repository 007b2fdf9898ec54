from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local_aws.emulator.cloud import Cloud, ref
from tests.unit.local_aws.emulator.templates import Resources, network, resource


def order(first: str, then: str) -> Resources:
    """A network in which an edge is the wrong way round."""
    resources = network(40)
    resources[first]["DependsOn"] = []
    resources[then]["DependsOn"] = [first]
    return resources


def test_a_route_needs_its_gateway_attached_first(cloud: Cloud) -> None:
    """The edge that is forgotten most often."""
    stack = cloud.deploy(order("PublicRoute", "Attachment"))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "belong to different networks" in stack.reasons


ROUTE = {"RouteTableId": ref("PublicTable"), "DestinationCidrBlock": "0.0.0.0/0"}


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({**ROUTE, "GatewayId": ref("Gateway")}, "route identified by 0.0.0.0/0 already exists"),
        ({**ROUTE, "NatGatewayId": "nat-0"}, "The natGateway ID 'nat-0' does not exist"),
        ({**ROUTE, "RouteTableId": "rtb-0"}, "The routeTable ID 'rtb-0' does not exist"),
    ],
)
def test_a_route_that_ec2_refuses(cloud: Cloud, properties: dict[str, Any], words: str) -> None:
    resources = {**network(41), "Again": resource("EC2::Route", "PublicRoute", **properties)}
    stack = cloud.deploy(resources)
    assert stack.status == "ROLLBACK_COMPLETE", stack.reasons
    assert words in stack.reasons


@pytest.mark.parametrize("kind", ["EC2::RouteTable", "EC2::SecurityGroup", "EC2::VPCEndpoint"])
def test_what_belongs_to_a_vpc_needs_one(cloud: Cloud, kind: str) -> None:
    more = {"ServiceName": "s3"} if kind.endswith("Endpoint") else {}
    more |= {"GroupDescription": "g"} if kind.endswith("Group") else {}
    stack = cloud.deploy({"One": resource(kind, VpcId="vpc-0", **more)})
    assert "The vpc ID 'vpc-0' does not exist" in stack.reasons


def test_an_interface_endpoint_is_in_its_subnets(cloud: Cloud) -> None:
    endpoint = resource(
        "EC2::VPCEndpoint",
        VpcId=ref("Vpc"),
        ServiceName="com.amazonaws.eu-central-1.sts",
        VpcEndpointType="Interface",
        SubnetIds=[ref("Private0"), ref("Private1")],
        SecurityGroupIds=[ref("Group")],
    )
    group = resource("EC2::SecurityGroup", VpcId=ref("Vpc"), GroupDescription="g")
    resources = {**network(42), "Endpoint": endpoint, "Group": group}
    stack = cloud.deploy(resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons

    def subnets() -> list[str]:
        return sorted(one["SubnetId"] for one in cloud.interfaces("Groups", stack["Group"]))

    assert subnets() == sorted([stack["Private0"], stack["Private1"]])
    endpoint["Properties"]["SubnetIds"] = [ref("Private1")]
    stack = stack.update(resources)
    assert subnets() == [stack["Private1"]]
    cloud.ec2.delete_vpc_endpoints(VpcEndpointIds=[stack["Endpoint"]])
    assert subnets() == []
    assert stack.drift()["Endpoint"] == "DELETED"
    assert stack.destroy().status == "DELETE_COMPLETE"

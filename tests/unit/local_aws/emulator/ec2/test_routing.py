from __future__ import annotations

from tests.unit.local_aws.emulator.cloud import Cloud, ref
from tests.unit.local_aws.emulator.templates import network, resource

ROUTE = {"RouteTableId": ref("PublicTable"), "DestinationCidrBlock": "0.0.0.0/0"}


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

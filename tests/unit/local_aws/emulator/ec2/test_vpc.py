from __future__ import annotations

from typing import Any

from tests.unit.local_aws.emulator.cloud import Cloud, att, ref
from tests.unit.local_aws.emulator.templates import resource

VPC = resource("EC2::VPC", CidrBlock="10.30.0.0/16")


def subnet(block: object, *after: str, **more: object) -> dict[str, Any]:
    return resource("EC2::Subnet", *after, VpcId=ref("Vpc"), CidrBlock=block, **more)


def parameter(value: object) -> dict[str, Any]:
    return resource("SSM::Parameter", Type="String", Value=value)


def test_attributes_are_those_of_aws(cloud: Cloud) -> None:
    stack = cloud.deploy(
        {
            "Vpc": VPC,
            "Subnet": subnet("10.30.0.0/24"),
            "Block": parameter(att("Vpc", "CidrBlock")),
            "SubnetBlock": parameter(att("Subnet", "CidrBlock")),
            "SubnetVpc": parameter(att("Subnet", "VpcId")),
        }
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    values = {
        name: cloud.ssm.get_parameter(Name=stack[name])["Parameter"]["Value"]
        for name in ("Block", "SubnetBlock", "SubnetVpc")
    }
    assert values == {
        "Block": "10.30.0.0/16",
        "SubnetBlock": "10.30.0.0/24",
        "SubnetVpc": stack["Vpc"],
    }
    stack.destroy()


def test_a_later_block_takes_subnets_and_stays_while_it_has_them(cloud: Cloud) -> None:
    resources = {
        "Vpc": VPC,
        "Pods": resource("EC2::VPCCidrBlock", VpcId=ref("Vpc"), CidrBlock="100.64.0.0/16"),
        "Subnet": subnet("100.64.0.0/26", "Pods", MapPublicIpOnLaunch=True),
    }
    stack = cloud.deploy(resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    (found,) = cloud.ec2.describe_subnets(SubnetIds=[stack["Subnet"]])["Subnets"]
    assert found["AvailableIpAddressCount"] == 64 - 5
    assert found["MapPublicIpOnLaunch"] is True

    # A setting that is no longer asked for is off again.
    del resources["Subnet"]["Properties"]["MapPublicIpOnLaunch"]
    stack = stack.update(resources)
    (found,) = cloud.ec2.describe_subnets(SubnetIds=[stack["Subnet"]])["Subnets"]
    assert found["MapPublicIpOnLaunch"] is False

    # Another block replaces, and the old one is still in use by then.
    resources["Pods"]["Properties"]["CidrBlock"] = "100.65.0.0/16"
    stack = stack.update(resources)
    assert stack.status == "UPDATE_COMPLETE"
    assert "has dependencies and cannot be disassociated" in stack.reasons
    assert stack.destroy().status == "DELETE_COMPLETE"


def test_a_subnet_takes_its_place_in_a_route_table_along(cloud: Cloud) -> None:
    table = resource("EC2::RouteTable", VpcId=ref("Vpc"))
    place = resource(
        "EC2::SubnetRouteTableAssociation", RouteTableId=ref("Table"), SubnetId=ref("A")
    )
    stack = cloud.deploy({"Vpc": VPC, "A": subnet("10.30.0.0/24"), "Table": table, "Place": place})
    cloud.ec2.delete_subnet(SubnetId=stack["A"])
    cloud.ec2.delete_route_table(RouteTableId=stack["Table"])
    assert stack.destroy().status == "DELETE_COMPLETE"

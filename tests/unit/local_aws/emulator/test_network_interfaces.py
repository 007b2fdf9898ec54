from __future__ import annotations

import ipaddress

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, arn, ref
from tests.unit.local_aws.emulator.templates import network, resource


def found(cloud: Cloud, name: str, *values: str) -> list[dict[str, object]]:
    interfaces: list[dict[str, object]] = cloud.ec2.describe_network_interfaces(
        Filters=[{"Name": name, "Values": list(values)}]
    )["NetworkInterfaces"]
    return interfaces


def test_interfaces_are_found_by_what_they_are_and_where(cloud: Cloud, base: Stack) -> None:
    balancer = cloud.elbv2.create_load_balancer(
        Name="filtered", Type="network", Scheme="internal", Subnets=[base["Private1"]]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    words = f"ELB {balancer.split('loadbalancer/')[1]}"
    (one,) = found(cloud, "description", words)
    assert one["SubnetId"] == base["Private1"]
    assert one in found(cloud, "vpc-id", base["Vpc"])
    assert one in found(cloud, "subnet-id", base["Private1"])
    assert one not in found(cloud, "subnet-id", base["Private0"])
    assert one in found(cloud, "interface-type", "network_load_balancer")
    assert found(cloud, "group-id", "sg-0") == []
    address = ipaddress.ip_address(str(one["PrivateIpAddress"]))
    assert address in ipaddress.ip_network("10.0.3.0/24")
    code, _ = cloud.refusal(
        "ec2", "delete_network_interface", NetworkInterfaceId=one["NetworkInterfaceId"]
    )
    assert code == "InvalidParameterValue"
    cloud.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    assert found(cloud, "description", words) == []


def test_a_subnet_without_free_addresses_is_full(cloud: Cloud) -> None:
    """A /28 has eleven: nodes fill it, and the twelfth finds no place; nothing is left behind."""
    resources = network(55)
    resources["Small"] = resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.55.100.0/28")
    stack = cloud.deploy(resources)
    for index in range(11):
        cloud.elbv2.create_load_balancer(
            Name=f"fills-{index}", Type="network", Scheme="internal", Subnets=[stack["Small"]]
        )
    (subnet,) = cloud.ec2.describe_subnets(SubnetIds=[stack["Small"]])["Subnets"]
    assert subnet["AvailableIpAddressCount"] == 0
    code, _ = cloud.refusal(
        "elbv2",
        "create_load_balancer",
        Name="too-many",
        Type="network",
        Scheme="internal",
        Subnets=[stack["Small"], stack["Private1"]],
    )
    assert code == "InsufficientFreeAddressesInSubnet"
    (subnet,) = cloud.ec2.describe_subnets(SubnetIds=[stack["Private1"]])["Subnets"]
    assert subnet["AvailableIpAddressCount"] == 251


def test_a_function_in_a_vpc_has_interfaces_until_it_goes(cloud: Cloud, base: Stack) -> None:
    group = resource("EC2::SecurityGroup", VpcId=base["Vpc"], GroupDescription="g")
    function = resource(
        "Lambda::Function",
        Role=arn(base["FunctionRole"]),
        Code={"ZipFile": "def handler(event, context): pass"},
        Handler="index.handler",
        Runtime="python3.12",
        VpcConfig={
            "SubnetIds": [base["Private0"], base["Private1"]],
            "SecurityGroupIds": [ref("Group")],
        },
    )
    resources = {"Group": group, "Function": function}
    stack = cloud.deploy(resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    interfaces = found(cloud, "group-id", stack["Group"])
    assert len(interfaces) == 2
    assert {str(one["Description"])[:19] for one in interfaces} == {"AWS Lambda VPC ENI-"}
    config = cloud.client("lambda").get_function_configuration(FunctionName=stack["Function"])
    assert config["VpcConfig"]["VpcId"] == base["Vpc"]
    _, words = cloud.refusal("ec2", "delete_security_group", GroupId=stack["Group"])
    assert words == f"resource {stack['Group']} has a dependent object"
    del function["Properties"]["VpcConfig"]
    stack = stack.update(resources)
    assert found(cloud, "group-id", stack["Group"]) == []
    assert stack.destroy().status == "DELETE_COMPLETE"

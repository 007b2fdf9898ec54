"""Network interfaces of services keep subnets and security groups in use."""

from __future__ import annotations

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, ref
from tests.unit.local_aws.emulator.templates import function, network, resource


def test_a_subnet_without_free_addresses_is_full(cloud: Cloud) -> None:
    """A /28 has eleven: the twelfth finds no place, and nothing of it is left behind."""
    resources = network(55)
    resources["Small"] = resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.55.100.0/28")
    stack = cloud.deploy(resources)
    small, balancer = stack["Small"], {"Type": "network", "Scheme": "internal"}
    for index in range(11):
        cloud.elbv2.create_load_balancer(Name=f"fills-{index}", Subnets=[small], **balancer)
    assert free(cloud, small) == 0
    wanted = {"Name": "too-many", "Subnets": [stack["Private1"], small], **balancer}
    code, _ = cloud.refusal("elbv2", "create_load_balancer", **wanted)
    assert code == "InsufficientFreeAddressesInSubnet"
    assert free(cloud, stack["Private1"]) == 256 - 5


def free(cloud: Cloud, subnet_id: str) -> int:
    (subnet,) = cloud.ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
    return int(subnet["AvailableIpAddressCount"])


def test_a_function_in_a_vpc_has_interfaces_until_it_goes(cloud: Cloud, base: Stack) -> None:
    group = resource("EC2::SecurityGroup", VpcId=base["Vpc"], GroupDescription="g")
    vpc = {"SubnetIds": [base["Private0"], base["Private1"]], "SecurityGroupIds": [ref("Group")]}
    resources = {"Group": group, "Function": function(base, VpcConfig=vpc)}
    stack = cloud.create(resources)
    assert len(cloud.interfaces("Groups", stack["Group"])) == 2
    config = cloud.client("lambda").get_function_configuration(FunctionName=stack["Function"])
    assert config["VpcConfig"]["VpcId"] == base["Vpc"]
    _, words = cloud.refusal("ec2", "delete_security_group", GroupId=stack["Group"])
    assert words == f"resource {stack['Group']} has a dependent object"
    del resources["Function"]["Properties"]["VpcConfig"]
    stack = stack.update(resources)
    assert cloud.interfaces("Groups", stack["Group"]) == []
    assert stack.destroy().status == "DELETE_COMPLETE"

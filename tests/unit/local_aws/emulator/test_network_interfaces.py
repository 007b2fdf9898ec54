"""Network interfaces of services keep subnets and security groups in use."""

from __future__ import annotations

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, ref
from tests.unit.local_aws.emulator.templates import function, network, resource


def test_a_subnet_without_free_addresses_is_full(cloud: Cloud) -> None:
    """A /28 has eleven: the twelfth finds no place, and nothing of it is left behind."""
    resources = network(55)
    resources["Small"] = resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.55.100.0/28")
    stack = cloud.deploy(resources)
    balancer = {"Type": "network", "Scheme": "internal"}
    for index in range(11):
        cloud.elbv2.create_load_balancer(
            Name=f"fills-{index}", Subnets=[stack["Small"]], **balancer
        )
    assert free(cloud, stack["Small"]) == 0
    code, _ = cloud.refusal(
        "elbv2",
        "create_load_balancer",
        Name="too-many",
        Subnets=[stack["Private1"], stack["Small"]],
        **balancer,
    )
    assert code == "InsufficientFreeAddressesInSubnet"
    assert free(cloud, stack["Private1"]) == 256 - 5


def free(cloud: Cloud, subnet_id: str) -> int:
    (subnet,) = cloud.ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
    return int(subnet["AvailableIpAddressCount"])


def test_a_function_in_a_vpc_has_interfaces_until_it_goes(cloud: Cloud, base: Stack) -> None:
    group = resource("EC2::SecurityGroup", VpcId=base["Vpc"], GroupDescription="g")
    vpc = {
        "SubnetIds": [base["Private0"], base["Private1"]],
        "SecurityGroupIds": [ref("Group")],
    }
    placed = function(base, VpcConfig=vpc)
    resources = {"Group": group, "Function": placed}
    stack = cloud.deploy(resources)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    assert len(cloud.interfaces("Groups", stack["Group"])) == 2
    config = cloud.client("lambda").get_function_configuration(FunctionName=stack["Function"])
    assert config["VpcConfig"]["VpcId"] == base["Vpc"]
    _, words = cloud.refusal("ec2", "delete_security_group", GroupId=stack["Group"])
    assert words == f"resource {stack['Group']} has a dependent object"
    del placed["Properties"]["VpcConfig"]
    stack = stack.update(resources)
    assert cloud.interfaces("Groups", stack["Group"]) == []
    assert stack.destroy().status == "DELETE_COMPLETE"

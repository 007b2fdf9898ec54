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


def test_a_load_balancer_takes_its_listeners_and_interfaces_along(
    cloud: Cloud, base: Stack
) -> None:
    """Then its group and targets are free."""
    elb, subnets = cloud.elbv2, [base["Public0"], base["Public1"]]
    group = cloud.new_group(base["Vpc"])
    made = elb.create_load_balancer(
        Name="whole", Type="network", Subnets=subnets, SecurityGroups=[group]
    )["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    assert made["DNSName"].endswith(".elb.eu-central-1.amazonaws.com")
    assert (made["Type"], made["VpcId"]) == ("network", base["Vpc"])
    assert [(one["ZoneName"], one["SubnetId"]) for one in made["AvailabilityZones"]] == [
        ("eu-central-1a", subnets[0]),
        ("eu-central-1b", subnets[1]),
    ]
    interfaces = cloud.interfaces("Groups", group)
    assert {one["Description"] for one in interfaces} == {f"ELB {arn.split('balancer/')[1]}"}
    targets = elb.create_target_group(
        Name="whole", Protocol="TCP", Port=80, VpcId=base["Vpc"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": targets}]
    elb.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=443, DefaultActions=forward)
    code, _ = cloud.refusal("elbv2", "delete_target_group", TargetGroupArn=targets)
    assert code == "ResourceInUse"
    elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.delete_target_group(TargetGroupArn=targets)
    cloud.ec2.delete_security_group(GroupId=group)


def test_one_for_the_internet_needs_a_gateway(cloud: Cloud) -> None:
    vpc = cloud.ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnet = cloud.ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.0.0/24")["Subnet"]["SubnetId"]
    code, words = cloud.refusal(
        "elbv2", "create_load_balancer", Name="no-way-out", Type="network", Subnets=[subnet]
    )
    assert (code, words) == ("InvalidSubnet", f"VPC {vpc} has no internet gateway")

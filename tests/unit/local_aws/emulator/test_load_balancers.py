from __future__ import annotations

from tests.unit.local_aws.emulator.cloud import Cloud, Stack


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

from __future__ import annotations

from typing import Any

from tests.unit.local_aws.emulator.cloud import Cloud, Stack


def create(cloud: Cloud, **more: object) -> dict[str, Any]:
    found: dict[str, Any] = cloud.elbv2.create_load_balancer(**more)["LoadBalancers"][0]
    return found


def test_a_network_load_balancer_is_one_in_every_detail(cloud: Cloud, base: Stack) -> None:
    group = cloud.ec2.create_security_group(
        GroupName="of-a-balancer", Description="d", VpcId=base["Vpc"]
    )["GroupId"]
    subnets = [base["Public0"], base["Public1"]]
    made = create(
        cloud,
        Name="whole",
        Type="network",
        Scheme="internet-facing",
        Subnets=subnets,
        SecurityGroups=[group],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    balancer = made["LoadBalancerArn"]
    assert ":loadbalancer/net/whole/" in balancer
    assert made["DNSName"].endswith(".elb.eu-central-1.amazonaws.com")

    assert made["Type"] == "network"
    assert made["VpcId"] == base["Vpc"]
    assert made["SecurityGroups"] == [group]
    assert [(one["ZoneName"], one["SubnetId"]) for one in made["AvailabilityZones"]] == [
        ("eu-central-1a", subnets[0]),
        ("eu-central-1b", subnets[1]),
    ]
    (tags,) = cloud.elbv2.describe_tags(ResourceArns=[balancer])["TagDescriptions"]
    assert tags["Tags"] == [{"Key": "a", "Value": "b"}]

    interfaces = cloud.interfaces("Groups", group)
    assert {one["Description"] for one in interfaces} == {f"ELB {balancer.split('balancer/')[1]}"}

    targets = cloud.elbv2.create_target_group(
        Name="whole", Protocol="TCP", Port=80, VpcId=base["Vpc"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": targets}]
    listener = {
        "LoadBalancerArn": balancer,
        "Protocol": "TCP",
        "Port": 443,
        "DefaultActions": forward,
    }
    (made_listener,) = cloud.elbv2.create_listener(**listener)["Listeners"]
    assert ":listener/net/whole/" in made_listener["ListenerArn"]
    (described,) = cloud.elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    assert described == made_listener
    (rule,) = cloud.elbv2.describe_rules(ListenerArn=described["ListenerArn"])["Rules"]
    assert ":listener-rule/net/whole/" in rule["RuleArn"]

    # It takes its listeners and interfaces along; then its group and targets are free.
    cloud.elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    cloud.elbv2.delete_target_group(TargetGroupArn=targets)
    cloud.ec2.delete_security_group(GroupId=group)


def test_one_for_the_internet_needs_a_gateway(cloud: Cloud) -> None:
    vpc = cloud.ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnet = cloud.ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.0.0/24")["Subnet"]["SubnetId"]
    code, words = cloud.refusal(
        "elbv2", "create_load_balancer", Name="no-way-out", Type="network", Subnets=[subnet]
    )
    assert (code, words) == ("InvalidSubnet", f"VPC {vpc} has no internet gateway")

"""What is special about the resources of a network, beyond their lives and refusals."""

from __future__ import annotations

from typing import Any

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, ref
from tests.unit.local_aws.emulator.templates import Resources, named, network, resource

TAGS = [{"Key": "team", "Value": "a"}]
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
INSIDE = {**HTTPS, "CidrIp": "10.0.0.0/8", "Description": "inside"}


def with_nat(second_octet: int, subnet: str = "Public0", **more: object) -> Resources:
    found = named("nat")
    found["Nat"]["Properties"].update(more, SubnetId=ref(subnet))
    found["Eip"]["Properties"].update(more)
    return {**network(second_octet), **found}


def nat_of(cloud: Cloud, stack: Stack) -> dict[str, Any]:
    (found,) = cloud.ec2.describe_nat_gateways(NatGatewayIds=[stack["Nat"]])["NatGateways"]
    return dict(found)


def test_a_nat_gateway_has_the_address_and_an_interface(cloud: Cloud) -> None:
    stack = cloud.create(with_nat(20, Tags=TAGS))
    nat = nat_of(cloud, stack)
    (interface,) = cloud.interfaces("Description", f"NAT Gateway {stack['Nat']}")
    assert interface["PrivateIpAddress"] == "10.20.0.4"
    assert {"Key": "team", "Value": "a"} in nat["Tags"]

    # Tags change in place.
    nat_id = stack["Nat"]
    changed = stack.update(with_nat(20, Tags=[{"Key": "team", "Value": "b"}]))
    assert changed.status == "UPDATE_COMPLETE", changed.reasons
    assert changed["Nat"] == nat_id
    assert {"Key": "team", "Value": "b"} in nat_of(cloud, changed)["Tags"]

    gone = changed["Eip"]
    assert changed.destroy().status == "DELETE_COMPLETE"
    addresses = cloud.ec2.describe_addresses()["Addresses"]
    assert gone not in [one["PublicIp"] for one in addresses]


def test_another_subnet_replaces_and_meets_the_address_in_use(cloud: Cloud) -> None:
    """The new gateway comes before the old one goes, and an address serves one."""
    stack = cloud.deploy(with_nat(21))
    before = stack["Nat"]
    stack = stack.update(with_nat(21, "Public1"))
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "is already associated" in stack.reasons
    assert nat_of(cloud, stack)["State"] == "available"
    assert stack["Nat"] == before
    stack.destroy()


def group(base: Stack, **more: object) -> dict[str, Any]:
    return resource("EC2::SecurityGroup", GroupDescription="g", VpcId=base["Vpc"], **more)


def ingress(cloud: Cloud, group_id: str) -> list[dict[str, Any]]:
    (found,) = cloud.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    rules: list[dict[str, Any]] = found["IpPermissions"]
    return rules


def test_the_rules_of_a_group_change_in_place_and_go_back(cloud: Cloud, base: Stack) -> None:
    """What somebody else added stays; a group without egress rules lets everything out."""
    stack = cloud.deploy({"A": group(base, SecurityGroupIngress=[INSIDE])})
    group_id = stack["A"]
    rule = {**HTTPS, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
    cloud.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[rule])
    assert stack.drift() == {"A": "MODIFIED"}
    closed = {"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}
    other = {**INSIDE, "CidrIp": "172.16.0.0/12"}
    changed = {"A": group(base, SecurityGroupIngress=[other], SecurityGroupEgress=[closed])}
    wrong = resource("EC2::SecurityGroupIngress", "A", GroupId="sg-0", **HTTPS)
    stack = stack.update({**changed, "Wrong": wrong})
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    blocks = [r["CidrIp"] for rule in ingress(cloud, group_id) for r in rule["IpRanges"]]
    assert sorted(blocks) == ["10.0.0.0/8", "192.0.2.0/24"]
    (found,) = cloud.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    assert [rule["IpProtocol"] for rule in found["IpPermissionsEgress"]] == ["-1"]

    stack = stack.update(changed)
    assert stack["A"] == group_id
    blocks = [r["CidrIp"] for rule in ingress(cloud, group_id) for r in rule["IpRanges"]]
    assert sorted(blocks) == ["172.16.0.0/12", "192.0.2.0/24"]
    stack.destroy()


def test_a_rule_is_revoked_by_the_group_that_it_names(cloud: Cloud, base: Stack) -> None:
    """Its description and the group's owner are no part of the question."""
    ids = [cloud.new_group(base["Vpc"]) for _ in range(2)]
    described = {**HTTPS, "UserIdGroupPairs": [{"GroupId": ids[1], "Description": "a reason"}]}
    cloud.ec2.authorize_security_group_ingress(GroupId=ids[0], IpPermissions=[described])
    bare = {**HTTPS, "UserIdGroupPairs": [{"GroupId": ids[1], "UserId": "111122223333"}]}
    cloud.ec2.revoke_security_group_ingress(GroupId=ids[0], IpPermissions=[bare])
    assert ingress(cloud, ids[0]) == []
    for group_id in ids:
        cloud.ec2.delete_security_group(GroupId=group_id)


def test_an_interface_endpoint_is_in_its_subnets(cloud: Cloud) -> None:
    resources = {**network(42), **named("endpoint")}
    stack = cloud.create(resources)

    def subnets() -> list[str]:
        return sorted(one["SubnetId"] for one in cloud.interfaces("Groups", stack["Group"]))

    assert subnets() == sorted([stack["Private0"], stack["Private1"]])
    resources["Endpoint"]["Properties"]["SubnetIds"] = [ref("Private1")]
    stack = stack.update(resources)
    assert subnets() == [stack["Private1"]]
    cloud.ec2.delete_vpc_endpoints(VpcEndpointIds=[stack["Endpoint"]])
    assert subnets() == []
    assert stack.drift()["Endpoint"] == "DELETED"
    assert stack.destroy().status == "DELETE_COMPLETE"

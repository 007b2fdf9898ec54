"""How subnets lie; what a deploy fills in is no breach."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.guardrails.environments import of_resources
from tests.unit.guardrails.rules.objects import findings, values

PARAMETER = {"Ref": "Param"}


def subnets(*cidrs: object, vpc: object = "10.0.0.0/16", **more: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return an environment of a VPC with subnets of these ranges."""
    made = {
        f"Subnet{n}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": cidr},
        }
        for n, cidr in enumerate(cidrs)
    }
    network = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": vpc}}
    return of_resources(Vpc=network, **made, **more)


@pytest.mark.parametrize(
    ("cidrs", "overlapping"),
    [
        (["10.0.0.0/24", "10.0.1.0/24"], []),
        (["10.0.0.0/24", "10.0.0.128/28"], ["10.0.0.128/28"]),
        (["10.0.0.16/28", "10.0.4.0/24", "10.0.0.0/20"], ["10.0.0.16/28", "10.0.4.0/24"]),
        (["10.0.0.0/24", PARAMETER, None, "text"], []),
    ],
)
def test_subnets_do_not_overlap(cidrs: list[object], overlapping: list[str]) -> None:
    """Also those that are far apart in the template."""
    assert values("NET2", subnets(*cidrs)) == overlapping


@pytest.mark.parametrize(
    ("cidr", "vpc", "outside"),
    [
        ("10.0.0.0/24", "10.0.0.0/16", []),
        ("10.1.0.0/24", "10.0.0.0/16", ["10.1.0.0/24"]),
        ("10.1.0.0/24", PARAMETER, []),
        (PARAMETER, "10.0.0.0/16", []),
        ("10.0.0.0/29", "10.0.0.0/16", ["10.0.0.0/29"]),
        ("10.0.0.0/16", "10.0.0.0/15", ["10.0.0.0/15"]),
    ],
)
def test_a_subnet_is_in_its_vpc(cidr: object, vpc: object, outside: list[str]) -> None:
    """In a range that is known."""
    assert values("NET3", subnets(cidr, vpc=vpc)) == outside


def test_a_secondary_range_comes_first() -> None:
    """It is a resource of its own."""
    added: dict[str, Any] = {
        "Type": "AWS::EC2::VPCCidrBlock",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "100.64.0.0/16"},
    }
    made = subnets("100.64.0.0/24", Range=added)
    assert values("NET3", made) == []
    assert values("NET7", made) == ["Range"]
    added["Properties"]["CidrBlock"] = "100.64.0.0/10"
    found = findings("NET3", subnets("100.64.0.0/24", Range=added))
    assert [(each.resource.logical_id, each.value) for each in found] == [
        ("Range", "100.64.0.0/10")
    ]


@pytest.mark.parametrize(
    ("zones", "found"),
    [
        (["eu-west-1a", "eu-west-1a"], ["eu-west-1a"]),
        (["eu-west-1a", "eu-west-1b"], []),
        ([{"Fn::Select": [0, {"Fn::GetAZs": ""}]}, {"Fn::Select": [1, {"Fn::GetAZs": ""}]}], []),
        # EC2 chooses.
        ([None, None], []),
    ],
)
def test_a_cluster_is_in_two_zones(zones: list[object], found: list[str]) -> None:
    """By whatever makes their names."""
    made = {
        f"Subnet{n}": {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": zone}}
        for n, zone in enumerate(zones)
    }
    cluster = {
        "Type": "AWS::EKS::Cluster",
        "Properties": {"ResourcesVpcConfig": {"SubnetIds": [{"Ref": name} for name in made]}},
    }
    assert values("NET1", of_resources(Cluster=cluster, **made)) == found


@pytest.mark.parametrize(
    ("kind", "leading", "equal", "found"),
    [
        ("AWS::EC2::Route", "RouteTableId", {"DestinationCidrBlock": "0.0.0.0/0"}, ["0.0.0.0/0"]),
        ("AWS::EC2::Route", "RouteTableId", {"DestinationPrefixListId": "pl-1"}, []),
        ("AWS::EC2::SubnetRouteTableAssociation", "SubnetId", {}, ["Target"]),
        ("AWS::EC2::SubnetNetworkAclAssociation", "SubnetId", {}, ["Target"]),
    ],
)
def test_some_things_are_there_once(
    kind: str, leading: str, equal: dict[str, str], found: list[str]
) -> None:
    """EC2 refuses the second one."""
    one = {"Type": kind, "Properties": {leading: {"Ref": "Target"}, **equal}}
    target = {"Type": "AWS::EC2::Anything"}
    assert values("NET9", of_resources(Target=target, One=one, Two=one)) == found

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, att
from tests.unit.local_aws.emulator.templates import resource

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
INSIDE = {**HTTPS, "CidrIp": "10.0.0.0/8", "Description": "inside"}


def group(base: Stack, **more: object) -> dict[str, Any]:
    return resource("EC2::SecurityGroup", GroupDescription="g", VpcId=base["Vpc"], **more)


def ingress(cloud: Cloud, group_id: str) -> list[dict[str, Any]]:
    (found,) = cloud.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    rules: list[dict[str, Any]] = found["IpPermissions"]
    return rules


@pytest.mark.parametrize(
    ("kind", "peer", "store"),
    [
        ("Ingress", "SourceSecurityGroupId", "IpPermissions"),
        ("Egress", "DestinationSecurityGroupId", "IpPermissionsEgress"),
    ],
)
def test_a_rule_beside_its_group(
    cloud: Cloud, base: Stack, kind: str, peer: str, store: str
) -> None:
    """It is no drift of a group that has rules of its own."""
    first = group(base, SecurityGroupIngress=[INSIDE], SecurityGroupEgress=[INSIDE])
    rule = resource(
        f"EC2::SecurityGroup{kind}",
        GroupId=att("A", "GroupId"),
        **{peer: att("B", "GroupId")},
        Description="one",
        **HTTPS,
    )
    stack = cloud.deploy({"A": first, "B": group(base), "Rule": rule})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    rule_id = stack["Rule"]
    assert rule_id.startswith("sgr-")

    def found() -> list[tuple[str, str]]:
        described = cloud.ec2.describe_security_groups(GroupIds=[stack["A"]])
        return [
            (pair["GroupId"], pair["Description"])
            for one in described["SecurityGroups"][0][store]
            for pair in one["UserIdGroupPairs"]
        ]

    assert found() == [(stack["B"], "one")]
    rule["Properties"]["Description"] = "two"
    changed = stack.update({"A": first, "B": group(base), "Rule": rule})
    assert changed["Rule"] == rule_id
    assert found() == [(stack["B"], "two")]
    rule["Properties"]["ToPort"] = 444
    changed = changed.update({"A": first, "B": group(base), "Rule": rule})
    assert changed.status == "UPDATE_COMPLETE", changed.reasons
    assert changed["Rule"] != rule_id
    assert found() == [(stack["B"], "two")]
    assert set(changed.drift().values()) == {"IN_SYNC"}
    assert changed.destroy().status == "DELETE_COMPLETE"


def test_the_rules_of_a_group_change_in_place_and_go_back(cloud: Cloud, base: Stack) -> None:
    """What somebody else added stays; a group without egress rules lets everything out."""
    stack = cloud.deploy({"A": group(base, SecurityGroupIngress=[INSIDE])})
    group_id = stack["A"]
    cloud.ec2.authorize_security_group_ingress(
        GroupId=group_id,
        IpPermissions=[{**HTTPS, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}],
    )
    assert stack.drift() == {"A": "MODIFIED"}
    closed = {"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}
    changed = {
        "A": group(
            base,
            SecurityGroupIngress=[{**INSIDE, "CidrIp": "172.16.0.0/12"}],
            SecurityGroupEgress=[closed],
        )
    }
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


def test_another_description_replaces_the_group(cloud: Cloud, base: Stack) -> None:
    stack = cloud.deploy({"A": group(base)})
    before = stack["A"]
    other = group(base)
    other["Properties"]["GroupDescription"] = "other"
    assert stack.update({"A": other})["A"] != before
    stack.destroy()


def test_a_rule_is_revoked_by_the_group_that_it_names(cloud: Cloud, base: Stack) -> None:
    """Its description and the group's owner are no part of the question."""
    ids = [
        cloud.ec2.create_security_group(GroupName=name, Description="-", VpcId=base["Vpc"])[
            "GroupId"
        ]
        for name in ("one", "other")
    ]
    described = {**HTTPS, "UserIdGroupPairs": [{"GroupId": ids[1], "Description": "a reason"}]}
    cloud.ec2.authorize_security_group_ingress(GroupId=ids[0], IpPermissions=[described])
    bare = {**HTTPS, "UserIdGroupPairs": [{"GroupId": ids[1], "UserId": "111122223333"}]}
    cloud.ec2.revoke_security_group_ingress(GroupId=ids[0], IpPermissions=[bare])
    assert ingress(cloud, ids[0]) == []
    for group_id in ids:
        cloud.ec2.delete_security_group(GroupId=group_id)

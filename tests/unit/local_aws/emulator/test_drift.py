"""Drift of each type that the templates have: something happens out of band, and is seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.local_aws.emulator.cloud import ACCOUNT, Cloud, Stack, att, ref
from tests.unit.local_aws.emulator.templates import ROLES, network, resource

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
OTHER = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Stack:
    key = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    resources = network(60)
    resources["Vpc"]["Properties"]["EnableDnsHostnames"] = True
    made = cloud.deploy(
        {
            **resources,
            "Tagged": resource(
                "EC2::Subnet",
                VpcId=ref("Vpc"),
                CidrBlock="10.60.100.0/24",
                Tags=[{"Key": "a", "Value": "b"}],
            ),
            "Role": ROLES["PodRole"],
            "Inline": resource(
                "IAM::Policy", PolicyName="inline", PolicyDocument=DOCUMENT, Roles=[ref("Role")]
            ),
            "Managed": resource("IAM::ManagedPolicy", PolicyDocument=DOCUMENT),
            "Key": resource("KMS::Key", KeyPolicy=key, Enabled=True),
            "Eip": resource("EC2::EIP", Tags=[{"Key": "a", "Value": "b"}]),
            "Template": resource("EC2::LaunchTemplate", LaunchTemplateData={"EbsOptimized": True}),
            "Group": resource(
                "EC2::SecurityGroup",
                VpcId=ref("Vpc"),
                GroupDescription="g",
                SecurityGroupIngress=[
                    {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "10.0.0.0/8"}
                ],
            ),
            "Nat": resource(
                "EC2::NatGateway",
                "Attachment",
                SubnetId=ref("Public1"),
                AllocationId=att("Eip", "AllocationId"),
            ),
        }
    )
    assert made.status == "CREATE_COMPLETE", made.reasons
    found = made.drift()
    assert set(found.values()) == {"IN_SYNC"}, found
    assert len(found) == len(made.resources)
    return made


def route(cloud: Cloud, stack: Stack) -> None:
    cloud.ec2.delete_route(RouteTableId=stack["PublicTable"], DestinationCidrBlock="0.0.0.0/0")


def association(cloud: Cloud, stack: Stack) -> None:
    cloud.ec2.disassociate_route_table(AssociationId=stack["PublicAssociation0"])


def rule(cloud: Cloud, stack: Stack) -> None:
    cloud.ec2.authorize_security_group_ingress(
        GroupId=stack["Group"],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )


def policy_version(cloud: Cloud, stack: Stack) -> None:
    cloud.iam.create_policy_version(
        PolicyArn=stack["Managed"], PolicyDocument=json.dumps(OTHER), SetAsDefault=True
    )


def address_tags(cloud: Cloud, stack: Stack) -> None:
    addresses = cloud.ec2.describe_addresses()["Addresses"]
    (one,) = [each for each in addresses if each["PublicIp"] == stack["Eip"]]
    cloud.ec2.create_tags(Resources=[one["AllocationId"]], Tags=[{"Key": "a", "Value": "c"}])


CHANGES: dict[str, tuple[str, Callable[[Any, Stack], object]]] = {
    "PublicRoute": ("DELETED", route),
    "PublicAssociation0": ("DELETED", association),
    "Group": ("MODIFIED", rule),
    "Managed": ("MODIFIED", policy_version),
    "Eip": ("MODIFIED", address_tags),
    "Nat": ("DELETED", lambda c, s: c.ec2.delete_nat_gateway(NatGatewayId=s["Nat"])),
    "Inline": (
        "MODIFIED",
        lambda c, s: c.iam.put_role_policy(
            RoleName=s["Role"], PolicyName="inline", PolicyDocument=json.dumps(OTHER)
        ),
    ),
    "Key": ("MODIFIED", lambda c, s: c.kms.disable_key(KeyId=s["Key"])),
    "Template": (
        "MODIFIED",
        lambda c, s: c.ec2.create_launch_template_version(
            LaunchTemplateId=s["Template"], LaunchTemplateData={"EbsOptimized": False}
        ),
    ),
    "Private1": ("DELETED", lambda c, s: c.ec2.delete_subnet(SubnetId=s["Private1"])),
    "Tagged": (
        "MODIFIED",
        lambda c, s: c.ec2.create_tags(
            Resources=[s["Tagged"]], Tags=[{"Key": "somebody", "Value": "was here"}]
        ),
    ),
    "Vpc": (
        "MODIFIED",
        lambda c, s: c.ec2.modify_vpc_attribute(
            VpcId=s["Vpc"], EnableDnsHostnames={"Value": False}
        ),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_happens_out_of_band_is_seen(cloud: Cloud, stack: Stack, name: str) -> None:
    expected, change = CHANGES[name]
    assert stack.drift()[name] == "IN_SYNC"
    change(cloud, stack)
    assert stack.drift()[name] == expected

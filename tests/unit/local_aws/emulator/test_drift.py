"""Drift of each type that the templates have: something happens out of band, and is seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.local_aws.emulator.cloud import ACCOUNT, Cloud, Stack, att, ref, resolved
from tests.unit.local_aws.emulator.templates import ROLES, network, resource

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
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
            "Endpoint": resource("EC2::VPCEndpoint", VpcId=ref("Vpc"), ServiceName="s3"),
            "Log": resource(
                "EC2::FlowLog", ResourceId=ref("Vpc"), ResourceType="VPC", TrafficType="ALL"
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


ROWS = json.loads(Path(__file__).with_name("drift.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ROWS)
def test_what_happens_out_of_band_is_seen(cloud: Cloud, stack: Stack, name: str) -> None:
    expected, service, operation, arguments = ROWS[name]
    assert stack.drift()[name] == "IN_SYNC"
    addresses = {one["PublicIp"]: one for one in cloud.ec2.describe_addresses()["Addresses"]}
    ids = {**stack.ids, "Allocation": addresses[stack["Eip"]]["AllocationId"]}
    getattr(cloud.client(service), operation)(**resolved(arguments, ids))
    assert stack.drift()[name] == expected

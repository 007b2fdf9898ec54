from __future__ import annotations

import subprocess
import sys

import pytest

from guardrails.step.change import replacement_of, values_at
from tests.support import ROOT, flight_mode


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("AWS::EKS::Cluster", "RoleArn"),
        ("AWS::EKS::Cluster", "KubernetesNetworkConfig/ServiceIpv4Cidr"),
        ("AWS::EKS::Nodegroup", "InstanceTypes"),
        ("AWS::EKS::FargateProfile", "Selectors"),
        ("AWS::EC2::Subnet", "CidrBlock"),
        ("AWS::Logs::LogGroup", "LogGroupName"),
        # No schema has it: the name is its physical id.
        ("Custom::LogGroup", "LogGroupName"),
    ],
)
def test_the_schemas_tell_what_replaces_a_resource(kind: str, path: str) -> None:
    """Those that cfn-lint ships are CloudFormation's own."""
    assert path in replacement_of(kind).always


def test_some_properties_replace_for_some_values_only() -> None:
    """Tenancy can be taken back to default, and nowhere else."""
    assert replacement_of("AWS::EC2::VPC").perhaps == ("InstanceTenancy",)


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        ("AWS::EKS::Cluster", ("Name",)),
        ("AWS::EKS::Nodegroup", ("NodegroupName",)),
        ("AWS::EKS::Addon", ("ClusterName", "AddonName")),
        ("AWS::IAM::Role", ("RoleName",)),
        ("AWS::IAM::OIDCProvider", ("Url",)),
        ("Custom::AWSCDKOpenIdConnectProvider", ("Url",)),
        ("AWS::EC2::TransitGatewayAttachment", ("TransitGatewayId", "VpcId")),
        ("AWS::IAM::ManagedPolicy", ("ManagedPolicyName",)),
        ("AWS::EC2::SecurityGroup", ("GroupName",)),
        ("AWS::EC2::Subnet", ("VpcId", "CidrBlock")),
        # Two versions of a layer may have one name; a VPC has none.
        ("AWS::Lambda::LayerVersion", ()),
        ("AWS::EC2::VPC", ()),
        ("Custom::AWSCDK-EKS-HelmChart", ()),
    ],
)
def test_a_name_can_be_taken(kind: str, identity: tuple[str, ...]) -> None:
    """It is the identifier, or what AWS wants to be unique beside one of its own."""
    assert replacement_of(kind).identity == identity


def test_some_types_are_deleted_first() -> None:
    """Their name is free by then."""
    assert replacement_of("AWS::EC2::SubnetRouteTableAssociation").deletes_first
    assert not replacement_of("AWS::EKS::Nodegroup").deletes_first


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("A", [{"B": 1}]),
        ("A/B", [1]),
        ("A/C", []),
        ("A/B/C", []),
        ("List/*/B", [1, 2]),
        ("List/B", []),
    ],
)
def test_a_path_leads_through_objects_and_lists(path: str, values: list[object]) -> None:
    """A star stands for every item."""
    assert values_at({"A": {"B": 1}, "List": [{"B": 1}, {"B": 2}, {}]}, path) == values


def test_a_synth_reads_no_schema() -> None:
    """cfn-lint takes two seconds to load, and is no dependency of the product."""
    program = (
        "import sys, datetime as dt\n"
        "from guardrails.catalogue import RULES\n"
        "from assembly.environment import Environment\n"
        "empty = Environment(name='Dev', stacks={}, today=dt.date(2026, 11, 25))\n"
        "for rule in RULES: list(rule.check(empty))\n"
        "print([name for name in sys.modules if name.startswith('cfnlint')])\n"
    )
    result = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=flight_mode(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert result.stdout.strip() == "[]"

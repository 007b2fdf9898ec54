from __future__ import annotations

import json
from typing import Any

import pytest

from assembly.kinds import MANIFEST
from tests.unit.guardrails.environments import of_resources
from tests.unit.guardrails.rules.objects import findings, values

OPEN = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 30000, "ToPort": 32767}
EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def launch_template(**data: object) -> dict[str, Any]:
    """Return a launch template."""
    return {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": data}}


def typed(kind: str, **properties: object) -> dict[str, Any]:
    """Return a resource."""
    return {"Type": kind, "Properties": properties}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, ["IMDSv1", "hop limit"]),
        ({"HttpTokens": "required"}, ["hop limit"]),
        ({"HttpTokens": "required", "HttpPutResponseHopLimit": 2}, ["hop limit"]),
        ({"HttpPutResponseHopLimit": 1}, ["IMDSv1"]),
        ({"HttpTokens": "required", "HttpPutResponseHopLimit": 1}, []),
        ({"HttpTokens": "required", "HttpPutResponseHopLimit": "1"}, []),
        ({"HttpTokens": {"Ref": "Tokens"}, "HttpPutResponseHopLimit": {"Ref": "Hops"}}, []),
        ({"HttpEndpoint": "disabled"}, []),
    ],
)
def test_the_metadata_service_is_for_the_node_alone(
    options: dict[str, object], found: list[str]
) -> None:
    """Version 2 and one hop, said outright; or no service at all."""
    environment = of_resources(Template=launch_template(MetadataOptions=options))

    assert values("EXPOSE3", environment) == found


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("AL2_x86_64", ["hop limit"]),
        ("WINDOWS_CORE_2022_x86_64", ["hop limit"]),
        ("AL2023_ARM_64_STANDARD", []),
        ("BOTTLEROCKET_x86_64", []),
        (None, []),
    ],
)
def test_eks_gives_some_nodes_two_hops(image: str | None, found: list[str]) -> None:
    """Where a node group has no launch template; with AL2023, its default, it is one."""
    group = typed("AWS::EKS::Nodegroup", AmiType=image)
    assert values("EXPOSE3", of_resources(Group=group)) == found


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        (launch_template(), ["root volume"]),
        (launch_template(BlockDeviceMappings={"Ref": "Devices"}), []),
        (launch_template(BlockDeviceMappings=[{"DeviceName": "b", "VirtualName": "c"}]), []),
        (launch_template(BlockDeviceMappings=[{"DeviceName": "/dev/xvda"}]), ["/dev/xvda"]),
        (
            launch_template(
                BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}]
            ),
            [],
        ),
        (typed("AWS::EC2::Volume"), ["volume"]),
        (typed("AWS::EC2::Volume", Encrypted=True), []),
        (typed("AWS::EC2::Volume", Encrypted="true"), []),
        (typed("AWS::EC2::Volume", Encrypted={"Ref": "Encrypted"}), []),
        (typed("AWS::EKS::Nodegroup"), ["root volume"]),
    ],
)
def test_disks_are_encrypted(resource: dict[str, Any], found: list[str]) -> None:
    """A disk that nothing is said about is as the account has it, so as nobody knows."""
    assert values("EXPOSE4", of_resources(One=resource)) == found


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"provisioner": "ebs.csi.aws.com"}, ["StorageClass/fast"]),
        ({"provisioner": "ebs.csi.aws.com", "parameters": {"encrypted": "true"}}, []),
        ({"provisioner": "efs.csi.aws.com"}, []),
    ],
)
def test_volumes_of_pods_are_encrypted(content: dict[str, object], found: list[str]) -> None:
    """By the StorageClass that makes them, if it makes EBS volumes."""
    written = {"kind": "StorageClass", "metadata": {"name": "fast"}, **content}

    environment = of_resources(Class=typed(MANIFEST, Manifest=json.dumps([written])))
    assert values("EXPOSE4", environment) == found


@pytest.mark.parametrize(
    ("resources", "found"),
    [
        pytest.param(
            {
                "Group": typed("AWS::EC2::SecurityGroup", SecurityGroupIngress=[OPEN]),
                "Template": launch_template(SecurityGroupIds=[{"Ref": "Group"}]),
            },
            ["30000-32767"],
            id="a node's group",
        ),
        pytest.param(
            {
                "Group": typed(
                    "AWS::EC2::SecurityGroup",
                    SecurityGroupIngress=[
                        {**OPEN, "IpProtocol": "50"},
                        {"CidrIp": "10.0.0.0/8", "IpProtocol": {"Ref": "Nobody"}},
                    ],
                ),
                "Template": launch_template(SecurityGroupIds=[{"Ref": "Group"}]),
            },
            ["all"],
            id="a protocol without ports",
        ),
        pytest.param(
            {
                "Group": typed(
                    "AWS::EC2::SecurityGroup",
                    SecurityGroupIngress=[{"CidrIpv6": "::/0", "IpProtocol": "-1"}],
                ),
                "Template": launch_template(
                    NetworkInterfaces=[{"Groups": [{"Fn::GetAtt": ["Group", "GroupId"]}]}]
                ),
            },
            ["all"],
            id="the group of an interface",
        ),
        pytest.param(
            {"Group": typed("AWS::EC2::SecurityGroup", SecurityGroupIngress=[OPEN])},
            [],
            id="a group of something else",
        ),
        pytest.param(
            {
                "Cluster": typed("AWS::EKS::Cluster"),
                "Rule": typed(
                    "AWS::EC2::SecurityGroupIngress",
                    **OPEN,
                    GroupId={"Fn::GetAtt": ["Cluster", "ClusterSecurityGroupId"]},
                ),
            },
            ["30000-32767"],
            id="a rule on the cluster's own group",
        ),
        pytest.param(
            {
                "Cluster": typed("AWS::EKS::Cluster"),
                "Rule": typed(
                    "AWS::EC2::SecurityGroupIngress",
                    **{**OPEN, "CidrIp": "10.0.0.0/8"},
                    GroupId={"Fn::GetAtt": ["Cluster", "ClusterSecurityGroupId"]},
                ),
            },
            [],
            id="a rule for a named network",
        ),
        pytest.param(
            {"Nodes": typed("AWS::EKS::Nodegroup", RemoteAccess={"Ec2SshKey": "key"})},
            ["22"],
            id="SSH from everywhere",
        ),
        pytest.param(
            {
                "Nodes": typed(
                    "AWS::EKS::Nodegroup",
                    RemoteAccess={"Ec2SshKey": "key", "SourceSecurityGroups": ["sg-1"]},
                )
            },
            [],
            id="SSH from a group",
        ),
    ],
)
def test_nodes_take_no_connection_from_everywhere(
    resources: dict[str, dict[str, Any]], found: list[str]
) -> None:
    """In whatever way a node gets its security group."""
    environment = of_resources(**resources)

    assert values("EXPOSE5", environment) == found


def opened(protocol: str, *ports: int) -> dict[str, Any]:
    """Return what a rule of a security group says of a protocol and its ports."""
    return {"IpProtocol": protocol, **dict(zip(("FromPort", "ToPort"), ports, strict=False))}


@pytest.mark.parametrize(
    ("ingress", "network", "told"),
    [
        (opened("tcp", 22, 22), "0.0.0.0/0", {"EXPOSE5": "connect to port 22"}),
        (opened("TCP", 1, 9), "0.0.0.0/0", {"EXPOSE5": "connect to ports 1-9"}),
        (opened("6"), "0.0.0.0/0", {"EXPOSE5": "connect"}),
        (opened("50", 22, 22), "10.0.0.0/8", {"EXPOSE5": "connect to all ports"}),
        (opened("-1"), "10.0.0.0/8", {"EXPOSE5": "connect to all ports"}),
        (opened("tcp", 22, 22), "10.0.0.0/8", {"EXPOSE19": "connect to port 22"}),
        (opened("17", 3385, 3390), "10.0.0.0/8", {"EXPOSE19": "connect to ports 3385-3390"}),
        (opened("icmp", -1, -1), "0.0.0.0/0", {"EXPOSE5": "send ICMP"}),
        (opened("1", 8, -1), "0.0.0.0/0", {"EXPOSE5": "send ICMP"}),
        (opened("icmpv6"), "0.0.0.0/0", {"EXPOSE5": "send ICMP"}),
        (opened("icmp", 3, 30), "10.0.0.0/8", {}),
        (opened("icmp", 22, 22), "10.0.0.0/8", {}),
        (opened("58"), "10.0.0.0/8", {}),
    ],
)
def test_what_a_network_may_do_is_told_once(
    ingress: dict[str, Any], network: str, told: dict[str, str]
) -> None:
    """Only TCP and UDP have ports; ICMP has types, and of anything else EC2 opens all."""
    group = typed("AWS::EC2::SecurityGroup", SecurityGroupIngress=[{**ingress, "CidrIp": network}])
    environment = of_resources(Group=group, T=launch_template(SecurityGroupIds=[{"Ref": "Group"}]))
    details = {x: y.detail for x in ("EXPOSE5", "EXPOSE19") for y in findings(x, environment)}
    assert details == {name: f"{network} may {said}." for name, said in told.items()}


@pytest.mark.parametrize(
    ("role", "policy", "found"),
    [
        pytest.param({}, {}, [], id="nothing"),
        pytest.param(
            {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"]},
            {},
            [],
            id="what a node needs",
        ),
        pytest.param(
            {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/PowerUserAccess"]},
            {},
            ["PowerUserAccess"],
            id="a managed policy",
        ),
        pytest.param(
            {"Policies": [{"PolicyDocument": EVERYTHING}]}, {}, ["all actions"], id="inline"
        ),
        pytest.param(
            {},
            {"Roles": [{"Ref": "Role"}], "PolicyDocument": EVERYTHING},
            ["all actions"],
            id="attached",
        ),
        pytest.param(
            {"ManagedPolicyArns": [{"Ref": "Policy"}]},
            {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": ["s3:*", "*"]}]}},
            ["all actions"],
            id="attached by the role",
        ),
        pytest.param(
            {},
            {"Roles": ["Another"], "PolicyDocument": EVERYTHING},
            [],
            id="attached to another role",
        ),
    ],
)
def test_a_node_has_little_power(
    role: dict[str, object], policy: dict[str, object], found: list[str]
) -> None:
    """Neither the CNI's policy nor an administrator's, however it got there."""
    environment = of_resources(
        Role=typed("AWS::IAM::Role", **role),
        Policy=typed("AWS::IAM::Policy", **policy),
        Nodes=typed("AWS::EKS::Nodegroup", NodeRole={"Fn::GetAtt": ["Role", "Arn"]}),
    )

    assert values("EXPOSE6", environment) == found


def test_a_role_that_exists_is_not_judged() -> None:
    """The templates hold nothing but its ARN."""
    nodes = typed("AWS::EKS::Nodegroup", NodeRole="arn:aws:iam::111122223333:role/Nodes")

    assert values("EXPOSE6", of_resources(Nodes=nodes)) == []

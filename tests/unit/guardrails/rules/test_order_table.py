from __future__ import annotations

from typing import Any

import pytest

from guardrails.catalogue import RULES
from guardrails.rules.ordering import TABLE
from guardrails.rules.presence import DATA
from tests.unit.guardrails.environments import of_resources
from tests.unit.guardrails.rules.test_ordering import manifest, values

Json = dict[str, Any]
VPC, NET = {"VpcId": {"Ref": "Vpc"}}, {"InternetGatewayId": {"Ref": "Net"}}
ATTACHED: Json = {
    "Vpc": ("AWS::EC2::VPC", {}),
    "Net": ("AWS::EC2::InternetGateway", {}),
    "Earlier": ("AWS::EC2::VPCGatewayAttachment", {**VPC, **NET}),
    "Table": ("AWS::EC2::RouteTable", VPC),
    "Subnet": ("AWS::EC2::Subnet", VPC),
}
CERTIFICATES: Json = {
    "Earlier": ("Custom::AWSCDK-EKS-HelmChart", {"ClusterName": "one", "Chart": "cert-manager"}),
}
VPN: Json = {
    "Vpn": ("AWS::EC2::VPNGateway", {}),
    "Earlier": ("AWS::EC2::VPCGatewayAttachment", {"VpnGatewayId": {"Ref": "Vpn"}}),
}
ROLE: Json = {
    "Role": ("AWS::IAM::Role", {}),
    "Earlier": ("AWS::IAM::RolePolicy", {"RoleName": {"Ref": "Role"}}),
}
ARN = {"Fn::GetAtt": ["Role", "Arn"]}
HANDLER: Json = {
    "Group": ("AWS::EC2::SecurityGroup", {}),
    "Handler": (
        "AWS::Lambda::Function",
        {"VpcConfig": {"SecurityGroupIds": [{"Ref": "Group"}]}},
    ),
    "Token": (
        "AWS::Lambda::Function",
        {"Environment": {"Variables": {"USER_ON_EVENT_FUNCTION_ARN": {"Ref": "Handler"}}}},
    ),
}
BUCKET: Json = {
    "Bucket": ("AWS::S3::Bucket", {}),
    "Earlier": ("Custom::S3AutoDeleteObjects", {"BucketName": {"Ref": "Bucket"}}),
}
GATEWAY = {"TransitGatewayId": "tgw-1", "RouteTableId": {"Ref": "Table"}}
NODES = {"LaunchTemplate": {"Id": {"Ref": "Template"}}}
TEMPLATE = {
    "Group": ("AWS::EC2::SecurityGroup", {}),
    "Template": (
        "AWS::EC2::LaunchTemplate",
        {"LaunchTemplateData": {"SecurityGroupIds": [{"Ref": "Group"}]}},
    ),
}

JOINS: Json = {
    **ROLE,
    "Profile": ("AWS::IAM::InstanceProfile", {"Roles": [{"Ref": "Role"}]}),
    "Template": (
        "AWS::EC2::LaunchTemplate",
        {"LaunchTemplateData": {"IamInstanceProfile": {"Arn": {"Ref": "Profile"}}}},
    ),
}


@pytest.mark.parametrize(
    ("rule", "kind", "properties", "others"),
    [
        *(
            ("ORDER17", "AWS::EKS::Addon", {"ClusterName": "one", "AddonName": name}, CERTIFICATES)
            for name in ("adot", "aws-privateca-connector-for-kubernetes")
        ),
        ("ORDER11", "AWS::EC2::Route", {"GatewayId": {"Ref": "Net"}}, ATTACHED),
        ("ORDER11", "AWS::EC2::Route", {"GatewayId": {"Ref": "Vpn"}}, VPN),
        ("ORDER11", "AWS::EC2::VPNGatewayRoutePropagation", {"VpnGatewayId": {"Ref": "Vpn"}}, VPN),
        *(
            (
                *("ORDER11", "AWS::EC2::Route", GATEWAY),
                {**ATTACHED, "Earlier": (f"AWS::EC2::{kind}", VPC)},
            )
            for kind in ("TransitGatewayVpcAttachment", "TransitGatewayAttachment")
        ),
        ("ORDER11", "AWS::EC2::NatGateway", {"SubnetId": {"Ref": "Subnet"}}, ATTACHED),
        (
            *("ORDER11", "AWS::EC2::EIP", {"InstanceId": {"Ref": "Instance"}}),
            {**ATTACHED, "Instance": ("AWS::EC2::Instance", {"SubnetId": {"Ref": "Subnet"}})},
        ),
        (
            *("ORDER11", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
            {"Scheme": "internet-facing", "Subnets": [{"Ref": "Subnet"}]},
            ATTACHED,
        ),
        ("ORDER12", "AWS::Lambda::Function", {"Role": ARN}, ROLE),
        ("ORDER12", "AWS::EC2::FlowLog", {"DeliverLogsPermissionArn": ARN}, ROLE),
        ("ORDER12", "AWS::EKS::Cluster", {"RoleArn": ARN}, ROLE),
        ("ORDER12", "AWS::EKS::Cluster", {"ComputeConfig": {"NodeRoleArn": ARN}}, ROLE),
        ("ORDER12", "AWS::EKS::Nodegroup", {"NodeRole": ARN}, ROLE),
        ("ORDER12", "AWS::EKS::FargateProfile", {"PodExecutionRoleArn": ARN}, ROLE),
        ("ORDER10", "AWS::EKS::Addon", {"ServiceAccountRoleArn": ARN}, ROLE),
        *(
            ("ORDER12", "AWS::AutoScaling::AutoScalingGroup", names_template, {**JOINS, **earlier})
            for names_template in (
                {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}}},
                {"MixedInstancesPolicy": {"LaunchTemplate": {"Id": {"Ref": "Template"}}}},
            )
            for earlier in ({}, {"Earlier": ("AWS::EKS::AccessEntry", {"PrincipalArn": ARN})})
        ),
        ("ORDER13", "AWS::EC2::FlowLog", {"LogDestination": {"Ref": "Bucket"}}, BUCKET),
        ("ORDER13", "AWS::CloudTrail::Trail", {"S3BucketName": {"Ref": "Bucket"}}, BUCKET),
        (
            *("ORDER13", "Custom::S3AutoDeleteObjects", {"BucketName": {"Ref": "Bucket"}}),
            {**BUCKET, "Earlier": ("AWS::S3::BucketPolicy", {"Bucket": {"Ref": "Bucket"}})},
        ),
        *(
            (
                *("ORDER16", "AWS::EKS::Nodegroup", NODES),
                {**TEMPLATE, "Earlier": (f"AWS::EC2::SecurityGroup{kind}", {by: {"Ref": "Group"}})},
            )
            for kind, by in (
                ("Ingress", "GroupId"),
                ("Ingress", "SourceSecurityGroupId"),
                ("Egress", "GroupId"),
            )
        ),
        *(
            (
                *("ORDER16", "Custom::Anything", {"ServiceToken": {"Ref": "Token"}}),
                {**HANDLER, "Earlier": (f"AWS::EC2::SecurityGroup{kind}", {by: {"Ref": "Group"}})},
            )
            for kind, by in (("Ingress", "SourceSecurityGroupId"), ("Egress", "GroupId"))
        ),
    ],
)
def test_a_row_wants_its_edge(rule: str, kind: str, properties: Json, others: Json) -> None:
    """Without the edge there is a finding, with it there is none."""
    there = {name: {"Type": of, "Properties": said} for name, (of, said) in others.items()}
    for after, found in (([], ["Earlier"]), (["Earlier"], [])):
        later = {"Type": kind, "Properties": properties, "DependsOn": after}
        assert values(rule, of_resources(**there, Later=later)) == found


@pytest.mark.parametrize(
    ("policies", "after", "found"),
    [
        ([["Ingress"]], [], ["0"]),
        ([["Ingress"], ["Ingress"]], [], ["0", "1"]),
        ([["Ingress"], ["Ingress"]], ["P0"], []),
        ([["Ingress"], ["Egress"]], ["P0"], ["1"]),
        ([["Ingress", "Egress"], ["Egress"]], ["P0"], []),
    ],
)
def test_pods_wait_for_what_closes_them(
    policies: list[list[str]], after: list[str], found: list[str]
) -> None:
    """Pods that one policy isolates lose nothing but connections without another one."""
    there = {
        f"P{number}": manifest(
            {
                "kind": "NetworkPolicy",
                "metadata": {"name": f"{number}"},
                "spec": {"podSelector": {}, "policyTypes": types},
            }
        )
        for number, types in enumerate(policies)
    }
    pods = {"kind": "Pod", "metadata": {"name": "one"}, "spec": {"containers": []}}
    environment = of_resources(**there, One=manifest(pods, *after))
    named = [f"Pod/one NetworkPolicy/{each}" for each in found]
    assert values("ORDER14", environment) == named


def test_a_policy_that_allows_everything_closes_nothing() -> None:
    """Its pods can be reached before and after it."""
    policy = {
        "kind": "NetworkPolicy",
        "metadata": {"name": "open"},
        "spec": {"podSelector": {}, "ingress": [{}], "egress": [{}]},
    }
    pods = {"kind": "Pod", "metadata": {"name": "one"}, "spec": {"containers": []}}
    environment = of_resources(Open=manifest(policy), One=manifest(pods))
    assert values("ORDER14", environment) == []


def test_a_handler_may_wait_where_it_is_called() -> None:
    """A function runs only when a custom resource calls it."""
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Role": ARN}}
    for after, found in (([], ["Earlier"]), (["Earlier"], [])):
        there = {name: {"Type": of, "Properties": said} for name, (of, said) in ROLE.items()}
        said = {"ServiceToken": {"Fn::GetAtt": ["Later", "Arn"]}}
        there["Call"] = {"Type": "Custom::Call", "Properties": said, "DependsOn": after}
        assert values("ORDER12", of_resources(**there, Later=function)) == found


def test_a_private_nat_gateway_needs_no_internet() -> None:
    """Only a public one has an address."""
    there = {name: {"Type": of, "Properties": said} for name, (of, said) in ATTACHED.items()}
    said = {"SubnetId": {"Ref": "Subnet"}, "ConnectivityType": "private"}
    later = {"Type": "AWS::EC2::NatGateway", "Properties": said}
    assert values("ORDER11", of_resources(**there, Later=later)) == []


@pytest.mark.parametrize("row", TABLE, ids=range(len(TABLE)))
def test_a_row_says_all_that_it_must(row: Json) -> None:
    """Its rule is in the catalogue, and where it comes from can be read."""
    assert row["rule"] in {rule.id for rule in RULES}
    assert row["source"].startswith("https://")
    assert row.keys() <= {"rule", "later", "where", "unless", "way", "to", "why", "source", "users"}


def nested(path: str, name: str) -> Json:
    """Return what has a name at a path."""
    step, _, rest = path.partition(".")
    inner: Any = nested(rest, name) if rest else name
    if rest.partition(".")[0] == "*":
        inner = [nested(rest.removeprefix("*."), name) if rest != "*" else name]
    return {step: inner}


@pytest.mark.parametrize(
    "row",
    [row for row in DATA["references"] if row.get("to") in DATA["before"] and "[" not in row["at"]],
    ids=lambda row: f"{row['of']} {row['at']}",
)
def test_an_object_waits_for_what_it_names(row: Json) -> None:
    """In another manifest it needs an edge, in the same one it doesn't."""
    pods, path = row["of"] == "pods", f"{row['at']}.{row.get('name', '')}".rstrip(".")
    content = nested(path, "it") if not pods else {"spec": nested(path, "it")}
    content |= {"kind": "Pod" if pods else row["of"], "metadata": {"name": "one"}}
    needed = {"kind": row["to"], "metadata": {"name": "it"}}
    value = f"{content['kind']}/one {row['to']}/it"
    for after, found in (((), [value]), (("It",), [])):
        there = of_resources(It=manifest(needed), One=manifest(content, *after))
        assert values("ORDER14", there) == found


def test_self_managed_nodes_wait_for_the_cni() -> None:
    """Their group doesn't name the cluster; the access entry of their role does."""
    there = {
        **JOINS,
        "Entry": ("AWS::EKS::AccessEntry", {"ClusterName": "one", "PrincipalArn": ARN}),
        "Cni": ("AWS::EKS::Addon", {"ClusterName": "one", "AddonName": "vpc-cni"}),
    }
    resources = {name: {"Type": of, "Properties": said} for name, (of, said) in there.items()}
    group = {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": NODES}
    for after, found in ((["Entry"], ["vpc-cni"]), (["Entry", "Cni"], [])):
        environment = of_resources(**resources, Later={**group, "DependsOn": after})
        assert values("ORDER1", environment) == found

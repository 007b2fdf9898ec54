"""Templates as others write them: what ours have, in other shapes or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from assembly.environment import Environment
from tests.unit.review.templates import of_templates

Resources = Mapping[str, Any]


def resource(kind: str, **properties: object) -> dict[str, Any]:
    """Return a resource of a template."""
    return {"Type": kind, "Properties": properties}


def manifest(*objects: object, cluster: object = None) -> dict[str, Any]:
    """Return the resource that applies some objects."""
    return resource(
        "Custom::AWSCDK-EKS-KubernetesResource",
        Manifest=json.dumps(objects),
        **({} if cluster is None else {"ClusterName": cluster}),
    )


def kubernetes(kind: str, name: str, **fields: object) -> dict[str, Any]:
    """Return a Kubernetes object in the namespace `team`."""
    return {"kind": kind, "metadata": {"name": name, "namespace": "team"}, **fields}


def of_resources(resources: Resources, **sections: object) -> Environment:
    """Return the environment `Other` of one stack, `Main`."""
    return of_templates("Other", Main={"Resources": resources, **sections})


def trust(principal: object, **fields: object) -> dict[str, Any]:
    """Return a policy by which somebody may assume a role."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **fields}
    return {"Statement": statement}


PLAIN: Resources = {
    "Cluster": resource("AWS::EKS::Cluster", RoleArn={"Fn::GetAtt": "Role.Arn"}),
    "Nodes": resource(
        "AWS::EKS::Nodegroup",
        ClusterName={"Ref": "Cluster"},
        NodeRole={"Fn::GetAtt": ["Role", "Arn"]},
        Subnets=["subnet-1"],
    ),
    "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust("*")),
    "Policy": resource(
        "AWS::IAM::Policy",
        Roles=[{"Ref": "Role"}],
        PolicyDocument={"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]},
    ),
    "Entry": resource(
        "AWS::EKS::AccessEntry",
        ClusterName={"Ref": "Cluster"},
        PrincipalArn={"Fn::GetAtt": "Role.Arn"},
        KubernetesGroups=["viewers"],
    ),
    "Group": resource(
        "AWS::EC2::SecurityGroup",
        SecurityGroupIngress=[{"IpProtocol": "-1", "CidrIp": {"Ref": "Office"}}],
    ),
    "Subnet": resource("AWS::EC2::Subnet", CidrBlock={"Fn::Select": [0, {"Fn::Cidr": ["x", 1]}]}),
    "Endpoint": resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface"),
    "Profile": resource("AWS::EKS::FargateProfile", ClusterName={"Ref": "Cluster"}),
    "Chart": resource("Custom::AWSCDK-EKS-HelmChart", Chart="x"),
    "AddOn": resource("AWS::EKS::Addon"),
    "Logs": resource("AWS::Logs::LogGroup"),
    "Key": resource("AWS::KMS::Key"),
    "Objects": manifest(
        kubernetes("Deployment", "web", spec={"template": {"spec": {"containers": [{}]}}}),
        kubernetes("Service", "web", spec={"type": "LoadBalancer"}),
        kubernetes("Ingress", "web", spec={"ingressClassName": "alb"}),
        kubernetes("NetworkPolicy", "deny"),
        {"kind": "Namespace", "metadata": {"name": "team"}},
        {"kind": "ClusterRoleBinding", "metadata": {"name": "viewers"}},
        {},
    ),
}
"""Everything that a section reads, with as little as CloudFormation takes."""

FOREIGN: Mapping[str, Environment] = {
    "nothing": of_resources({}),
    "no section": of_templates("Other", Main={}),
    "plain": of_resources(PLAIN),
    "without properties": of_resources(
        {name: {"Type": each["Type"]} for name, each in PLAIN.items()}
    ),
    "two clusters": of_resources(
        {
            **PLAIN,
            "Second": resource("AWS::EKS::Cluster", Name="second", Version="1.35"),
            "More": resource("AWS::EKS::Nodegroup", ClusterName={"Ref": "Second"}),
        }
    ),
    "first generation": of_resources(
        {
            "Cluster": resource("Custom::AWSCDK-EKS-Cluster", Config={"version": "1.35"}),
            "Objects": PLAIN["Objects"],
        }
    ),
    "functions everywhere": of_resources(
        {
            name: resource(
                each["Type"],
                **{
                    key: {"Fn::If": ["C", value, {"Ref": "X"}]}
                    for key, value in each["Properties"].items()
                },
            )
            for name, each in PLAIN.items()
        },
        Conditions={"C": {"Fn::Equals": [{"Ref": "Kind"}, "prod"]}},
        Parameters={"Kind": {"Type": "String"}},
    ),
}
"""Environments of one name, so that each may be the other side of each."""

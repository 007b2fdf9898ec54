from __future__ import annotations

from typing import Any

import pytest

from assembly.environment import Environment
from guardrails.rule import CHECKS
from tests.unit.guardrails.environments import of_resources

ROLE = {"Type": "AWS::IAM::Role", "Properties": {}}
ARN = {"Fn::GetAtt": ["Role", "Arn"]}


def environment(mode: str = "API", **more: dict[str, Any]) -> Environment:
    """Return a cluster with self-managed nodes, without an access entry."""
    return of_resources(
        Cluster={
            "Type": "AWS::EKS::Cluster",
            "Properties": {"Name": "mine", "AccessConfig": {"AuthenticationMode": mode}},
        },
        Role=ROLE,
        Profile={"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
        Template={
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {
                "LaunchTemplateData": {
                    "IamInstanceProfile": {"Arn": {"Fn::GetAtt": ["Profile", "Arn"]}}
                }
            },
        },
        Nodes={
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {
                "Tags": [{"Key": "kubernetes.io/cluster/mine", "Value": "owned"}],
                "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}},
            },
        },
        **more,
    )


def entry(principal: object) -> dict[str, Any]:
    """Return an access entry of the cluster."""
    properties = {"ClusterName": "mine", "PrincipalArn": principal, "Type": "EC2_LINUX"}
    return {"Type": "AWS::EKS::AccessEntry", "Properties": properties}


MANAGED = {
    "Type": "AWS::EKS::Nodegroup",
    "Properties": {"ClusterName": "mine", "NodeRole": ARN},
}


@pytest.mark.parametrize(
    ("mode", "more", "expected"),
    [
        ("API", {}, ["Role"]),
        ("API", {"Entry": entry(ARN)}, []),
        ("API", {"Entry": entry("arn:aws:iam::111122223333:role/Other")}, ["Role"]),
        # Whoever that is.
        ("API", {"Entry": entry({"Ref": "Parameter"})}, []),
        # EKS makes that of its own nodes.
        ("API", {"Managed": MANAGED}, []),
        # aws-auth may have it.
        ("API_AND_CONFIG_MAP", {}, []),
    ],
)
def test_the_role_of_nodes_has_an_access_entry(
    mode: str, more: dict[str, Any], expected: list[str]
) -> None:
    """Where nothing else can let them in, and where it is known who they are."""
    found = CHECKS["ACCESS17"](environment(mode, **more))
    assert [each.value for each in found] == expected

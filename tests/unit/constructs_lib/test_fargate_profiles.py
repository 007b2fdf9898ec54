from __future__ import annotations

import pytest

from tests.support import Assembly, Template, only, resources_of
from tests.unit.constructs_lib.templates import (
    depends_on,
    kubernetes_object,
    managed_policies,
    manifest,
    one,
    properties,
)
from tests.unit.constructs_lib.variants import Variants

PROFILE = "AWS::EKS::FargateProfile"
LOG_CONFIGURATION_LIMIT = 5300
"""EKS user guide, "Fargate logging": characters in the ConfigMap."""


@pytest.fixture(scope="module")
def closed(variants: Variants) -> Template:
    """Return a cluster with three profiles: the platform's and two of the environment."""
    return variants.platforms.templates["Closed/Cluster"]


def profile(template: Template, name: str) -> str:
    """Return the logical id of a profile."""
    return one(template, PROFILE, f"DataPlaneFargateProfiles{name}")


def test_profiles_select_the_pods_of_the_environment(closed: Template) -> None:
    """Namespace and labels of each selector are the environment's."""
    assert properties(closed, profile(closed, "SampleApi"))["Selectors"] == [
        {
            "Namespace": "sample",
            "Labels": [{"Key": "app.kubernetes.io/component", "Value": "api"}],
        }
    ]
    batch = properties(closed, profile(closed, "Batch"))["Selectors"]
    assert [
        (selector["Namespace"], [label["Value"] for label in selector.get("Labels", [])])
        for selector in batch
    ] == [("team-a", []), ("team-b", ["small"])]


def test_profiles_run_in_the_private_subnets(closed: Template) -> None:
    """Fargate takes no others; all zones serve a profile that names none."""
    for name, zones in (("Platform", "ABC"), ("SampleApi", "ABC"), ("Batch", "AC")):
        found = properties(closed, profile(closed, name))["Subnets"]
        names = [subnet["Fn::ImportValue"] for subnet in found]
        assert [each.split("Network")[-1][:8] for each in names] == [f"Private{x}" for x in zones]


def test_profiles_are_made_one_after_the_other(closed: Template) -> None:
    """EKS refuses a second profile while it makes the first."""
    chain = [profile(closed, name) for name in ("Platform", "SampleApi", "Batch")]
    for index, found in enumerate(chain):
        assert set(chain[:index]) == depends_on(closed, found) & set(chain)
        if index:
            assert chain[index - 1] in closed["Resources"][found]["DependsOn"]


def test_only_profiles_of_the_cluster_may_use_the_role(closed: Template) -> None:
    """A profile of another cluster of the account can't borrow it."""
    role = one(closed, "AWS::IAM::Role", "DataPlaneFargatePodExecutionRole")
    (statement,) = properties(closed, role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "eks-fargate-pods.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnLike": {
            "aws:SourceArn": {
                "Fn::Join": [
                    "",
                    [
                        "arn:aws:eks:eu-central-1:",
                        {"Ref": "AWS::AccountId"},
                        ":fargateprofile/groundwork-closed/*",
                    ],
                ]
            }
        }
    }
    for found in resources_of(closed, PROFILE).values():
        assert found["Properties"]["PodExecutionRoleArn"] == {"Fn::GetAtt": [role, "Arn"]}


def test_the_role_pulls_images_and_writes_one_log(closed: Template) -> None:
    """Beside the policy that Fargate requires, it writes to the log group of this cluster only."""
    role = one(closed, "AWS::IAM::Role", "DataPlaneFargatePodExecutionRole")
    assert managed_policies(closed, role) == {"AmazonEKSFargatePodExecutionRolePolicy"}
    group = one(closed, "AWS::Logs::LogGroup", "DataPlaneFargate")
    policy = properties(closed, one(closed, "AWS::IAM::Policy", "DataPlaneFargate"))
    assert policy["Roles"] == [{"Ref": role}]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": {"Fn::GetAtt": [group, "Arn"]},
    }


def test_the_log_of_pods_expires(closed: Template, assembly: Assembly) -> None:
    """The retention is the environment's."""
    days = {
        name: properties(template, one(template, "AWS::Logs::LogGroup", "DataPlaneFargate"))[
            "RetentionInDays"
        ]
        for name, template in (
            ("closed", closed),
            ("dev", assembly.templates["Dev/Cluster"]),
            ("prod", assembly.templates["Prod/Cluster"]),
        )
    }
    assert days == {"closed": 60, "dev": 30, "prod": 90}


def test_fluent_bit_is_told_where_to_write(closed: Template) -> None:
    """The ConfigMap names region and log group, and makes no group by itself."""
    data = kubernetes_object(closed, "ConfigMap", "aws-logging")["data"]
    assert "region eu-central-1\n" in data["output.conf"]
    assert "log_group_name value\n" in data["output.conf"]
    assert "auto_create_group false" in data["output.conf"]
    found = properties(closed, manifest(closed, "ConfigMap", "aws-logging"))["Manifest"]
    assert {"Ref": one(closed, "AWS::Logs::LogGroup", "DataPlaneFargate")} in found["Fn::Join"][1]


def test_the_log_configuration_is_short_enough(closed: Template) -> None:
    """Fargate ignores a longer one, and takes no other sections."""
    data = kubernetes_object(closed, "ConfigMap", "aws-logging")["data"]
    assert sum(len(text) for text in data.values()) <= LOG_CONFIGURATION_LIMIT
    assert data.keys() == {"flb_log_cw", "filters.conf", "output.conf", "parsers.conf"}


def test_the_namespace_of_the_log_configuration_comes_first(closed: Template) -> None:
    """Namespace and ConfigMap are applied together, in this order; Fargate looks for the label."""
    logical_id = manifest(closed, "ConfigMap", "aws-logging")
    assert manifest(closed, "Namespace", "aws-observability") == logical_id
    text = str(properties(closed, logical_id)["Manifest"])
    assert text.index('"kind":"Namespace"') < text.index('"kind":"ConfigMap"')
    namespace = kubernetes_object(closed, "Namespace", "aws-observability")
    assert namespace["metadata"]["labels"]["aws-observability"] == "enabled"


def test_without_profiles_there_is_nothing_of_fargate(variants: Variants) -> None:
    """A cluster with nodes alone has no role, log or configuration for Fargate."""
    template = variants.platforms.templates["Bare/Cluster"]
    assert not resources_of(template, PROFILE)
    assert not [name for name in template["Resources"] if name.startswith("DataPlaneFargate")]
    assert only(template, "AWS::EKS::Nodegroup")

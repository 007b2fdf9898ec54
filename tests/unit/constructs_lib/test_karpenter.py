from __future__ import annotations

import json
from typing import Any

import pytest

from assembly.cloud_assembly import Assembly
from tests.support import Template, joined, resources_of
from tests.unit.constructs_lib.templates import depends_on, managed_policies, one, properties

CHART, QUEUE, RULE = "Custom::AWSCDK-EKS-HelmChart", "AWS::SQS::Queue", "AWS::Events::Rule"
ENTRY, ROLE, POLICY = "AWS::EKS::AccessEntry", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
IDENTITY = "AWS::EKS::PodIdentityAssociation"


@pytest.fixture(scope="module")
def template(synthesized: Assembly) -> Template:
    """Return the cluster of the example."""
    found: Template = synthesized.templates["Karpenter/Cluster"]
    return found


def values(template: Template) -> dict[str, Any]:
    """Return the values of the controller's chart, functions by their names."""
    told = properties(template, one(template, CHART, "KarpenterController"))["Values"]
    found: dict[str, Any] = json.loads(joined(told))
    return found


def statements(template: Template) -> dict[str, dict[str, Any]]:
    """Return what the controller may do, by name."""
    return {
        each["Sid"]: each
        for name in resources_of(template, POLICY)
        if name.startswith("Karpenter")
        for each in properties(template, name)["PolicyDocument"]["Statement"]
    }


def test_the_controller_gets_its_role_through_pod_identity(template: Template) -> None:
    """For the service account that the chart makes."""
    association = properties(template, one(template, IDENTITY, "Karpenter"))

    assert (association["Namespace"], association["ServiceAccount"]) == ("kube-system", "karpenter")
    assert values(template)["serviceAccount"] == {"create": True, "name": "karpenter"}


def test_the_controller_changes_only_what_has_the_tags_of_its_cluster(template: Template) -> None:
    """Every action that makes, tags or ends something asks for the cluster's name in a tag."""
    reading = ("Describe", "Get", "List", "Receive", "DeleteMessage")
    for name, each in statements(template).items():
        actions = [each["Action"]] if isinstance(each["Action"], str) else each["Action"]
        changing = [one for one in actions if not one.partition(":")[2].startswith(reading)]
        if changing and name not in {
            "AllowScopedEC2InstanceAccessActions",
            "AllowPassingInstanceRole",
        }:
            assert "kubernetes.io/cluster/karpenter" in json.dumps(each["Condition"]), name


def test_the_controller_makes_no_instance_profile(template: Template) -> None:
    """The template has the one of its nodes: no role is left behind in one that nobody knows."""
    actions = json.dumps(statements(template))

    assert len(statements(template)) == 15
    assert "iam:PassRole" in actions
    assert "iam:CreateInstanceProfile" not in actions
    assert one(template, "AWS::IAM::InstanceProfile", "KarpenterNodes")


def test_warnings_arrive_in_a_queue_that_only_their_rules_fill(template: Template) -> None:
    """Over TLS, for five minutes."""
    queue = properties(template, one(template, QUEUE, "Karpenter"))
    document = properties(template, one(template, "AWS::SQS::QueuePolicy"))["PolicyDocument"]
    denied, *allowed = document["Statement"]
    kinds = [properties(template, each)["EventPattern"] for each in resources_of(template, RULE)]

    assert queue == {"MessageRetentionPeriod": 300, "SqsManagedSseEnabled": True}
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(allowed) == len(kinds) == 5
    assert all("aws:SourceArn" in json.dumps(each["Condition"]) for each in allowed)
    assert sorted(each["detail-type"][0] for each in kinds) == [
        "AWS Health Event",
        "EC2 Capacity Reservation Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "EC2 Spot Instance Interruption Warning",
    ]


def test_its_nodes_may_join(template: Template) -> None:
    """By an access entry of their role, which has no permission of the VPC CNI."""
    role = one(template, ROLE, "KarpenterNodes")
    entry = properties(template, one(template, ENTRY, "KarpenterNodes"))

    assert entry["PrincipalArn"] == {"Fn::GetAtt": [role, "Arn"]}
    assert entry["Type"] == "EC2_LINUX"
    assert "AmazonEKS_CNI_Policy" not in managed_policies(template, role)


def test_the_controller_comes_after_all_that_it_needs(template: Template) -> None:
    """And is deleted before: definitions, permissions, entry, queue, nodes and DNS."""
    chart = one(template, CHART, "KarpenterController")
    needed = [
        one(template, CHART, "KarpenterDefinitions"),
        one(template, IDENTITY, "Karpenter"),
        one(template, ENTRY, "KarpenterNodes"),
        one(template, QUEUE, "Karpenter"),
        one(template, "AWS::EKS::Nodegroup"),
        *(name for name in resources_of(template, POLICY) if name.startswith("Karpenter")),
        *resources_of(template, RULE),
    ]

    assert set(needed) - depends_on(template, chart) == set()


def test_both_charts_are_of_one_version(template: Template) -> None:
    """Helm doesn't upgrade the definitions that are in the controller's chart."""
    found = [properties(template, each) for each in resources_of(template, CHART)]

    assert {(each["Chart"], each["Version"], each["Repository"]) for each in found} == {
        (name, "1.14.1", f"oci://public.ecr.aws/karpenter/{name}")
        for name in ("karpenter", "karpenter-crd")
    }


def test_a_scheduler_knows_what_the_controller_asks_for(template: Template) -> None:
    """The chart itself requests nothing."""
    asked = values(template)["controller"]["resources"]

    assert asked == {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}

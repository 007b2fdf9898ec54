from __future__ import annotations

import json
from typing import Any

import pytest

from assembly.cloud_assembly import Assembly
from tests.support import Template, joined, resources_of
from tests.unit.constructs_lib.templates import (
    depends_on,
    kubernetes_object,
    managed_policies,
    manifest,
    one,
    properties,
)
from tests.unit.constructs_lib.variants import Variants

CHART, QUEUE, RULE = "Custom::AWSCDK-EKS-HelmChart", "AWS::SQS::Queue", "AWS::Events::Rule"
ENTRY, ROLE, POLICY = "AWS::EKS::AccessEntry", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
IDENTITY, PROFILE = "AWS::EKS::PodIdentityAssociation", "AWS::EKS::FargateProfile"


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

    assert queue.items() >= {"MessageRetentionPeriod": 300, "SqsManagedSseEnabled": True}.items()
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
    """And one of them has the definitions, or Helm would refuse what the other has changed."""
    found = [properties(template, each) for each in resources_of(template, CHART)]

    assert [each["Chart"] for each in found if each.get("SkipCrds")] == ["karpenter"]
    assert {(each["Chart"], each["Version"], each["Repository"]) for each in found} == {
        (name, "1.14.1", f"oci://public.ecr.aws/karpenter/{name}")
        for name in ("karpenter", "karpenter-crd")
    }


def test_nodes_are_as_safe_as_those_of_groups(template: Template) -> None:
    """Encrypted disks, no credentials for containers, subnets and security group by id."""
    spec = kubernetes_object(template, "EC2NodeClass", "default")["spec"]
    disks = [each["ebs"] for each in spec["blockDeviceMappings"]]

    assert spec["metadataOptions"]["httpTokens"] == "required"
    assert spec["metadataOptions"]["httpPutResponseHopLimit"] == 1
    assert [disk["volumeSize"] for disk in disks] == ["4Gi", "40Gi"]
    assert all(disk["encrypted"] and disk["volumeType"] == "gp3" for disk in disks)
    assert spec["amiSelectorTerms"] == [{"alias": "bottlerocket@v1.50.0"}]
    assert [set(each) for each in spec["subnetSelectorTerms"]] == [{"id"}] * 3
    assert [set(each) for each in spec["securityGroupSelectorTerms"]] == [{"id"}]
    # Without the cluster's name the EBS CSI driver may attach no volume to them.
    assert spec["tags"] == {"ebs.csi.aws.com/cluster-name": "karpenter", "owner": "platform"}


def test_pools_are_deleted_before_their_class_and_that_before_the_controller(
    template: Template,
) -> None:
    """The delete of a class waits for its nodes, which only the controller ends."""
    pool = manifest(template, "NodePool", "general")
    nodes = manifest(template, "EC2NodeClass", "default")

    assert nodes in depends_on(template, pool)
    assert one(template, CHART, "KarpenterController") in depends_on(template, nodes)


def test_a_scheduler_knows_what_the_controller_asks_for(template: Template) -> None:
    """The chart itself requests nothing."""
    asked = values(template)["controller"]["resources"]

    assert asked == {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}


@pytest.fixture(scope="module")
def sparse(variants: Variants) -> Template:
    """Return a cluster without node groups: Karpenter runs on Fargate, behind a proxy."""
    found: Template = variants.platforms.templates["Sparse/Cluster"]
    return found


def test_on_fargate_its_role_comes_through_irsa(sparse: Template) -> None:
    """The Pod Identity agent is a DaemonSet, which Fargate doesn't run."""
    identities = [properties(sparse, each) for each in resources_of(sparse, IDENTITY)]
    account = kubernetes_object(sparse, "ServiceAccount", "karpenter")
    profile = properties(sparse, one(sparse, PROFILE, "DataPlaneFargateProfilesPlatform"))

    assert "karpenter" not in {each["ServiceAccount"] for each in identities}
    assert values(sparse)["serviceAccount"] == {"create": False, "name": "karpenter"}
    assert account["metadata"]["namespace"] == "kube-system"
    assert "eks.amazonaws.com/role-arn" in account["metadata"]["annotations"]
    assert {"app.kubernetes.io/name": "karpenter"} in [
        {each["Key"]: each["Value"] for each in selector["Labels"]}
        for selector in profile["Selectors"]
    ]


def test_what_the_environment_says_reaches_the_chart(sparse: Template) -> None:
    """Mirrors, gates, an isolated network, and that custom networking takes an interface."""
    told = values(sparse)
    charts = [properties(sparse, each) for each in resources_of(sparse, CHART)]

    assert {each["Version"] for each in charts} == {"1.13.0"}
    assert all(each["Repository"].startswith("oci://111122223333.dkr.ecr.") for each in charts)
    assert told["controller"]["image"] == {
        "repository": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/karpenter/controller",
        "digest": f"sha256:{'0a' * 32}",
    }
    assert told["settings"]["isolatedVPC"] is True
    assert told["settings"]["enableZonalShift"] is False
    assert told["settings"]["reservedENIs"] == "1"
    assert told["settings"]["featureGates"] == {"nodeRepair": True, "staticCapacity": True}


@pytest.mark.parametrize(
    ("name", "pods", "disks", "tags", "proxy"),
    [
        ("plain", 110, ["80Gi"], {"environment": "sparse", "owner": "batch"}, "NodeConfig"),
        (
            "pinned",
            50,
            ["4Gi", "40Gi"],
            {"environment": "sparse", "owner": "platform"},
            "[settings.network]",
        ),
    ],
)
def test_nodes_of_a_class_are_told_what_differs(  # noqa: PLR0917  # a row of a table
    name: str, pods: int, disks: list[str], tags: dict[str, str], proxy: str, sparse: Template
) -> None:
    """How many pods, which disks and tags, and where the proxy is."""
    spec = kubernetes_object(sparse, "EC2NodeClass", name)["spec"]

    assert spec["kubelet"] == {"maxPods": pods}
    assert [each["ebs"]["volumeSize"] for each in spec["blockDeviceMappings"]] == disks
    assert spec["tags"] == {"ebs.csi.aws.com/cluster-name": "groundwork-sparse", **tags}
    assert proxy in spec["userData"]
    assert "http://proxy.example.com:3128" in spec["userData"]

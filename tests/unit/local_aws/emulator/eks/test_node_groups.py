from __future__ import annotations

from typing import Any

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, arn
from tests.unit.local_aws.emulator.templates import resource


def nodes(base: Stack, **more: object) -> dict[str, Any]:
    properties = {
        "ClusterName": "shared",
        "NodeRole": arn(base["NodeRole"]),
        "Subnets": [base["Private0"], base["Private1"]],
        "AmiType": "AL2023_x86_64_STANDARD",
        "InstanceTypes": ["m6i.large"],
    }
    return resource("EKS::Nodegroup", **{**properties, **more})


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"NodeRole": arn("Nobody")}, "The role with name Nobody cannot be found."),
    (
        {"NodeRole": "ClusterRole"},
        "Following required service principals [ec2.amazonaws.com] were not found in the trust",
    ),
    ({"NodeRole": "of another account"}, "cannot be found."),
    ({"ClusterName": "none"}, "No cluster found for name: none."),
    ({"Subnets": ["subnet-0"]}, "Subnet subnet-0 does not exist in the VPC of the cluster."),
    (
        {"InstanceTypes": ["m7g.large"]},
        "[m7g.large] is not a valid instance type for requested amiType AL2023_x86_64_STANDARD",
    ),
    (
        {"AmiType": "BOTTLEROCKET_ARM_64"},
        "[m6i.large] is not a valid instance type for requested amiType BOTTLEROCKET_ARM_64",
    ),
    (
        {"ScalingConfig": {"MinSize": 3, "DesiredSize": 2, "MaxSize": 4}},
        "Minimum capacity 3 can't be greater than desired size 2",
    ),
    (
        {"ScalingConfig": {"MinSize": 1, "DesiredSize": 5, "MaxSize": 4}},
        "Desired capacity 5 can't be greater than max size 4",
    ),
    ({"Version": "1.36"}, "can't be newer than the cluster's 1.35"),
    ({"LaunchTemplate": {"Id": "lt-0", "Version": "1"}}, "Launch template lt-0 does not exist."),
]


def test_describe_nodegroup_says_what_the_template_asked_for(
    cloud: Cloud, base: Stack, shared: str
) -> None:
    template = {
        "Template": resource(
            "EC2::LaunchTemplate",
            LaunchTemplateData={"MetadataOptions": {"HttpTokens": "required"}},
        ),
        "Nodes": nodes(
            base,
            CapacityType="SPOT",
            Labels={"Workload": "batch"},
            Taints=[{"Key": "k", "Value": "v", "Effect": "NO_SCHEDULE"}],
            ScalingConfig={"MinSize": "1", "DesiredSize": "3", "MaxSize": "4"},
            UpdateConfig={"MaxUnavailable": 2},
            NodeRepairConfig={"Enabled": True},
            LaunchTemplate={
                "Id": {"Ref": "Template"},
                "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
            },
            Tags={"a": "b"},
        ),
    }
    stack = cloud.deploy(template)
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    name = stack["Nodes"].removeprefix("shared/")
    found = cloud.eks.describe_nodegroup(clusterName=shared, nodegroupName=name)["nodegroup"]
    assert found["capacityType"] == "SPOT"
    assert found["amiType"] == "AL2023_x86_64_STANDARD"
    assert found["instanceTypes"] == ["m6i.large"]
    assert found["labels"] == {"Workload": "batch"}
    assert found["taints"] == [{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}]
    assert found["scalingConfig"] == {"minSize": 1, "desiredSize": 3, "maxSize": 4}
    assert found["updateConfig"] == {"maxUnavailable": 2}
    assert found["nodeRepairConfig"] == {"enabled": True}
    assert found["launchTemplate"]["version"] == "1"
    assert found["version"] == "1.35"
    assert found["releaseVersion"].startswith("1.35.")
    assert found["tags"]["a"] == "b"
    assert set(stack.drift().values()) == {"IN_SYNC"}

    def instances() -> int:
        return len(cloud.interfaces("TagSet", name))

    assert instances() == 3
    entries = cloud.eks.list_access_entries(clusterName=shared)["accessEntries"]
    assert arn(base["NodeRole"]) in entries

    # Out of band: one instance less.
    cloud.eks.update_nodegroup_config(
        clusterName=shared, nodegroupName=name, scalingConfig={"desiredSize": 2}
    )
    assert instances() == 2
    assert stack.drift()["Nodes"] == "MODIFIED"

    # A launch template's next version is the group's next version, in place.
    template["Template"]["Properties"]["LaunchTemplateData"] = {"EbsOptimized": True}
    before = stack["Nodes"]
    stack = stack.update(template)
    assert stack.status == "UPDATE_COMPLETE", stack.reasons
    assert stack["Nodes"] == before
    found = cloud.eks.describe_nodegroup(clusterName=shared, nodegroupName=name)["nodegroup"]
    assert found["launchTemplate"]["version"] == "2"
    assert stack.destroy().status == "DELETE_COMPLETE"
    assert instances() == 0
    entries = cloud.eks.list_access_entries(clusterName=shared)["accessEntries"]
    assert arn(base["NodeRole"]) not in entries


def test_labels_and_taints_are_changed_one_by_one(cloud: Cloud, base: Stack, shared: str) -> None:
    stack = cloud.deploy({"Nodes": nodes(base, Labels={"a": "1", "b": "2"})})
    name = stack["Nodes"].removeprefix("shared/")
    taint = {"key": "k", "value": "v", "effect": "NO_EXECUTE"}
    cloud.eks.update_nodegroup_config(
        clusterName=shared,
        nodegroupName=name,
        labels={"addOrUpdateLabels": {"c": "3"}, "removeLabels": ["a"]},
        taints={"addOrUpdateTaints": [taint]},
    )
    found = cloud.eks.describe_nodegroup(clusterName=shared, nodegroupName=name)["nodegroup"]
    assert found["labels"] == {"b": "2", "c": "3"}
    assert found["taints"] == [taint]
    code, words = cloud.refusal(
        "eks", "update_nodegroup_version", clusterName=shared, nodegroupName=name, version="1.36"
    )
    assert code == "InvalidParameterException"
    assert "can't be newer" in words
    stack.destroy()

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, arn
from tests.unit.local_aws.emulator.templates import resource


def profile(base: Stack, **more: object) -> dict[str, Any]:
    properties = {
        "ClusterName": "shared",
        "PodExecutionRoleArn": arn(base["FargateRole"]),
        "Subnets": [base["Private0"], base["Private1"]],
        "Selectors": [
            {"Namespace": "one", "Labels": [{"Key": "Size", "Value": "small"}]},
            {"Namespace": "two"},
        ],
    }
    return resource("EKS::FargateProfile", **{**properties, **more})


def test_describe_fargate_profile_says_what_the_template_asked_for(
    cloud: Cloud, base: Stack, shared: str
) -> None:
    stack = cloud.deploy({"Profile": profile(base, Tags=[{"Key": "a", "Value": "b"}])})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    before = stack["Profile"]
    name = before.removeprefix("shared|")
    assert cloud.eks.list_fargate_profiles(clusterName=shared)["fargateProfileNames"] == [name]
    found = cloud.eks.describe_fargate_profile(clusterName=shared, fargateProfileName=name)
    assert found["fargateProfile"]["status"] == "ACTIVE"
    assert found["fargateProfile"]["selectors"] == [
        {"namespace": "one", "labels": {"Size": "small"}},
        {"namespace": "two", "labels": {}},
    ]
    assert found["fargateProfile"]["tags"]["a"] == "b"
    assert stack.drift() == {"Profile": "IN_SYNC"}
    refusal = cloud.refusal("eks", "delete_cluster", name=shared)
    assert refusal == ("ResourceInUseException", "Cluster has fargate profiles attached")

    # All of it but the tags is create-only.
    stack = stack.update({"Profile": profile(base)})
    assert stack["Profile"] == before
    stack = stack.update({"Profile": profile(base, Selectors=[{"Namespace": "one"}])})
    assert stack["Profile"] != before
    name = stack["Profile"].removeprefix("shared|")
    assert cloud.eks.list_fargate_profiles(clusterName=shared)["fargateProfileNames"] == [name]
    cloud.eks.delete_fargate_profile(clusterName=shared, fargateProfileName=name)
    assert stack.drift() == {"Profile": "DELETED"}
    assert stack.destroy().status == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"Subnets": ["Public0"]}, "provided in Fargate Profile is not a private subnet"),
        ({"Subnets": ["subnet-0"]}, "Subnet subnet-0 does not exist in the VPC of the cluster."),
        ({"PodExecutionRoleArn": arn("Nobody")}, "Misconfigured PodExecutionRole Trust Policy"),
        (
            {"Selectors": [{"Namespace": f"n{index}"} for index in range(6)]},
            "Fargate Profile cannot have more than 5 selectors.",
        ),
        ({"ClusterName": "none"}, "No cluster found for name: none."),
        ({"FargateProfileName": "eks-mine"}, "Fargate profile name can't start with eks-"),
    ],
)
def test_a_profile_that_eks_refuses(
    cloud: Cloud, base: Stack, shared: str, properties: dict[str, Any], words: str
) -> None:
    if properties.get("Subnets") == ["Public0"]:
        properties = {"Subnets": [base["Public0"]]}
    stack = cloud.deploy({"Profile": profile(base, **properties)})
    assert stack.status == "ROLLBACK_COMPLETE"
    # The schema refuses more than five selectors before EKS does.
    assert words in stack.reasons or "expected maximum item count" in stack.reasons
    assert cloud.eks.list_fargate_profiles(clusterName=shared)["fargateProfileNames"] == []

from __future__ import annotations

from typing import Any

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

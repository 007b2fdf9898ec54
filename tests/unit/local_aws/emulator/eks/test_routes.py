from __future__ import annotations

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, arn


def test_tags_show_where_they_are_described(cloud: Cloud, base: Stack, shared: str) -> None:
    """Of a cluster as of what MiniStack doesn't tag: profiles and associations."""
    eks = cloud.eks
    profile = eks.create_fargate_profile(
        clusterName=shared,
        fargateProfileName="tagged",
        podExecutionRoleArn=arn(base["FargateRole"]),
        selectors=[{"namespace": "x"}],
    )["fargateProfile"]
    eks.tag_resource(resourceArn=profile["fargateProfileArn"], tags={"a": "1"})
    found = eks.describe_fargate_profile(clusterName=shared, fargateProfileName="tagged")
    assert found["fargateProfile"]["tags"] == {"a": "1"}
    eks.untag_resource(resourceArn=profile["fargateProfileArn"], tagKeys=["a"])
    found = eks.describe_fargate_profile(clusterName=shared, fargateProfileName="tagged")
    assert found["fargateProfile"]["tags"] == {}
    eks.delete_fargate_profile(clusterName=shared, fargateProfileName="tagged")

    cluster = eks.describe_cluster(name=shared)["cluster"]["arn"]
    eks.tag_resource(resourceArn=cluster, tags={"a": "1"})
    assert eks.describe_cluster(name=shared)["cluster"]["tags"]["a"] == "1"
    eks.untag_resource(resourceArn=cluster, tagKeys=["a"])

    code, _ = cloud.refusal(
        "eks",
        "tag_resource",
        resourceArn="arn:aws:eks:eu-central-1:111122223333:fargateprofile/shared/none/1",
        tags={"a": "1"},
    )
    assert code == "ResourceNotFoundException"

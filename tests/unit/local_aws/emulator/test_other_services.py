from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from local_aws.images import MANIFEST
from tests.unit.local_aws.emulator.cloud import Cloud
from tests.unit.local_aws.emulator.templates import resource


def test_an_image_that_is_not_there_is_an_error(cloud: Cloud) -> None:
    """The CDK CLI builds an image exactly when ECR says this."""
    cloud.ecr.create_repository(repositoryName="assets")
    with pytest.raises(ClientError, match="does not exist within the repository") as refusal:
        cloud.ecr.describe_images(repositoryName="assets", imageIds=[{"imageTag": "new"}])
    assert refusal.value.response["Error"]["Code"] == "ImageNotFoundException"
    cloud.ecr.put_image(repositoryName="assets", imageManifest=json.dumps(MANIFEST), imageTag="new")
    (found,) = cloud.ecr.describe_images(repositoryName="assets")["imageDetails"]
    assert found["imageTags"] == ["new"]
    cloud.ecr.delete_repository(repositoryName="assets", force=True)


@pytest.mark.parametrize("of", ["bottlerocket/aws-k8s-1.36/x86_64", "eks/optimized-ami/1.36/x"])
def test_images_of_nodes_are_published(cloud: Cloud, of: str) -> None:
    """A launch template of self-managed nodes names the parameter of its image."""
    data = {"ImageId": f"{{{{resolve:ssm:/aws/service/{of}/image_id}}}}"}
    stack = cloud.deploy({"Nodes": resource("EC2::LaunchTemplate", LaunchTemplateData=data)})
    made = cloud.ec2.describe_launch_template_versions(LaunchTemplateId=stack["Nodes"])
    (found,) = made["LaunchTemplateVersions"]
    assert found["LaunchTemplateData"]["ImageId"].startswith("ami-"), stack.reasons

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from local_aws.images import MANIFEST
from tests.unit.local_aws.emulator.cloud import Cloud


def test_an_image_that_is_not_there_is_an_error(cloud: Cloud) -> None:
    """The CDK CLI builds an image exactly when ECR says this."""
    cloud.ecr.create_repository(repositoryName="assets")
    with pytest.raises(ClientError, match="does not exist within the repository") as refusal:
        cloud.ecr.describe_images(repositoryName="assets", imageIds=[{"imageTag": "new"}])
    assert refusal.value.response["Error"]["Code"] == "ImageNotFoundException"
    cloud.ecr.put_image(repositoryName="assets", imageManifest=json.dumps(MANIFEST), imageTag="new")
    found = cloud.ecr.describe_images(repositoryName="assets", imageIds=[{"imageTag": "new"}])
    assert found["imageDetails"][0]["imageTags"] == ["new"]
    assert len(cloud.ecr.describe_images(repositoryName="assets")["imageDetails"]) == 1
    cloud.ecr.delete_repository(repositoryName="assets", force=True)

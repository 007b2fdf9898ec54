"""ECR: an image that isn't there is an error, by which the CDK CLI knows that it must build it."""

from __future__ import annotations

import json

from ministack.core.responses import error_response_json

from local_aws.emulator.internals import ECR, account, patch
from local_aws.emulator.replies import Operation, Record, Reply


@patch("services.ecr", "_describe_images")
def _describe_images(original: Operation, data: Record) -> Reply:
    """Refuse what isn't there; MiniStack answers with an empty list."""
    name = data.get("repositoryName", "")
    for image in data.get("imageIds") or ():
        if name in ECR.repositories and ECR.find_image(name, image) is None:
            refusal: Reply = error_response_json(
                "ImageNotFoundException",
                f"The image with imageId {json.dumps(image)} does not exist within the "
                f"repository with name '{name}' in the registry with id '{account()}'",
                400,
            )
            return refusal
    return original(data)

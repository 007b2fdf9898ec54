"""ECR: an image that isn't there is an error, by which the CDK CLI knows that it must build it."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import error_response_json

from local_aws.emulator.internals import ECR, account, replace
from local_aws.emulator.replies import Operation, Reply


def install() -> None:
    """Replace the look-up of images, which answers with an empty list."""
    replace("_describe_images", _refusing_unknown, "services.ecr")


def _refusing_unknown(original: Operation) -> Operation:
    def describe_images(data: dict[str, Any]) -> Reply:
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

    return describe_images

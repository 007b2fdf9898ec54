"""What MiniStack lacks of services that are not ours: one call of each."""

from __future__ import annotations

import json
from collections.abc import Mapping

from botocore.session import get_session
from ministack.core.responses import error_response_json, json_response

from local_aws.emulator.internals import EC2, ECR, LOGS, Function, account, patch
from local_aws.emulator.replies import Operation, Record, Reply

PUBLISHED = ("/aws/service/eks/optimized-ami/", "/aws/service/bottlerocket/")
AMAZON_LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


@patch("core.router", "_is_aws_service_name")
def _is_aws_service_name(_: Function, name: str) -> bool:
    """Know a service that MiniStack lacks by its name: to read the models of all takes six seconds."""
    return any(
        name in each["services"] for each in get_session().get_data("endpoints")["partitions"]
    )


@patch("services.ssm", "_public_parameter")
def _public_parameter(original: Function, name: str) -> object:
    """Publish the images of EKS and Bottlerocket: that of Amazon Linux, since no instance boots."""
    return original(AMAZON_LINUX if name.startswith(PUBLISHED) else name)


@patch("services.ecr", "_describe_images")
def _describe_images(original: Operation, data: Record) -> Reply:
    """Refuse what isn't there, by which the CDK CLI knows that it must build it."""
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


@patch("services.cloudformation.provisioners", "_asg_fields")
def _asg_fields(original: Function, properties: Record) -> Record:
    """Keep the launch template of a mix, and tell what its first machine is: no instance says it."""
    mix = properties.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    given = properties.get("LaunchTemplate") or mix.get("LaunchTemplateSpecification")
    fields: Record = original({**properties, "LaunchTemplate": given})
    template = EC2.launch_templates[fields["LaunchTemplate"]["LaunchTemplateId"]]
    first = [*mix.get("Overrides", ()), template["Versions"][-1]["LaunchTemplateData"]][0]
    return {**fields, "LaunchConfigurationName": first["InstanceType"]}


@patch("services.cloudwatch_logs", "handle_request")
async def _handle_request(
    original: Function,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *rest: object,
) -> object:
    """Take a key to a log group that is there already, or away from it."""
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    if action not in {"AssociateKmsKey", "DisassociateKmsKey"}:
        return await original(method, path, headers, body, *rest)
    call = json.loads(body)
    LOGS.log_groups[call["logGroupName"]]["kmsKeyId"] = call.get("kmsKeyId")
    return json_response({})

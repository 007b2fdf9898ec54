"""What tests do with the emulated AWS: deploy small templates, call APIs, read refusals."""

from __future__ import annotations

import functools
import json
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "111122223333"
REGION = "eu-central-1"
SECONDS = 120
SECRET = "test"  # noqa: S105  # MiniStack takes it for the root user

Template = Mapping[str, Mapping[str, Any]]
"""The resources of a template."""


class Cloud:
    """An emulated AWS."""

    def __init__(
        self, endpoint: str, key: str = ACCOUNT, secret: str = SECRET, token: str | None = None
    ) -> None:
        """Call it as the root user, or as the owner of an access key."""
        self.endpoint = endpoint
        self._session = boto3.Session(
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            region_name=REGION,
        )

    @functools.cache  # noqa: B019  # lives as long as the tests
    def client(self, service: str) -> Any:  # noqa: ANN401  # boto3 ships no types
        """A client of a service."""
        return self._session.client(
            service, endpoint_url=self.endpoint, config=Config(retries={"total_max_attempts": 1})
        )

    def __getattr__(self, service: str) -> Any:  # noqa: ANN401
        return self.client(service)

    def deploy(self, resources: Template, stack: str = "", /, **more: object) -> Stack:
        """Create or update a stack and wait; what became of it is in the result."""
        name = stack or f"test-{uuid.uuid4().hex[:12]}"
        body = json.dumps({"Resources": resources, **more})
        act = self.cloudformation.update_stack if stack else self.cloudformation.create_stack
        act(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
        return self.settled(name)

    def create(self, resources: Template) -> Stack:
        """Create a stack that must not fail."""
        stack = self.deploy(resources)
        assert stack.status == "CREATE_COMPLETE", stack.reasons
        return stack

    def destroy(self, stack: str) -> Stack:
        """Delete a stack and wait."""
        (found,) = self.cloudformation.describe_stacks(StackName=stack)["Stacks"]
        self.cloudformation.delete_stack(StackName=stack)
        return self.settled(found["StackId"])

    def settled(self, name: str) -> Stack:
        """Wait until a stack rests."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            (found,) = self.cloudformation.describe_stacks(StackName=name)["Stacks"]
            if not found["StackStatus"].endswith("IN_PROGRESS"):
                return Stack(self, found["StackName"], found["StackId"], found["StackStatus"])
            time.sleep(0.02)
        raise TimeoutError(name)

    def interfaces(self, name: str, value: str) -> list[dict[str, Any]]:
        """Return the network interfaces that have a value in a field, its end being enough."""
        found = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return [
            one
            for one in found
            if str(one.get(name)).endswith(value)
            or (name == "Groups" and value in [group["GroupId"] for group in one["Groups"]])
            or (name == "TagSet" and value in [tag["Value"] for tag in one["TagSet"]])
        ]

    def new_group(self, vpc_id: str) -> str:
        """Make a security group out of band."""
        own = {"GroupName": uuid.uuid4().hex, "Description": "-", "VpcId": vpc_id}
        return str(self.ec2.create_security_group(**own)["GroupId"])

    def refusal(self, service: str, operation: str, **arguments: object) -> tuple[str, str]:
        """Return code and message of the error that a call ends with."""
        try:
            getattr(self.client(service), operation)(**arguments)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]
        raise AssertionError(f"{operation} was not refused")


class Stack:
    """A stack after an operation."""

    def __init__(self, cloud: Cloud, name: str, stack_id: str, status: str) -> None:
        self.cloud = cloud
        self.name = name
        self.id = stack_id
        self.status = status

    @property
    def events(self) -> list[dict[str, str]]:
        """All events, the newest first."""
        client = self.cloud.cloudformation
        return [*client.describe_stack_events(StackName=self.id)["StackEvents"]]

    @property
    def reasons(self) -> str:
        """The reasons of all failures."""
        return "\n".join(
            event.get("ResourceStatusReason", "")
            for event in self.events
            if event["ResourceStatus"].endswith("FAILED")
        )

    def __getitem__(self, logical_id: str) -> str:
        """The physical id of a resource."""
        return self.ids[logical_id]

    @property
    def ids(self) -> dict[str, str]:
        """The physical id of each resource."""
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in self.resources}

    @property
    def resources(self) -> list[dict[str, str]]:
        """The resources."""
        client = self.cloud.cloudformation
        return [*client.describe_stack_resources(StackName=self.name)["StackResources"]]

    def update(self, resources: Template, **more: object) -> Stack:
        """Update the stack and wait."""
        return self.cloud.deploy(resources, self.name, **more)

    def destroy(self) -> Stack:
        """Delete the stack and wait."""
        return self.cloud.destroy(self.name)

    def drift(self) -> dict[str, str]:
        """What drift detection finds of each resource."""
        client = self.cloud.cloudformation
        detection = client.detect_stack_drift(StackName=self.name)["StackDriftDetectionId"]
        status = client.describe_stack_drift_detection_status
        while status(StackDriftDetectionId=detection)["DetectionStatus"].endswith("IN_PROGRESS"):
            time.sleep(0.02)
        drifts = client.describe_stack_resource_drifts(StackName=self.name)["StackResourceDrifts"]
        return {one["LogicalResourceId"]: one["StackResourceDriftStatus"] for one in drifts}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def arn(role: str) -> str:
    """The ARN of a role of the account."""
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def resolved(value: Any, ids: Mapping[str, str]) -> Any:  # noqa: ANN401  # any JSON
    """A row's value with ids for names behind an @, and with ARNs for `@arn NAME` and `@role NAME`."""
    if isinstance(value, dict):
        return {key: resolved(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, ids) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith(("@arn ", "@role ")):
        kind, name = value.split()
        return arn(ids[name] if kind == "@role" else name)
    return re.sub(r"@([\w-]+)", lambda match: ids.get(match[1], match[0]), value)

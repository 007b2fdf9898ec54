"""Makes a log group, or takes the one that is there: the code of a Lambda function.

CloudFormation's own type refuses a name that is taken. What was there before is never deleted: its
physical id says so.
"""

import json
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import boto3

ADOPTED = ":adopted"
Client = Any
"""Of boto3, which makes its classes when it runs."""


def handler(event: Mapping[str, Any], _context: object) -> None:
    """Do what CloudFormation asks for, and tell it how that ended."""
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    name = event["ResourceProperties"]["LogGroupName"]
    known = event.get("PhysicalResourceId", "")
    # Until a group is made there is none of ours that the end of a failed deploy could delete.
    same = known.removesuffix(ADOPTED) == name or event["RequestType"] == "Delete"
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": known if same else name + ADOPTED}
    try:
        client = boto3.client("logs")
        if event["RequestType"] == "Delete":
            delete(client, known)
        else:
            with suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_group(logGroupName=name)
                answer["PhysicalResourceId"] = name
            complete(client, event["ResourceProperties"], event.get("OldResourceProperties", {}))
    except Exception as error:
        answer |= {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"}
    # The URL is signed for a request without a content type.
    headers, body = {"Content-Type": ""}, json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], body, headers, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()


def delete(client: Client, physical_id: str) -> None:
    """Delete a group that this function made, if it is still there."""
    if not physical_id.endswith(ADOPTED):
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_log_group(logGroupName=physical_id)


def complete(client: Client, wanted: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Give a group its key, its retention and its tags."""
    name = wanted["LogGroupName"]
    if wanted["KmsKeyArn"]:
        client.associate_kms_key(logGroupName=name, kmsKeyId=wanted["KmsKeyArn"])
    elif before.get("KmsKeyArn"):
        client.disassociate_kms_key(logGroupName=name)
    client.put_retention_policy(logGroupName=name, retentionInDays=int(wanted["RetentionInDays"]))
    client.tag_resource(resourceArn=wanted["Arn"], tags=wanted["Tags"])

"""Makes a log group, or takes the one that is there: the code of a Lambda function.

CloudFormation's own type refuses a name that is taken.
"""

import json
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import boto3


def handler(event: Mapping[str, Any], _context: object) -> None:
    """Do what CloudFormation asks for, and tell it how that ended."""
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {
        "Status": "SUCCESS",
        "PhysicalResourceId": event["ResourceProperties"]["LogGroupName"],
    }
    try:
        before = event.get("OldResourceProperties", {})
        act(event["RequestType"], event["ResourceProperties"], before)
    except Exception as error:
        answer |= {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"}
    # The URL is signed for a request without a content type.
    headers, body = {"Content-Type": ""}, json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], body, headers, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()


def act(request_type: str, wanted: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Create, update or delete the group, whatever was there before."""
    client = boto3.client("logs")
    name = wanted["LogGroupName"]
    if request_type == "Delete":
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_log_group(logGroupName=name)
        return
    with suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_group(logGroupName=name)
    if wanted["KmsKeyArn"]:
        client.associate_kms_key(logGroupName=name, kmsKeyId=wanted["KmsKeyArn"])
    elif before.get("KmsKeyArn"):
        client.disassociate_kms_key(logGroupName=name)
    client.put_retention_policy(logGroupName=name, retentionInDays=int(wanted["RetentionInDays"]))
    client.tag_resource(resourceArn=wanted["Arn"], tags=wanted["Tags"])

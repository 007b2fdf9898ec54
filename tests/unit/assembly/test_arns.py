from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assembly.arns import HOLE, OWN, alike, arn, readable, rendered
from assembly.references import Reference
from tests.unit.guardrails.environments import of_resources


@pytest.mark.parametrize(
    ("pattern", "value", "same"),
    [
        (f"arn:{HOLE}:s3:::a", "arn:aws:s3:::a", True),
        (f"arn:aws:logs:{HOLE}:1:x", f"arn:aws:logs:r:{HOLE}:x", True),
        (f"arn:aws:logs:{HOLE}:1:x", f"arn:aws:logs:r:{HOLE}:y", False),
        ("arn:aws:logs:*", "arn:aws:logs:r:1:log-group:a", True),
        ("*", "arn:aws:logs:r:1:log-group:a", True),
        ("*", "a", True),
        ("a.b", "axb", False),
    ],
)
def test_holes_fit_anything(pattern: str, value: str, same: object) -> None:
    """On either side, in each part of an ARN."""
    assert alike(pattern, value) is same


@pytest.mark.parametrize(
    ("kind", "field", "written"),
    [
        ("AWS::S3::Bucket", "BucketName", "arn:aws:s3:::own"),
        ("AWS::EKS::Cluster", "Name", "arn:aws:eks:r-1:1:cluster/own"),
        ("AWS::Logs::LogGroup", "LogGroupName", "arn:aws:logs:r-1:1:log-group:own:*"),
        ("Custom::LogGroup", "LogGroupName", "arn:aws:logs:r-1:1:log-group:own"),
        ("AWS::Lambda::Function", "FunctionName", "arn:aws:lambda:r-1:1:function:own"),
        ("AWS::IAM::Role", "RoleName", "arn:aws:iam::1:role/own"),
        ("AWS::KMS::Key", "", "arn:aws:kms:r-1:1:key/\ue001Stack/Named/\ue001"),
    ],
)
def test_an_arn_holds_the_name_of_its_resource(kind: str, field: str, written: str) -> None:
    """Or what stands for the name that nobody knows yet."""
    properties: dict[str, Any] = {field: "own"} if field else {}
    made = of_resources(Named={"Type": kind, "Properties": properties})
    stack = replace(made.stacks["Stack"], account="1", region="r-1")
    made = replace(made, stacks={"Stack": stack})
    reference = Reference("", node=("Stack", "Named"), attribute="Arn")
    assert rendered(made, reference) == written
    resource = made.by_node["Stack", "Named"]
    assert (
        arn(resource, "x:{region}:{account}:{name}", name="n", account="2") == "arn:aws:x:r-1:2:n"
    )


def test_people_read_the_logical_id_of_what_has_no_name_yet() -> None:
    """And a star for what may be anything."""
    assert (
        readable(f"arn:{HOLE}:iam::1:role/{OWN.format('Stack/Role/')}") == "arn:*:iam::1:role/Role"
    )

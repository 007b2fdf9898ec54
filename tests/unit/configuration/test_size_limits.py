"""What is too large for AWS stops a synth, told by the field that made it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from configuration.size_limits import size_problems
from tests.unit.configuration.mistakes import DEV

ROLE_PATH = "Dev/Cluster/Access/Role"
GROUP, NODE_GROUP = "AWS::AutoScaling::AutoScalingGroup", "AWS::EKS::Nodegroup"
LONG = {"Statement": [{"Action": ["s3:GetObject"] * 800, "Resource": "*"}]}
HALF = {"Statement": [{"Action": ["s3:GetObject"] * 400, "Resource": {"Ref": "Bucket"}}]}
JOINED = {"Fn::Join": ["", ["x" * 11_000, {"Ref": "AWS::Region"}]]}


def resource(kind: str, **properties: object) -> dict[str, Any]:
    """Return a resource of the access construct."""
    return {"Type": kind, "Properties": properties, "Metadata": {"aws:cdk:path": ROLE_PATH}}


def role(**properties: object) -> dict[str, Any]:
    """Return a role."""
    return resource("AWS::IAM::Role", **properties)


def policy(document: object) -> dict[str, Any]:
    """Return a policy of the role."""
    return resource("AWS::IAM::Policy", Roles=[{"Ref": "Role"}], PolicyDocument=document)


def problems(tmp_path: Path, resources: object) -> list[str]:
    """Return what is said of a template."""
    (tmp_path / "assembly-Dev").mkdir()
    file = tmp_path / "assembly-Dev" / "DevCluster.template.json"
    file.write_text(json.dumps({"Resources": resources}), encoding="utf-8")
    return [str(problem) for problem in size_problems(tmp_path, [DEV])]


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ({"Role": role(Policies=[{"PolicyDocument": LONG}])}, "have 12,043 characters"),
        ({"Role": role(), "A": policy(HALF), "B": policy(HALF)}, "have 12,084 characters"),
        ({"Role": role(), "A": policy({"Resource": JOINED})}, "have 11,015 characters"),
        ({"Role": role(ManagedPolicyArns=["a"] * 26)}, "has 26 managed policies"),
        ({"Group": resource(GROUP, Tags=[{"Key": str(n)} for n in range(51)])}, "has 51 tags"),
        ({"Group": resource(NODE_GROUP, Tags={str(n): "" for n in range(52)})}, "remove 2 tags"),
        (
            {"Role": role(Description="x" * 1_000_001)},
            "DevCluster.template.json has 1,000,144 bytes",
        ),
    ],
)
def test_what_is_too_large_is_told_by_its_field(
    resources: object, words: str, tmp_path: Path
) -> None:
    """With the number, the limit and a way out."""
    (told,) = problems(tmp_path, resources)

    assert told.startswith("  dev: " if "bytes" in words else "  dev.access: ")
    assert words in told


@pytest.mark.parametrize(
    "resources",
    [
        {"Role": role(ManagedPolicyArns=["a"] * 25), "A": policy(HALF)},
        {"Group": resource(GROUP, Tags=[{"Key": str(n)} for n in range(50)])},
        {"Group": resource(GROUP, Tags={"Ref": "Tags"})},
        {"Group": resource("AWS::IAM::ManagedPolicy", PolicyDocument=LONG)},
        {"Role": role(ManagedPolicyArns={"Ref": "Arns"}, Policies={"Ref": "Policies"})},
        {"Role": role(Policies=[None, {"PolicyDocument": None}]), "A": policy(None)},
        {"Role": None, "A": {"Type": "AWS::IAM::Policy", "Properties": {"Roles": ["a", None]}}},
        None,
    ],
)
def test_what_fits_or_is_not_known_stops_nothing(resources: object, tmp_path: Path) -> None:
    """Whatever shape a template has."""
    assert problems(tmp_path, resources) == []

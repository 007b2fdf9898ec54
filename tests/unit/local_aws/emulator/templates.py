"""Resources of templates that tests deploy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.unit.local_aws.emulator.cloud import Stack, resolved

Resources = dict[str, dict[str, Any]]

TEXT = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")


def resource(kind: str, *after: str, **properties: object) -> dict[str, Any]:
    """A resource of a type without its AWS::."""
    return {"Type": f"AWS::{kind}", "Properties": properties, "DependsOn": list(after)}


def role(*services: str, actions: tuple[str, ...] = ("sts:AssumeRole",)) -> dict[str, Any]:
    """A role that services may assume."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": list(actions),
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return resource("IAM::Role", AssumeRolePolicyDocument=document)


def named(name: str, ids: Mapping[str, str] | None = None, *, second_octet: int = 0) -> Resources:
    """Resources of `templates.yaml`, with ids for names behind an @."""
    found = yaml.safe_load(TEXT.replace("10.X.", f"10.{second_octet}."))[name]
    made: Resources = resolved(found, ids) if ids else found
    return made


def network(second_octet: int = 0) -> Resources:
    """A VPC with a public and a private subnet in each of two zones."""
    return named("network", second_octet=second_octet)


ROLES: Resources = {
    "ClusterRole": role("eks.amazonaws.com"),
    "NodeRole": role("ec2.amazonaws.com"),
    "FargateRole": role("eks-fargate-pods.amazonaws.com"),
    "PodRole": role("pods.eks.amazonaws.com", actions=("sts:AssumeRole", "sts:TagSession")),
    "FunctionRole": role("lambda.amazonaws.com"),
}
PEOPLE: Resources = {
    name: {
        **role("ec2.amazonaws.com"),
        "Properties": {**role("ec2.amazonaws.com")["Properties"], "RoleName": name},
    }
    for name in ("Somebody", "Developer", "Refused", "Typed", "Halfway", "Flows", "x")
}
"""Roles that have a name, to give access to."""


def cluster(name: str, role_arn: object, subnets: list[Any], **more: object) -> dict[str, Any]:
    """A cluster that knows access entries."""
    own = {"Name": name, "RoleArn": role_arn, "ResourcesVpcConfig": {"SubnetIds": subnets}}
    return resource("EKS::Cluster", **{**named("cluster"), **own, **more})


def function(base: Stack, **more: object) -> dict[str, Any]:
    """A Lambda function that does nothing."""
    found = named("function", base.ids)
    return {**found, "Properties": {**found["Properties"], **more}}

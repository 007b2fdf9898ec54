"""An account that answers as it is told, and a small environment to ask it about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.stub import Stubber

from assembly.environment import Environment
from assembly.stack import Stack
from configuration.capacity_plan import stated_inputs
from preflight.account import Account
from preflight.row import Check, Row
from preflight.target import Target, target_of
from tests.reference import dev

ACCOUNT = "111122223333"
REGION = "eu-west-1"
SESSION = boto3.Session("key", "secret", region_name=REGION)
Answer = tuple[str, str, Mapping[str, Any] | str]
"""A service, an operation, and what it answers: a response, or the code of an error."""

RESOURCES: Mapping[str, Any] = {
    "Cluster": {"Type": "AWS::EKS::Cluster", "Properties": {"Name": "blue", "Version": "1.36"}},
    "Nodes": {"Type": "AWS::EKS::Nodegroup"},
    "Log": {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"LogGroupName": "/aws/eks/blue/cluster"},
    },
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "operator",
            "ManagedPolicyArns": [
                {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonEKSClusterPolicy"}
            ],
            "AssumeRolePolicyDocument": {
                "Statement": [
                    {"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root"]}},
                    {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/team/ada"}},
                    {"Principal": "*"},
                ]
            },
        },
    },
    "Entry": {
        "Type": "AWS::EKS::AccessEntry",
        "Properties": {"PrincipalArn": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/on-call"}},
    },
    "Made": {
        "Type": "AWS::EKS::AccessEntry",
        "Properties": {"PrincipalArn": {"Fn::GetAtt": ["Role", "Arn"]}},
    },
    "Cni": {
        "Type": "AWS::EKS::Addon",
        "Properties": {"AddonName": "vpc-cni", "AddonVersion": "v1.22.4-eksbuild.3"},
    },
}
MANIFEST: Mapping[str, Any] = {
    "artifacts": {
        "Blue": {
            "type": "aws:cloudformation:stack",
            "properties": {
                "stackName": "Dev-Blue",
                "assumeRoleArn": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-deploy",
                "cloudFormationExecutionRoleArn": "arn:aws:iam::${AWS::AccountId}:role/cdk-exec",
                "requiresBootstrapStackVersion": 6,
                "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/x/version",
            },
        },
        "Assets": {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}},
        "Odd": None,
    }
}
ASSETS: Mapping[str, Any] = {
    "dockerImages": {
        "api": {
            "source": {"platform": "linux/arm64"},
            "destinations": {"here": {"assumeRoleArn": "arn:aws:iam::1:role/cdk-images"}},
        },
    }
}

TIME = "2026-11-28T00:00:00Z"
LOGICAL = {"LogicalResourceId": "Any", "ResourceType": "AWS::Any"}
DEMANDED: Mapping[str, Mapping[str, Any]] = {
    "Role": {"Path": "/", "RoleName": "any", "RoleId": "A" * 16, "CreateDate": TIME},
    "User": {"Path": "/", "UserName": "any", "UserId": "A" * 16, "CreateDate": TIME},
    "Stacks": {"StackName": "Dev-Blue", "CreationTime": TIME},
    "StackResourceSummaries": {**LOGICAL, "LastUpdatedTimestamp": TIME},
}


def environment(
    folder: Path, resources: Mapping[str, Any] | None = None, *, account: str = ""
) -> Environment:
    """Return an environment of one stack, with the capacity of dev and a manifest in a folder."""
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    (folder / "assets.json").write_text(json.dumps(ASSETS), encoding="utf-8")
    capacity = {"type": "groundwork:capacity", "data": stated_inputs(dev.ENVIRONMENT)}
    stack = Stack(
        path="Dev/Blue",
        template={"Resources": RESOURCES if resources is None else resources},
        template_path=str(folder / "Blue.template.json"),
        deployed_as="Dev-Blue",
        metadata={"/Dev/Blue": [capacity]},
        account=account,
        region=REGION,
    )
    return Environment(name="Dev", stacks={stack.path: stack})


def target(folder: Path, resources: Mapping[str, Any] | None = None) -> Target:
    """Return what a preflight asks about once the account is known."""
    found = target_of(environment(folder, resources), name="Dev", account=ACCOUNT)
    return replace(found, region=REGION)


@dataclass(frozen=True)
class Session:
    """Makes real clients of boto3 whose calls are answered by their Stubber, in order."""

    stubs: Mapping[str, Stubber]

    def client(self, service: str, **_more: object) -> object:
        """Return the stubbed client."""
        return self.stubs[service].client


def account(*answers: Answer) -> Account:
    """Return an account that gives these answers and no other."""
    return Account(Session(stubbed(*answers)), REGION)


def stubbed(*answers: Answer) -> Mapping[str, Stubber]:
    """Return a stub for each service; botocore checks the shape of what it answers."""
    stubs = {service: Stubber(SESSION.client(service)) for service in {each[0] for each in answers}}
    for service, operation, answer in answers:
        if isinstance(answer, str):
            stubs[service].add_client_error(operation, answer)
        else:
            stubs[service].add_response(operation, whole(answer))
    for stub in stubs.values():
        stub.activate()
    return stubs


def whole(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with what botocore demands and no check reads."""
    found = deepcopy(dict(answer))
    for name, more in DEMANDED.items():
        if isinstance(found.get(name), list):
            found[name] = [{**more, **each} for each in found[name]]
        elif name in found:
            found[name] = {**more, **found[name]}
    return found


def rows(check: Check, about: Target, *answers: Answer) -> list[Row]:
    """Return the rows of a check, which must take every answer."""
    session = Session(stubbed(*answers))
    found = list(check(Account(session, REGION), about))
    for stub in session.stubs.values():
        stub.assert_no_pending_responses()
    return found

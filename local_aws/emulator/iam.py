"""IAM: roles and policies that can't go while something hangs on them, and who is known here."""

from __future__ import annotations

import fnmatch
import functools
import json
import os
import re
from collections.abc import Iterator
from typing import Any

from local_aws.emulator.internals import IAM, PROVISIONERS, Function, account
from local_aws.emulator.replies import HandlerError
from local_aws.emulator.schemas import Properties

PRINCIPAL = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(role|user)/[\w+=,.@/-]+")

KNOWN = ("arn:aws*:iam::*:role/aws-reserved/*", "arn:aws*:iam::*:role/aws-service-role/*")
"""Principals that AWS makes itself, IAM Identity Center's roles among them: nobody here can know them."""

MORE_KNOWN = "LOCAL_AWS_KNOWN_PRINCIPALS"
"""Names more of them, as ARNs or patterns with commas between: what an account had before."""

POLICIES = {
    "AWS::IAM::Role": ("AssumeRolePolicyDocument", "Invalid principal in policy", "Iam"),
    "AWS::KMS::Key": (
        "KeyPolicy",
        "Policy contains a statement with one or more invalid principals",
        "Kms",
    ),
    "AWS::S3::BucketPolicy": ("PolicyDocument", "Invalid principal in policy", "S3"),
}
"""By type: the policy that names principals, and the words for one that does not exist."""


def exists(arn: str) -> bool:
    """Tell whether a role or user is in this account's IAM, or can't be known: another account's."""
    match = PRINCIPAL.fullmatch(arn)
    if match is None:
        return False
    named = [one for one in os.environ.get(MORE_KNOWN, "").split(",") if one]
    if match[1] != account() or any(fnmatch.fnmatchcase(arn, one) for one in (*KNOWN, *named)):
        return True
    store = IAM.roles if match[2] == "role" else IAM.users
    return any(one["Arn"] == arn for one in store.values())


def check_principals(kind: str, properties: Properties) -> None:
    """Raise IAM's refusal of a policy that names a role or user that does not exist."""
    name, words, service = POLICIES.get(kind, ("", "", ""))
    for arn in _principals(properties.get(name)):
        if PRINCIPAL.fullmatch(arn) and not exists(arn):
            message = f'{words}: "AWS":"{arn}"'
            raise HandlerError(message, service=service, code="MalformedPolicyDocument")


def _principals(document: Any) -> Iterator[str]:  # noqa: ANN401  # any JSON
    policy = json.loads(document) if isinstance(document, str) else document or {}
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal")
        found = principal.get("AWS", []) if isinstance(principal, dict) else []
        yield from map(str, found if isinstance(found, list) else [found])


def install() -> None:
    """Keep what is attached to something that its template doesn't know."""
    for name, conflict in (
        ("AWS::IAM::Role", _role_conflict),
        ("AWS::IAM::ManagedPolicy", _policy_conflict),
    ):
        handlers: dict[str, Any] = PROVISIONERS.RESOURCE_HANDLERS[name]
        handlers["delete"] = functools.partial(_delete, handlers["delete"], conflict)


def _delete(delete: Function, conflict: Function, physical_id: str, properties: Properties) -> None:
    words = conflict(physical_id, properties)
    if words:
        raise HandlerError(words, service="Iam", status=409, code="DeleteConflict")
    delete(physical_id, properties)


def _role_conflict(name: str, properties: Properties) -> str:
    role = IAM.roles.get(name, {})
    own = {one["PolicyName"] for one in properties.get("Policies", [])}
    if set(role.get("AttachedPolicies", [])) - set(properties.get("ManagedPolicyArns", [])):
        return "Cannot delete entity, must detach all policies first."
    foreign = set(role.get("InlinePolicies", {})) - own
    return "Cannot delete entity, must delete policies first." if foreign else ""


def _policy_conflict(arn: str, properties: Properties) -> str:
    holders = {name for name, role in IAM.roles.items() if arn in role["AttachedPolicies"]}
    foreign = holders - set(properties.get("Roles", []))
    return "Cannot delete a policy attached to entities." if foreign else ""

"""Reading who may assume a role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from guardrails.environment import Resource
from guardrails.intrinsics import text

_CLOUDFORMATION = re.compile(r"cfn-exec-role|cloudformation", re.IGNORECASE)
"""The role that deploys: `cdk bootstrap` calls it cdk-QUALIFIER-cfn-exec-role-ACCOUNT-REGION."""
_BINDS_THE_CALLER = ("aws:principal", "aws:sourceaccount", "aws:sourcearn", "sts:externalid")


def humans_may_assume(role: Resource | None, arn: str) -> bool:
    """Tell whether people can act as a principal: a role made here, or one that exists.

    A role that exists can't be read here. It counts, unless its name is that of the role with which
    CloudFormation deploys.
    """
    if role is None:
        return bool(arn) and not _CLOUDFORMATION.search(arn)
    if role.kind == "AWS::IAM::User":
        return True
    return any(_principals(statement, "AWS") or _by_saml(statement) for statement in _allowed(role))


def open_statements(role: Resource) -> Iterator[str]:
    """Yield who is too wide in each statement that lets everybody assume a role."""
    for statement in _allowed(role):
        if not _binds_the_caller(statement) and "*" in (
            *_principals(statement, "AWS"),
            *_principals(statement, "*"),
        ):
            yield "*"
        for provider in _principals(statement, "Federated"):
            if "oidc" in provider.lower() and _any_service_account(statement):
                yield "any service account"


def _allowed(role: Resource) -> Iterator[Mapping[str, Any]]:
    statements = role.properties.get("AssumeRolePolicyDocument", {}).get("Statement", ())
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        if statement.get("Effect") == "Allow":
            yield statement


def _principals(statement: Mapping[str, Any], kind: str) -> list[str]:
    principal = statement.get("Principal", {})
    if principal == "*":
        return ["*"] if kind == "*" else []
    values = principal.get(kind, ()) if isinstance(principal, Mapping) else ()
    return [text(value) for value in (values if isinstance(values, list) else [values]) if value]


def _by_saml(statement: Mapping[str, Any]) -> bool:
    return "sts:AssumeRoleWithSAML" in str(statement.get("Action"))


def _binds_the_caller(statement: Mapping[str, Any]) -> bool:
    return any(key.lower().startswith(_BINDS_THE_CALLER) for key in _condition_keys(statement))


def _any_service_account(statement: Mapping[str, Any]) -> bool:
    condition = statement.get("Condition", {})
    if any("Fn::GetAtt" in value for value in condition.values()):
        # The CDK fills a condition in whose key holds the provider's address.
        return False
    subjects = [
        value
        for tests in condition.values()
        for key, value in tests.items()
        if key.endswith(":sub")
    ]
    return not subjects or any("system:serviceaccount:*" in str(value) for value in subjects)


def _condition_keys(statement: Mapping[str, Any]) -> Iterator[str]:
    for tests in statement.get("Condition", {}).values():
        yield from tests

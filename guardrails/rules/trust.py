"""Reading who may assume a role."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly.resource import Resource
from kube.values import Unknown, look_up, mapping, several, text

_CLOUDFORMATION = re.compile(r"cfn-exec-role|cloudformation", re.IGNORECASE)
"""The role that deploys: `cdk bootstrap` calls it cdk-QUALIFIER-cfn-exec-role-ACCOUNT-REGION."""
_OIDC = re.compile(r"oidc|openidconnect", re.IGNORECASE)
_BINDS_THE_CALLER = ("aws:principal", "aws:sourceaccount", "aws:sourcearn", "sts:externalid")


def humans_may_assume(principal: Resource | None, arn: str) -> bool:
    """Tell whether people can act as a principal: a role made here, or one that exists.

    A role that exists can't be read here. It counts, unless its name is that of the role with which
    CloudFormation deploys.
    """
    if principal is None:
        return bool(arn) and not _CLOUDFORMATION.search(arn)
    if principal.kind == "AWS::IAM::User":
        return True
    return any(
        _principals(statement, "AWS")
        or "sts:AssumeRoleWithSAML" in str(look_up(statement, "Action"))
        for statement in _allowed(principal)
    )


def open_statements(role: Resource) -> Iterator[str]:
    """Yield who is too wide in each statement that lets everybody assume a role."""
    for statement in _allowed(role):
        everybody = (*_principals(statement, "AWS"), *_principals(statement, "*"))
        if "*" in everybody and not _binds_the_caller(statement):
            yield "*"
        for provider in _principals(statement, "Federated"):
            if _OIDC.search(provider) and _any_service_account(statement):
                yield "any service account"


def _allowed(role: Resource) -> Iterator[object]:
    """Yield the statements that allow, or may allow, somebody to assume a role."""
    for statement in several(role.properties, "AssumeRolePolicyDocument", "Statement"):
        effect = look_up(statement, "Effect")
        if effect == "Allow" or isinstance(effect, Unknown):
            yield statement


def _principals(statement: object, kind: str) -> list[str]:
    principal = look_up(statement, "Principal")
    if principal == "*":
        return ["*"] if kind == "*" else []
    return [text(value) for value in several(principal, kind) if text(value)]


def _tests(statement: object) -> Iterator[tuple[str, object]]:
    for tests in mapping(statement, "Condition").values():
        yield from mapping(tests).items()


def _binds_the_caller(statement: object) -> bool:
    return _unknown_tests(statement) or any(
        key.lower().startswith(_BINDS_THE_CALLER) for key, _ in _tests(statement)
    )


def _any_service_account(statement: object) -> bool:
    subjects = [value for key, value in _tests(statement) if key.endswith(":sub")]
    everybody = any("system:serviceaccount:*" in str(value) for value in subjects)
    # The CDK fills a condition in whose keys hold the provider's address.
    return everybody or not (subjects or _unknown_tests(statement))


def _unknown_tests(statement: object) -> bool:
    condition = look_up(statement, "Condition")
    return any(isinstance(each, Unknown) for each in (condition, *mapping(condition).values()))

"""IAM: roles and policies that can't go while something hangs on them, and who is known here."""

from __future__ import annotations

import fnmatch
import functools
import itertools
import json
import re
from typing import Any

from kube.values import table
from local_aws.emulator.internals import IAM, PROVISIONERS, Function, account, patch
from local_aws.emulator.replies import HandlerError, Record
from local_aws.emulator.schemas import Properties
from local_aws.state import setting

PRINCIPAL = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(role|user)/[\w+=,.@/-]+")

TABLES = table(__file__)
"""`known`: principals that AWS makes itself, IAM Identity Center's roles among them, which nobody here
can know. `policies`, by type: the policy that names principals, and the words for an unknown one."""

MORE_KNOWN = "LOCAL_AWS_KNOWN_PRINCIPALS"
"""Names more of them, as ARNs or patterns with commas between: what an account had before."""


def exists(arn: str) -> bool:
    """Tell whether a role or user is in this account's IAM, or can't be known: another account's."""
    match = PRINCIPAL.fullmatch(arn)
    if match is None:
        return False
    named = [one for one in setting(MORE_KNOWN).split(",") if one]
    if match[1] != account() or any(
        fnmatch.fnmatchcase(arn, one) for one in (*TABLES["known"], *named)
    ):
        return True
    store = IAM.roles if match[2] == "role" else IAM.users
    return any(one["Arn"] == arn for one in store.values())


def check_principals(kind: str, properties: Properties) -> None:
    """Raise the refusal of a policy that names a role or user that does not exist."""
    name, words, service = TABLES["policies"].get(kind, ("", "", ""))
    if message := _unknown(properties.get(name), words):
        raise HandlerError(message, service=service, code="MalformedPolicyDocument")


def _unknown(policy: object, words: str) -> str:
    """Return the words for the first principal of a policy that does not exist, if there is one."""
    named = itertools.chain(*(principals(one, "AWS") for one in statements(policy)))
    wrong = [arn for arn in map(str, named) if PRINCIPAL.fullmatch(arn) and not exists(arn)]
    return f'{words}: "AWS":"{wrong[0]}"' if wrong else ""


@patch("services.iam", "_trust_policy_not_principal_error")
def _trust_policy_error(original: Function, policy: object) -> object:
    """Say what is wrong with the trust policy of a call: CreateRole or UpdateAssumeRolePolicy."""
    return original(policy) or _unknown(policy, TABLES["policies"]["AWS::IAM::Role"][1]) or None


def statements(document: Any) -> list[Record]:  # noqa: ANN401  # a text or any JSON
    """Return the statements of a policy."""
    policy = json.loads(document) if isinstance(document, str) else document or {}
    return listed(policy.get("Statement", []))


def principals(statement: Record, kind: str) -> list[Any]:
    """Return those that a statement names as one kind of principal, such as Service."""
    found = statement.get("Principal")
    return listed(found.get(kind, [])) if isinstance(found, dict) else []


def listed(value: Any) -> list[Any]:  # noqa: ANN401  # a policy has either everywhere
    """Return a list, or the one thing that stands in its place."""
    return value if isinstance(value, list) else [value]


def install() -> None:
    """Keep what is attached to something that its template doesn't know."""
    for name, conflict in (
        ("AWS::IAM::Role", _role_conflict),
        ("AWS::IAM::ManagedPolicy", _policy_conflict),
    ):
        handlers: dict[str, Any] = PROVISIONERS.RESOURCE_HANDLERS[name]
        handlers["delete"] = functools.partial(_delete, handlers["delete"], conflict)

    forget = {"delete": lambda arn, _: IAM.oidc_providers.pop(arn, None)}
    PROVISIONERS.RESOURCE_HANDLERS["AWS::IAM::OIDCProvider"] = {"create": _trust_issuer, **forget}


def _trust_issuer(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Record]:
    url = properties["Url"].removeprefix("https://")
    arn = f"arn:aws:iam::{account()}:oidc-provider/{url}"
    made = {"Url": url, "ClientIDList": properties.get("ClientIdList", []), "ThumbprintList": []}
    IAM.oidc_providers[arn] = {**made, "CreateDate": ""}
    return arn, {"Arn": arn}


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

"""Whether the policy of a VPC endpoint lets a call through.

Both the endpoint's policy and that of the caller must allow a call; without a policy an endpoint lets
everything through. Source: AWS PrivateLink guide, "Control access to VPC endpoints using endpoint
policies"; IAM user guide, "Policy evaluation logic" and "AWS global condition context keys".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from assembly.environment import Environment
from assembly.links import role_of
from assembly.references import references
from assembly.resource import Resource
from assembly.structured import structured
from kube.values import Json, Unknown, known, mapping, several, text, unknowns

HOLE, PSEUDO = (re.compile(rf"\$\{{{start}[^}}]*\}}") for start in ("", "AWS::"))
ACCOUNTS = {
    "aws:principalaccount": "caller",
    "aws:resourceaccount": "owner",
    "s3:resourceaccount": "owner",
}
"""Conditions on whose something is, by the field of a call that says it."""
WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
OF_US = ("aws:principalarn", "aws:principalorgid", "aws:principalorgpaths")
"""Conditions on the caller that hold for nobody of AWS's."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What somebody does through an endpoint; `owner` is whose the resource is, own or aws."""

    action: str
    resource: str
    owner: str
    role: Resource | None = None
    account: str = ""
    vpc: object = None

    @property
    def caller(self) -> str:
        """Return whose credentials are used: a request to a bucket of AWS's is signed by AWS.

        One for a role of a service account (IRSA) is signed by nobody, and is none of ours either.
        """
        signed = self.owner == "aws" and self.action.startswith("s3:")
        return "aws" if signed or self.action == WEB_IDENTITY else "own"


def refusal(environment: Environment, policy: object, call: Call) -> str:
    """Return why a policy stops a call, empty where it lets the call through, or may."""
    try:
        document = structured(policy) if isinstance(policy, str) else policy
    except ValueError:
        return ""
    if document is None or isinstance(document, Unknown):
        return ""
    statements = [mapping(each) for each in several(document, "Statement")]
    if any(isinstance(each, Unknown) for each in several(document, "Statement")):
        return ""
    applying = [each for each in statements if _applies(environment, each, call)]
    effects = [(text(each, "Effect"), _condition(environment, each, call)) for each in applying]
    if ("Deny", True) in effects and all(map(_is_sure, applying)):
        return f"denies {call.action} on {call.resource}"
    if any(effect != "Deny" and holds is not False for effect, holds in effects):
        return ""
    return f"doesn't allow {call.action} on {call.resource}"


def _is_sure(statement: Json) -> bool:
    """Tell whether it is known what a statement is about, as far as names of AWS's are concerned."""
    unclear = (each for each in unknowns(statement) if next(references(each), None) is None)
    return not any("${" in PSEUDO.sub("", each) for each in unclear)


def _applies(environment: Environment, statement: Json, call: Call) -> bool:
    return (
        _named(statement, "Action", call.action.lower(), call)
        and _named(statement, "Resource", call.resource, call)
        and _principal(environment, statement, call)
    )


def _named(statement: Json, name: str, wanted: str, call: Call) -> bool:
    """Tell whether a statement is about an action or a resource: by name, or by all but some."""
    if (others := statement.get(f"Not{name}")) is not None:
        return not any(_matches(each, wanted, call) for each in several(others))
    # Without a resource a statement is about none; CloudFormation would refuse it.
    return any(_matches(each, wanted, call) for each in several(statement, name))


def _matches(pattern: object, wanted: str, call: Call) -> bool:
    # What stands in the templates is ours, so no bucket or repository of AWS's.
    if call.owner == "aws" and next(references(pattern), None) is not None:
        return False
    written = HOLE.sub("*", text(pattern))
    if name_is_action := ":" in wanted and not wanted.startswith("arn:"):
        written = written.lower()
    written = re.sub(r"^arn:[^:]*:", "arn:aws:", written)
    return (wanted == "*" and not name_is_action) or fnmatchcase(
        wanted, written.replace("[", "[[]")
    )


def _principal(environment: Environment, statement: Json, call: Call) -> bool:
    named = statement.get("Principal")
    if call.caller == "aws":
        return "*" in several(named) or "*" in several(named, "AWS")
    if named is None or isinstance(named, str):
        return named == "*" or isinstance(named, Unknown)
    for each in several(named, "AWS"):
        role = role_of(environment, each)
        if role is not None and call.role is not None:
            if role == call.role:
                return True
        elif role is None and (text(each) == "*" or "role/" not in text(each)):
            # The account's own root stands for everybody in it.
            return True
    return False


def _condition(environment: Environment, statement: Json, call: Call) -> bool | None:
    """Tell whether the condition of a statement holds for a call; None if that isn't known."""
    verdict: bool | None
    verdicts: list[bool | None] = []
    for operator, tests in mapping(statement, "Condition").items():
        for key, values in mapping(tests).items():
            name, verdict = str(key).lower(), None
            exact = known(values) and not any("*" in text(each) for each in several(values))
            if name in OF_US and call.caller == "aws":
                verdict = False
            elif name == "aws:principalarn" and exact and call.role is not None:
                verdict = call.role in [role_of(environment, each) for each in several(values)]
            elif name == "aws:sourcevpce" and exact:
                # Nobody knows the id of an endpoint that is yet to be made.
                verdict = False
            elif name == "aws:sourcevpc" and exact:
                verdict = call.vpc in several(values)
            elif name in ACCOUNTS and ("Equals" in operator or "Like" in operator):
                verdict = _is_of(several(values), getattr(call, ACCOUNTS[name]), call.account)
            verdicts.append(not verdict if "Not" in operator and verdict is not None else verdict)
    return False if False in verdicts else None if None in verdicts else True


def _is_of(values: object, owner: str, account: str) -> bool | None:
    """Tell whether an account is among some; none of ours is one of AWS's."""
    written = [text(each) for each in several(values)]
    if "*" in written:
        return True
    if owner == "aws":
        return None if "602401143452" in written else False
    if not known(values) or not account:
        return True if any("AWS::AccountId" in each for each in written) else None
    return account in written

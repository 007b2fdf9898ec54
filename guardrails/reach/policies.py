"""Whether the policy of a VPC endpoint lets a call through.

Source: AWS PrivateLink guide, "Control access to VPC endpoints using endpoint policies".
"""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.policies import HOLE, Call, alike, allows, rendered
from assembly.references import Reference
from assembly.resource import Resource
from assembly.structured import structured
from kube.values import Json, Unknown, several

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
AWS = "602401143452"
"""Stands for AWS's accounts: its repositories of EKS add-ons are in this one."""
UNKNOWABLE = "an endpoint that is yet to be made"


def lets_through(
    environment: Environment,
    endpoint: Resource,
    wanted: tuple[str, str, str],
    role: Resource | None,
) -> bool:
    """Tell whether the policy of an endpoint lets a call through, or may.

    `wanted` is the action, the resource and whose that is, own or aws. A request to a bucket of
    AWS's is signed by AWS, and one for a role of a service account (IRSA) by nobody.
    """
    action, resource, owner = wanted
    stack, policy = endpoint.scope.stack, endpoint.properties.get("PolicyDocument")
    try:
        document = structured(policy)
    except ValueError:
        return True
    ours = not (owner == "aws" and action.startswith("s3:")) and action != WEB_IDENTITY
    caller = _arn_of(environment, role) if role else HOLE
    own = stack.account or HOLE
    context: dict[str, str | None] = {
        "aws:principalaccount": own if ours else AWS,
        "aws:principalarn": caller if ours else None,
        "aws:resourceaccount": AWS if owner == "aws" else own,
        "s3:resourceaccount": AWS if owner == "aws" else own,
        "aws:sourcevpce": UNKNOWABLE,
        "aws:sourcevpc": rendered(environment, endpoint.properties.get("VpcId")),
        **({} if ours else dict.fromkeys(("aws:principalorgid", "aws:principalorgpaths"))),
    }
    document = _with_account(document, stack.account or "our account")
    statements = [*_about(environment, document, resource, caller if ours else "")]
    call = Call(action=action, resource=resource, context=context)
    return document is None or allows(environment, [{"Statement": statements}], call) is not False


def _arn_of(environment: Environment, role: Resource) -> str:
    return rendered(environment, Reference("", node=role.node, attribute="Arn"))


def _with_account(value: object, account: str) -> object:
    """Return a policy with an account in the place of the stack's own."""
    if isinstance(value, dict):
        return {key: _with_account(inner, account) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_account(inner, account) for inner in value]
    return account if value == "${AWS::AccountId}" else value


def _about(
    environment: Environment, document: object, resource: str, caller: str
) -> Iterator[object]:
    """Yield the statements that are about a caller, without what names it."""
    if isinstance(document, Unknown):
        yield document
    for each in several(document, "Statement"):
        if isinstance(each, Unknown):
            yield each
        elif isinstance(each, dict) and _names(environment, each.get("Principal"), caller):
            said: Json = {k: v for k, v in each.items() if v is not None and k != "Principal"}
            # What a call about anything is about is not for a policy to say.
            yield {**said, "Resource": "*"} if resource == "*" else said


def _names(environment: Environment, principal: object, caller: str) -> bool:
    """Tell whether a statement names a caller of ours, or everybody."""
    if not caller:
        return "*" in several(principal) or "*" in several(principal, "AWS")
    if principal is None or isinstance(principal, str):
        return principal == "*" or isinstance(principal, Unknown)
    named = [rendered(environment, each) for each in several(principal, "AWS")]
    # The account's own root stands for everybody in it.
    return any(
        ":role/" not in each or HOLE in (each, caller) or alike(each, caller) for each in named
    )

"""What the policy of a key or a bucket lets somebody do, as far as its text says.

Three answers: yes, no, and None where it depends on what only a deploy knows. IAM user guide, "Policy
evaluation logic".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from assembly.arns import OWN, place_of, rendered
from assembly.environment import Environment
from assembly.policies import Call, allows, statements
from assembly.references import Reference
from assembly.resource import Resource
from kube.values import Json, Unknown, mapping, several

__all__ = [
    "ACCOUNT",
    "Caller",
    "another_account",
    "in_place",
    "may",
    "narrowed",
    "principals",
    "region_of",
    "statements",
]
ACCOUNT, REGION, PARTITION = "${AWS::AccountId}", "${AWS::Region}", "${AWS::Partition}"
ROOT = f"arn:{PARTITION}:iam::{ACCOUNT}:root"
"""Stands for the account itself, which lets its roles do what it may."""
_PLAIN = {PARTITION: "aws", "${AWS::URLSuffix}": "amazonaws.com"}
_ANOTHER = re.compile(r"(?:arn:aws[a-z-]*:(?:iam|sts)::)?(?P<account>[0-9]{12})(?::.*)?")
_HOLE = re.compile(r"\$\{([^}]*)\}")
NARROW = re.compile(
    r"(?i)aws:(source(account|arn|orgid|orgpaths|owner|vpce?|vpcarn|ip)|principal(orgid|orgpaths|account|arn"
    r"|isawsservice)|vpcsourceip)|kms:(calleraccount|encryptioncontext:.+)|sts:externalid"
)
"""Condition keys that leave few of those whom a wildcard names."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls: a service by its name, a role by a part of its ARN, or, empty, the account itself.

    `context` are the values of condition keys that are known of its calls.
    """

    name: str = ""
    context: Mapping[str, str] = field(default_factory=dict)


def in_place(environment: Environment, resource: Resource, value: object) -> str:
    """Return a text of a policy in which the resource's own account is always written alike."""
    written = str(value)
    for hole, plain in _PLAIN.items():
        written = written.replace(hole, plain)
    stack = environment.stacks[resource.stack]
    written = written.replace(REGION, stack.region or REGION)
    return written.replace(stack.account or ACCOUNT, ACCOUNT)


def region_of(environment: Environment, resource: Resource) -> str:
    """Return the region that a resource is made in, or what stands for it."""
    return environment.stacks[resource.stack].region or REGION


def principals(statement: Json) -> Iterator[tuple[str, object]]:
    """Yield whom a statement names, each with the kind of principal."""
    named = statement.get("Principal")
    for kind, who in mapping(named).items() or [("AWS", named)]:
        yield from ((str(kind), each) for each in several(who))


def another_account(written: str) -> str:
    """Return the account of a principal of another account, empty for any other."""
    match = _ANOTHER.fullmatch(written)
    return match["account"] if match else ""


def narrowed(statement: Json) -> bool:
    """Tell whether a condition restricts who calls, or isn't known."""
    condition = statement.get("Condition")
    if isinstance(condition, Unknown):
        return True
    return any(
        isinstance(key, Unknown) or (NARROW.fullmatch(key) and "*" not in several(values))
        for operator in mapping(condition).values()
        for key, values in mapping(operator).items()
    )


def may(
    environment: Environment, holder: Resource, document: object, caller: Caller, *call: str
) -> bool | None:
    """Tell whether a policy lets a caller do something; `call` is an action, and a resource or none."""
    if document is None or isinstance(document, Unknown):
        return None
    action, resource = (*call, "*")[:2]
    context = {key: _filled(environment, holder, value) for key, value in caller.context.items()}
    asked = Call(
        action=action,
        resource=_filled(environment, holder, resource),
        principal=_filled(environment, holder, caller.name or ROOT),
        context=dict(context),
    )
    return allows(environment, [document], asked)


def _filled(environment: Environment, holder: Resource, written: str) -> str:
    """Return a text as the policies of a stack will have it."""
    # Whichever account it is, it isn't one that a policy writes down.
    place = {**place_of(holder), "account": holder.scope.stack.account or OWN.format("account")}
    for hole, name in ((ACCOUNT, "account"), (REGION, "region"), (PARTITION, "partition")):
        written = written.replace(hole, place[name])

    def named(match: re.Match[str]) -> str:
        logical_id, _, attribute = match[1].partition(".")
        reference = Reference("", node=(holder.stack, logical_id), attribute=attribute)
        return rendered(environment, reference)

    return _HOLE.sub(named, written)

"""What the policy of a key or a bucket lets somebody do, as far as its text says.

Three answers: yes, no, and None where it depends on what only a deploy knows. IAM user guide, "Policy
evaluation logic".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from assembly.environment import Environment
from assembly.resource import Resource
from kube.values import Json, Unknown, dicts, mapping, several

ACCOUNT, REGION = "${AWS::AccountId}", "${AWS::Region}"
_PLAIN = {"${AWS::Partition}": "aws", "${AWS::URLSuffix}": "amazonaws.com"}
_ANOTHER = re.compile(r"(?:arn:aws[a-z-]*:(?:iam|sts)::)?(?P<account>[0-9]{12})(?::.*)?")
_FIXED = (ACCOUNT, REGION)
_ALIKE = r"(For(Any|All)Values?:)?(String|Arn)(Equals|Like)(IgnoreCase)?(IfExists)?"
_HOLE = re.compile(r"\$\{[^}]*\}")
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


def statements(document: object, effect: str) -> Iterator[Json]:
    """Yield the statements of a policy that allow, or deny, something."""
    return (each for each in dicts(several(document, "Statement")) if each.get("Effect") == effect)


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

    def one(statement: Json, name: str, value: str) -> bool | None:
        if f"Not{name}" in statement:
            return None
        patterns = (in_place(environment, holder, each) for each in several(statement, name))
        if name == "Action":
            # They are written in any case, and without a service they are none.
            patterns = (each.lower() for each in patterns if each == "*" or ":" in each)
        return _any(_matches(each, value) for each in patterns)

    def applies(statement: Json) -> bool | None:
        action, *resources = call
        named = [(k, in_place(environment, holder, who)) for k, who in principals(statement)]
        return _all(
            [
                None if "NotPrincipal" in statement else _any(_is(caller, *who) for who in named),
                one(statement, "Action", action.lower()),
                *(one(statement, "Resource", each) for each in resources),
                *_conditions(environment, holder, statement.get("Condition"), caller),
            ]
        )

    if any(applies(each) for each in statements(document, "Deny")):
        return False
    return _any(applies(each) for each in statements(document, "Allow"))


def _is(caller: Caller, kind: str, written: str) -> bool | None:
    if written == "*":
        return True
    if kind == "Service" or caller.name:
        right = written == caller.name if kind == "Service" else caller.name in written
        unsure = _open(written, caller.name) and not written.endswith(":root")
        return True if right else (None if unsure else False)
    # A role of the templates, too, is one of this account.
    return kind == "AWS" and not another_account(written)


def _conditions(
    environment: Environment, holder: Resource, condition: object, caller: Caller
) -> Iterator[bool | None]:
    if isinstance(condition, Unknown):
        yield None
    for operator, keys in mapping(condition).items():
        for key, values in mapping(keys).items():
            value = caller.context.get(str(key).lower())
            if value is None or not re.fullmatch(_ALIKE, str(operator)):
                yield None
            else:
                patterns = (in_place(environment, holder, each) for each in several(values))
                yield _any(_matches(each, value) for each in patterns)


def _matches(pattern: str, value: str) -> bool | None:
    """Tell whether a pattern takes a value; what only a deploy fills in could be anything."""
    if fnmatchcase(value, pattern.replace("[", "[[]")):
        return True
    if not (_open(pattern, value) or _open(value, pattern)):
        return False
    one, other = _start(re.split(r"[*?]", pattern, maxsplit=1)[0], value), _start(value, pattern)
    return None if one.startswith(other) or other.startswith(one) else False


def _open(written: str, other: str) -> list[str]:
    """Return what a deploy fills in, unless the other text has the same."""
    return [hole for hole in _HOLE.findall(written) if hole not in other and hole not in _FIXED]


def _start(written: str, other: str) -> str:
    holes = _open(written, other)
    return written[: min(map(written.index, holes))] if holes else written


def _any(parts: Iterable[bool | None]) -> bool | None:
    found = list(parts)
    return True if True in found else (None if None in found else False)


def _all(parts: Iterable[bool | None]) -> bool | None:
    found = list(parts)
    return False if False in found else (None if None in found else True)

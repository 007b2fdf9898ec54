"""What IAM policies allow and deny, as sets of permissions that can be compared."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.policies import attached, documents, principals, statements
from assembly.resource import Resource
from kube.values import Json, several
from review.differences import in_words
from review.labels import counted, listed, quoted, words

ALL_BUT = "everything but "
POSITIVE = re.compile(r"(String(Equals|Like)|Arn(Equals|Like)|IpAddress)(IfExists)?\.")
"""Conditions that more values make easier (IAM user guide, "IAM JSON policy elements: Condition")."""
LIKE = "Like."
"""In the name of an operator whose values may have wildcards."""
OR = " or "
"""Between values of a key (IAM user guide, "Conditions with multiple context keys or values")."""
ADMINISTRATION = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
"""AWS managed policies that allow far more than one thing."""
READS = re.compile(
    r"[^:]+:(BatchGet|Check|Describe|Get|Head|List|Query|Scan|Search)", re.IGNORECASE
)
"""How actions begin that only read (Service Authorization Reference, access levels)."""
POWERS = ("ec2:runinstances", "ec2:createfleet", "sts:assumerole")
"""What leads to other permissions, beside writes of IAM: instances with a role, and roles (IAM user guide,
"Grant a user permissions to pass a role to an AWS service")."""

SHOWN = 8
"""As many actions stand in a sentence; the rest is in its details."""
FEW = 3
"""As many stand there with what they are allowed on."""


@dataclass(frozen=True, kw_only=True, order=True)
class Permission:
    """One action on one resource; `managed` is the name of an AWS managed policy instead.

    `denied` tells that it is taken away, whatever else allows it.
    """

    action: str
    resource: str
    managed: str = ""
    condition: str = ""
    denied: bool = False
    principal: str = ""

    def covers(self, other: Permission) -> bool:
        """Tell whether whatever the other one allows, or denies, this one does as well."""
        if self.managed or other.managed:
            return (self.managed, self.denied) == (other.managed, other.denied)
        return (
            self.denied == other.denied
            and _takes(self.condition, other.condition)
            and self.principal in {"*", other.principal}
            and _matches(self.action.lower(), other.action.lower())
            and _matches(self.resource, other.resource)
        )

    @property
    def wide(self) -> bool:
        """Tell whether this allows far more than one thing: a wildcard, or administration."""
        whole_service = self.action.endswith(":*") or self.action == "*"
        anything = (whole_service and self.resource == "*") or self.action.startswith(ALL_BUT)
        return anything or self.managed.endswith(ADMINISTRATION)

    @property
    def powerful(self) -> bool:
        """Tell whether this is wide, leads to other permissions, or writes to any resource at all."""
        action, everywhere = self.action.lower(), self.resource == "*" and not self.condition
        leads = action.startswith("iam:") or any(_matches(action, each) for each in POWERS)
        return self.wide or (action != "" and not READS.match(action) and (everywhere or leads))


def _takes(condition: str, other: str) -> bool:
    """Tell whether a condition holds wherever another one does: fewer keys, or more values of them.

    Of what isn't a list of values that are allowed, such as StringNotEquals, nobody knows.
    """
    if condition in {"", other}:
        return True
    mine, theirs = (dict(map(_key, each.split(", "))) for each in (condition, other))
    return all(
        POSITIVE.match(key) and _within(theirs.get(each, frozenset()), values, like=LIKE in key)
        for key, values in mine.items()
        for each in [key if key in theirs else key.replace(LIKE, "Equals.", 1)]
    )


def _within(values: frozenset[str], others: frozenset[str], *, like: bool) -> bool:
    """Tell whether there are values, and all of them are among others, or match one of them."""
    taken = (any(x == y or (like and _matches(x, y)) for x in others) for y in values)
    return bool(values) and all(taken)


def _key(field: str) -> tuple[str, frozenset[str]]:
    name, _, values = field.partition("=")
    return name, frozenset(values.split(OR))


def _matches(pattern: str, value: str) -> bool:
    """Tell whether a pattern of IAM takes all that a value takes, which may be a pattern itself."""
    if pattern.startswith(ALL_BUT) or value.startswith(ALL_BUT):
        return pattern in {value, "*"}
    return pattern == value or fnmatchcase(value, pattern.replace("[", "[[]"))


def trust_of(role: Resource) -> Mapping[str, str]:
    """Return who may assume a role, ARNs and services, and under which conditions."""
    found = gathered(
        (who, _condition(statement))
        for statement in statements(role.properties.get("AssumeRolePolicyDocument"))
        for who in _principals(statement)
    )
    return {who: "" if "" in all_of else listed(sorted(all_of)) for who, all_of in found.items()}


def let_in(known: Resource, role: Resource) -> set[str]:
    """Return whom a trust policy lets in where the one before didn't."""
    both = (stated(x.properties.get("AssumeRolePolicyDocument")) for x in (known, role))
    return {x.principal for x in compared(*both, denied=False)[0]}


def _principals(statement: Json) -> Iterator[str]:
    for field, prefix in (("Principal", ""), ("NotPrincipal", ALL_BUT)):
        named = (who for _, who in principals(statement, field) if isinstance(who, str))
        # What a deploy fills in stays what it is.
        yield from (f"{prefix}{who}" if prefix else who for who in named)


def _many(value: object) -> Sequence[str]:
    """Return texts of which IAM takes one or several."""
    return [each for each in several(value) if isinstance(each, str)]


def _condition(statement: Json) -> str:
    condition = statement.get("Condition")
    return in_words(_ordered(condition)) if condition else ""


def _ordered(value: object) -> object:
    """Return a condition in one order, since IAM knows none; of several values of a key any will do."""
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list) and value:
        texts = all(isinstance(each, str) for each in value)
        return OR.join(map(in_words, sorted(value) if texts else value))
    return value


def permissions_of(environment: Environment, role: Resource) -> Iterator[Permission]:
    """Yield what the policies of a role allow and deny."""
    for name in attached(environment, role):
        yield Permission(action="", resource="", managed=words(name).rpartition("/")[2])
    for document in documents(environment, role):
        yield from stated(document)


def _named(statement: Json, field: str) -> Sequence[str]:
    """Return the actions or resources of a statement, or in words all but those of NotAction."""
    but, those = (list(map(words, _many(statement.get(x)))) for x in (f"Not{field}", field))
    return [f"{ALL_BUT}{', '.join(but)}"] if but else those


def compared(
    old: Iterable[Permission], new: Iterable[Permission], *, denied: bool
) -> tuple[list[Permission], list[Permission]]:
    """Return what nothing before allowed, and what nothing allows any more: sets, not policies."""
    was, now = ({each for each in side if each.denied == denied} for side in (old, new))
    gained, lost = (
        [each for each in sorted(these - those) if not any(x.covers(each) for x in those)]
        for these, those in ((now, was), (was, now))
    )
    return gained, lost


def stated(document: object) -> Iterator[Permission]:
    """Yield what a policy allows and denies, to whom it names if it names somebody."""
    for effect in ("Allow", "Deny"):
        for each in statements(document, effect):
            on, who = _named(each, "Resource") or ["*"], [*_principals(each)] or [""]
            for action, where, whom in itertools.product(_named(each, "Action"), on, who):
                yield Permission(
                    action=action,
                    resource=where,
                    condition=_condition(each),
                    denied=effect == "Deny",
                    principal=whom,
                )


def in_short(permissions: Sequence[Permission]) -> tuple[str, tuple[str, ...]]:
    """Return what permissions allow in a few words, and all of it where that is not all."""
    managed = [each.managed for each in permissions if each.managed]
    with_action = [each for each in permissions if each.action]
    # Where not all are named, nobody should have to look for those that matter.
    first = sorted(with_action, key=lambda each: not each.powerful)
    actions = list(dict.fromkeys(each.action for each in first))
    everywhere = all(each.resource == "*" for each in with_action)
    parts = []
    if actions:
        shown, more = [f"`{action}`" for action in actions[:SHOWN]], len(actions) - SHOWN
        shown += [counted(more, "more action")] if more > 0 else []
        parts.append(f"call {listed(shown)}{' on any resource' if everywhere else ''}")
    if managed:
        parts.append(f"do what {quoted(managed)} {'allows' if len(managed) == 1 else 'allow'}")
    details = (
        f"`{each.action}` on `{each.resource}`{f' if `{each.condition}`' if each.condition else ''}"
        for each in with_action
    )
    told = len(actions) <= SHOWN and everywhere
    return " and ".join(parts) or "do nothing yet", () if told else tuple(details)


def in_full(permissions: Sequence[Permission]) -> str:
    """Return what permissions allow, of a few with what they allow it on."""
    if 0 < len(permissions) <= FEW and all(each.action for each in permissions):
        return f"call {listed(f'`{x.action}` on `{x.resource}`' for x in permissions)}"
    return in_short(permissions)[0]

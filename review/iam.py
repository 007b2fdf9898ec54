"""What IAM roles may do and who may assume them, before and after, and policies of resources."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.index import grouped as gathered
from assembly.index import indexed
from assembly.kinds import ACCESS_ENTRY, KEY, POLICIES, ROLE
from assembly.links import policies_of, role_of
from assembly.references import Node
from assembly.resource import Resource
from kube.values import Json, dicts, items, several
from review.labels import capital, counted, label, listed, principal, quoted, role_name, words
from review.model import Risk, Sentence, say
from review.sides import Sides

ALL_BUT = "everything but "
ADMINISTRATION = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
"""AWS managed policies that allow far more than one thing."""
SHOWN = 8
"""As many actions stand in a sentence; the rest is in its details."""
MORE = ("may now", "is now forbidden to")
LESS = ("may no longer", "is no longer forbidden to")
"""What is said of permissions that come and go: of those that allow, and of those that deny."""
RESOURCE_POLICIES: Mapping[str, str] = {KEY: "KeyPolicy", "AWS::S3::BucketPolicy": "PolicyDocument"}


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

    @property
    def wide(self) -> bool:
        """Tell whether this allows far more than one thing: a wildcard, or administration."""
        whole_service = self.action.endswith(":*") or self.action == "*"
        anything = (whole_service and self.resource == "*") or self.action.startswith(ALL_BUT)
        return anything or self.managed.endswith(ADMINISTRATION)


@indexed
def roles_with_access(environment: Environment) -> Mapping[Node, Resource]:
    """Return the roles of the stacks that an access entry names."""
    entries = environment.resources(ACCESS_ENTRY)
    found = (role_of(environment, entry.properties.get("PrincipalArn")) for entry in entries)
    return {role.node: role for role in found if role is not None}


def trust_of(role: Resource) -> Mapping[str, str]:
    """Return who may assume a role, ARNs and services, and under which conditions."""
    found = gathered(
        (who, _condition(statement))
        for statement in _statements(role.properties.get("AssumeRolePolicyDocument"))
        for who in _principals(statement)
    )
    return {who: "" if "" in all_of else listed(sorted(all_of)) for who, all_of in found.items()}


def _statements(document: object, effect: str = "Allow") -> Iterator[Json]:
    found = dicts(several(document, "Statement"))
    return (each for each in found if each.get("Effect") == effect)


def _principals(statement: Json) -> Iterator[str]:
    for field, prefix in (("Principal", ""), ("NotPrincipal", ALL_BUT)):
        value = statement.get(field)
        for group in value.values() if isinstance(value, Mapping) else [value]:
            yield from (f"{prefix}{who}" if prefix else who for who in _many(group))


def _many(value: object) -> Sequence[str]:
    """Return texts of which IAM takes one or several."""
    return [each for each in several(value) if isinstance(each, str)]


def _condition(statement: Json) -> str:
    condition = statement.get("Condition")
    return words(condition) if condition else ""


def _permissions(environment: Environment, role: Resource) -> Iterator[Permission]:
    policies = [*dicts(role.properties, "Policies")]
    policies += (each.properties for each in policies_of(environment, role))
    for arn in items(role.properties, "ManagedPolicyArns"):
        own = environment.target(arn)
        if own is None or own.kind not in POLICIES:
            yield Permission(action="", resource="", managed=words(arn).rpartition("/")[2])
        else:
            policies.append(own.properties)
    for policy, effect in itertools.product(policies, ("Allow", "Deny")):
        for statement in _statements(policy.get("PolicyDocument"), effect):
            resources = _named(statement, "Resource") or ["*"]
            condition, denied = _condition(statement), effect == "Deny"
            for action, on in itertools.product(_named(statement, "Action"), resources):
                yield Permission(action=action, resource=on, condition=condition, denied=denied)


def _named(statement: Json, field: str) -> Sequence[str]:
    """Return the actions or resources of a statement, or in words all but those of NotAction."""
    but, those = (list(map(words, _many(statement.get(x)))) for x in (f"Not{field}", field))
    return [f"{ALL_BUT}{', '.join(but)}"] if but else those


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what IAM roles may do now or no longer, and who may use a key or a bucket."""
    had, has = (
        {role.node: frozenset(_permissions(side, role)) for role in side.resources(ROLE)}
        for side in sides.both
    )
    for role in sides.after.resources(ROLE):
        if role.node not in had:
            yield _new_role(sides.after, role, has[role.node])
    for old, role in sides.kept(ROLE):
        old_ones, new_ones = had[role.node], has[role.node]
        for changed, hows in ((new_ones - old_ones, MORE), (old_ones - new_ones, LESS)):
            for denied, how in enumerate(hows):
                found = sorted(each for each in changed if each.denied == denied)
                if found:
                    may, details = _actions(found)
                    yield say(how, role=role_name(role), may=may, details=details)
        yield from _boundary(old, role)
        if role.node not in roles_with_access(sides.after):
            yield from trust(sides.after, old, role)
    yield from _resource_policies(sides)


def trust(environment: Environment, known: Resource, role: Resource) -> Iterator[Sentence]:
    """Yield who may now assume a role that was there before, and who may no longer."""
    old, new = trust_of(known), trust_of(role)
    for who in sorted(who for who in {*old, *new} if old.get(who) != new.get(who)):
        details: list[str] = []
        if who not in new:
            what = "may no longer assume"
        elif who not in old:
            what = "may assume"
        else:
            what = "may assume otherwise" if old[who] else "may assume under a condition"
            details = [f"Before: `{old[who] or 'none'}`.", f"After: `{new[who] or 'none'}`."]
        name = capital(principal(environment, who))
        yield say(what, who=name, role=role_name(role), details=details)


def _boundary(old: Resource, new: Resource) -> Iterator[Sentence]:
    was, now = (each.properties.get("PermissionsBoundary") for each in (old, new))
    if was and was != now:
        what = f"boundary {'changed' if now else 'removed'}"
        yield say(what, role=role_name(new), was=words(was), now=words(now))


def _new_role(
    environment: Environment, role: Resource, permissions: Iterable[Permission]
) -> Sentence:
    found = sorted(each for each in permissions if not each.denied)
    trusted = trust_of(role)
    named = ((environment.target(each), each) for each in trusted)
    who = listed(sorted(label(own) if own else f"`{words(each)}`" for own, each in named))
    may, details = _actions(found)
    people = any(".amazonaws.com" not in each or each.startswith("arn:") for each in trusted)
    risk = Risk.EXPOSES if people or any(each.wide for each in found) else Risk.SAFE
    name, who = role_name(role), who or "nobody"
    return say("new role", role=name, who=who, may=may, risk=risk, details=details)


def _actions(permissions: Sequence[Permission]) -> tuple[str, tuple[str, ...]]:
    """Return what permissions allow in a few words, and all of it where that is not all."""
    managed = [each.managed for each in permissions if each.managed]
    with_action = [each for each in permissions if each.action]
    actions = list(dict.fromkeys(each.action for each in with_action))
    everywhere = all(each.resource == "*" for each in with_action)
    parts = []
    if actions:
        shown, more = [f"`{action}`" for action in actions[:SHOWN]], len(actions) - SHOWN
        shown += [counted(more, "more action")] if more > 0 else []
        parts.append(f"call {listed(shown)}{' on any resource' if everywhere else ''}")
    if managed:
        parts.append(f"do what {quoted(managed)} {'allows' if len(managed) == 1 else 'allow'}")
    details = (
        f"`{each.action}` on `{each.resource}`{' under a condition' if each.condition else ''}"
        for each in with_action
    )
    told = len(actions) <= SHOWN and everywhere
    return " and ".join(parts) or "do nothing yet", () if told else tuple(details)


def _resource_policies(sides: Sides) -> Iterator[Sentence]:
    for kind, name in RESOURCE_POLICIES.items():
        for pair in sides.kept(kind):
            which = label(pair[1])
            which = which if which.startswith("bucket policy") else f"the policy of {which}"
            documents = [each.properties.get(name) for each in pair]
            for effect, verb in (("Allow", "allows"), ("Deny", "forbids")):
                had, has = map(_stated, sides.both, documents, [effect] * 2)
                for how, stated in (("now", has - had), ("no longer", had - has)):
                    for what in sorted(stated):
                        yield say(f"{how} {verb}", policy=capital(which), what=what)


def _stated(environment: Environment, document: object, effect: str) -> frozenset[str]:
    return frozenset(
        f"{quoted(_named(statement, 'Action'))} to "
        f"{listed(principal(environment, who) for who in _principals(statement))}"
        f"{' under a condition' if statement.get('Condition') else ''}"
        for statement in _statements(document, effect)
    )

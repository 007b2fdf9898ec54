"""IAM permissions and resource policies that get wider or narrower, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.kinds import KEY, ROLE
from assembly.resource import Resource
from review.data import say
from review.iam import (
    Permission,
    named,
    permissions_of,
    principals,
    roles_with_access,
    services,
    statements,
    trust_of,
    trusted,
)
from review.labels import capital, counted, label, listed, principal, quoted, role_name, words
from review.model import Risk, Sentence
from review.sides import Sides

SHOWN = 8
"""As many actions stand in a sentence; the rest is in its details."""

RESOURCE_POLICIES: Mapping[str, str] = {KEY: "KeyPolicy", "AWS::S3::BucketPolicy": "PolicyDocument"}


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what IAM roles may do now or no longer, and who may use a key or a bucket."""
    had, has = map(permissions_of, sides.both)
    for role in sides.after.resources(ROLE):
        if role.node not in had:
            yield _new_role(sides.after, role, has[role.node])
    for old, role in sides.kept(ROLE):
        more, less = has[role.node] - had[role.node], had[role.node] - has[role.node]
        for what, changed, denied in (
            ("may now", more, False),
            ("is now forbidden to", more, True),
            ("may no longer", less, False),
            ("is no longer forbidden to", less, True),
        ):
            found = sorted(each for each in changed if each.denied is denied)
            if found:
                may, details = _actions(found)
                yield say(what, role=role_name(role), may=may, details=details)
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
            what = "may assume otherwise"
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
    who = listed(sorted(_quoted(environment, each) for each in trusted(role))) or "nobody"
    may, details = _actions(found)
    wide = any(permission.wide for permission in found) or not services(role)
    risk = Risk.EXPOSES if wide else Risk.SAFE
    return say("new role", role=role_name(role), who=who, may=may, risk=risk, details=details)


def _quoted(environment: Environment, who: str) -> str:
    found = environment.target(who)
    return f"`{words(who)}`" if found is None else label(found)


def _actions(permissions: Sequence[Permission]) -> tuple[str, tuple[str, ...]]:
    """Return what permissions allow in a few words, and all of it where that is not all."""
    managed = [each.managed for each in permissions if each.managed]
    with_action = [each for each in permissions if each.action]
    actions = list(dict.fromkeys(each.action for each in with_action))
    parts = []
    if actions:
        shown = [f"`{action}`" for action in actions[:SHOWN]]
        if len(actions) > SHOWN:
            shown.append(counted(len(actions) - SHOWN, "more action"))
        everywhere = {each.resource for each in with_action} == {"*"}
        parts.append(f"call {listed(shown)}{' on any resource' if everywhere else ''}")
    if managed:
        verb = "allows" if len(managed) == 1 else "allow"
        parts.append(f"do what {quoted(managed)} {verb}")
    details = tuple(
        f"`{each.action}` on `{each.resource}`{' under a condition' if each.condition else ''}"
        for each in with_action
    )
    told = len(actions) <= SHOWN and all(each.resource == "*" for each in with_action)
    return " and ".join(parts) or "do nothing yet", () if told else details


def _resource_policies(sides: Sides) -> Iterator[Sentence]:
    for kind, name in RESOURCE_POLICIES.items():
        for pair in sides.kept(kind):
            which = label(pair[1])
            which = which if which.startswith("bucket policy") else f"the policy of {which}"
            documents = [each.properties.get(name) for each in pair]
            for effect, verb in (("Allow", "allows"), ("Deny", "forbids")):
                had, has = (
                    _stated(side, document, effect)
                    for side, document in zip(sides.both, documents, strict=True)
                )
                for how, stated in (("now", has - had), ("no longer", had - has)):
                    for what in sorted(stated):
                        yield say(f"{how} {verb}", policy=capital(which), what=what)


def _stated(environment: Environment, document: object, effect: str) -> frozenset[str]:
    return frozenset(
        f"{quoted(named(statement, 'Action'))} to "
        f"{listed(principal(environment, who) for who in principals(statement))}"
        f"{' under a condition' if statement.get('Condition') else ''}"
        for statement in statements(document, effect)
    )

"""IAM permissions and resource policies that get wider or narrower, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.kinds import KEY, ROLE
from assembly.resource import Resource
from review.access import roles_with_access
from review.iam import (
    Permission,
    named,
    permissions_of,
    principals,
    services,
    statements,
    trust_of,
    trusted,
)
from review.labels import capital, counted, label, listed, principal, role_name, words
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
        for these, those, verb, risk, forbidden, its_risk in (
            (has, had, "may now", Risk.EXPOSES, "is now forbidden to", Risk.SAFE),
            (had, has, "may no longer", Risk.SAFE, "is no longer forbidden to", Risk.EXPOSES),
        ):
            changed = sorted(these[role.node] - those[role.node])
            yield from _changed(role, verb, risk, [each for each in changed if not each.denied])
            yield from _changed(role, forbidden, its_risk, [x for x in changed if x.denied])
        yield from _boundary(old, role)
        if role.node not in roles_with_access(sides.after):
            yield from trust(sides.after, old, role)
    yield from _resource_policies(sides)


def trust(environment: Environment, known: Resource, role: Resource) -> Iterator[Sentence]:
    """Yield who may now assume a role that was there before, and who may no longer."""
    old, new = trust_of(known), trust_of(role)
    for who in sorted(who for who in {*old, *new} if old.get(who) != new.get(who)):
        verb, risk = "may now", Risk.EXPOSES
        if who not in new:
            verb, risk = "may no longer", Risk.INTERRUPTS
        elif who in old:
            verb = "may now under another condition"
        yield Sentence(
            text=f"{capital(principal(environment, who))} {verb} assume role `{role_name(role)}`.",
            risk=risk,
            details=_conditions(old[who], new[who]) if {who} <= old.keys() & new.keys() else (),
        )


def _conditions(old: str, new: str) -> tuple[str, ...]:
    return (f"Before: `{old or 'none'}`.", f"After: `{new or 'none'}`.")


def _boundary(old: Resource, new: Resource) -> Iterator[Sentence]:
    was, now = (each.properties.get("PermissionsBoundary") for each in (old, new))
    if was and was != now:
        how = f"is now `{words(now)}` instead of" if now else "is **removed**; it was"
        yield Sentence(
            text=f"The permissions boundary of IAM role `{role_name(new)}` {how} `{words(was)}`.",
            risk=Risk.EXPOSES,
        )


def _new_role(
    environment: Environment, role: Resource, permissions: Iterable[Permission]
) -> Sentence:
    found = sorted(each for each in permissions if not each.denied)
    wide = any(permission.wide for permission in found)
    who = listed(sorted(_quoted(environment, each) for each in trusted(role))) or "nobody"
    may, details = _actions(found)
    return Sentence(
        text=f"New IAM role `{role_name(role)}`, which {who} may assume, may {may}.",
        risk=Risk.EXPOSES if wide or not services(role) else Risk.SAFE,
        details=details,
    )


def _quoted(environment: Environment, who: str) -> str:
    found = environment.target(who)
    return f"`{words(who)}`" if found is None else label(found)


def _changed(
    role: Resource, verb: str, risk: Risk, permissions: Sequence[Permission]
) -> Iterator[Sentence]:
    if permissions:
        may, details = _actions(permissions)
        yield Sentence(
            text=f"IAM role `{role_name(role)}` {verb} {may}.", risk=risk, details=details
        )


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
        parts.append(f"do what {listed(f'`{each}`' for each in managed)} {verb}")
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
            for effect, verb, more, less in (
                ("Allow", "allow", Risk.EXPOSES, Risk.SAFE),
                ("Deny", "forbid", Risk.SAFE, Risk.EXPOSES),
            ):
                had, has = (
                    _stated(side, each.properties.get(name), effect)
                    for side, each in zip(sides.both, pair, strict=True)
                )
                for how, risk, stated in (("now", more, has - had), ("no longer", less, had - has)):
                    for what in sorted(stated):
                        text = f"{capital(which)} {how} {verb}s {what}."
                        yield Sentence(text=text, risk=risk)


def _stated(environment: Environment, document: object, effect: str) -> frozenset[str]:
    return frozenset(
        f"{listed(f'`{each}`' for each in named(statement, 'Action'))} to "
        f"{listed(principal(environment, who) for who in principals(statement))}"
        f"{' under a condition' if statement.get('Condition') else ''}"
        for statement in statements(document, effect)
    )

"""IAM permissions and resource policies that get wider or narrower, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from assembly.environment import Environment
from assembly.kinds import KEY, ROLE
from assembly.resource import Resource
from kube.values import look_up
from review.access import roles_with_access
from review.iam import Permission, permissions_of, services, statements, trust_of, trusted
from review.labels import capital, counted, label, listed, principal, role_name, words
from review.model import Risk, Sentence

SHOWN = 8
"""As many actions stand in a sentence; the rest is in its details."""

RESOURCE_POLICIES: Mapping[str, str] = {KEY: "KeyPolicy", "AWS::S3::BucketPolicy": "PolicyDocument"}


def sentences(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield what IAM roles may do now or no longer, and who may use a key or a bucket."""
    old, new = permissions_of(before), permissions_of(after)
    told = roles_with_access(after)
    for role in after.resources(ROLE):
        has = new[role.node]
        if role.node not in old:
            yield _new_role(after, role, has)
            continue
        had = old[role.node]
        for changed, verb, allowed, denied in (
            (has - had, "may now", Risk.EXPOSES, ("is now forbidden to", Risk.SAFE)),
            (had - has, "may no longer", Risk.SAFE, ("is no longer forbidden to", Risk.EXPOSES)),
        ):
            yield from _changed(role, verb, allowed, (each for each in changed if not each.denied))
            yield from _changed(role, *denied, (each for each in changed if each.denied))
        yield from _boundary(before.by_node[role.node], role)
        if role.node not in told:
            yield from trust(before, after, role)
    yield from _resource_policies(before, after)


def trust(before: Environment, after: Environment, role: Resource) -> Iterator[Sentence]:
    """Yield who may now assume a role that was there before, and who may no longer."""
    known = before.by_node.get(role.node)
    if known is None or known.kind != role.kind:
        return
    old, new = trust_of(known), trust_of(role)
    for who in sorted(old.keys() | new.keys()):
        verb, risk = "may now", Risk.EXPOSES
        if who not in new:
            verb, risk = "may no longer", Risk.INTERRUPTS
        elif who in old:
            verb = "may now under another condition"
        if old.get(who) != new.get(who):
            yield Sentence(
                text=f"{capital(principal(after, who))} {verb} assume role `{role_name(role)}`.",
                risk=risk,
                details=_conditions(old[who], new[who]) if who in old and who in new else (),
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
    role: Resource, verb: str, risk: Risk, permissions: Iterable[Permission]
) -> Iterator[Sentence]:
    found = sorted(permissions)
    if found:
        may, details = _actions(found)
        yield Sentence(
            text=f"IAM role `{role_name(role)}` {verb} {may}.", risk=risk, details=details
        )


def _actions(permissions: list[Permission]) -> tuple[str, tuple[str, ...]]:
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


def _resource_policies(before: Environment, after: Environment) -> Iterator[Sentence]:
    for kind, name in RESOURCE_POLICIES.items():
        for resource in after.resources(kind):
            old = before.by_node.get(resource.node)
            if old is None:
                continue
            had, has = (_allowed(each.properties.get(name)) for each in (old, resource))
            for added in sorted(has - had):
                yield Sentence(
                    text=f"The policy of {label(resource)} now allows {added}.", risk=Risk.EXPOSES
                )
            for removed in sorted(had - has):
                yield Sentence(text=f"The policy of {label(resource)} no longer allows {removed}.")


def _allowed(document: object) -> frozenset[str]:
    return frozenset(
        f"{_either(statement, 'Action')} to {_either(statement, 'Principal')}"
        f"{' under a condition' if look_up(statement, 'Condition') else ''}"
        for statement in statements(document)
    )


def _either(statement: Mapping[str, object], field: str) -> str:
    """Return a field of a statement in words, or all but what its opposite has."""
    if field in statement:
        return words(statement[field])
    return f"everything but {words(statement.get(f'Not{field}'))}"

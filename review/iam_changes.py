"""IAM permissions and resource policies that get wider or narrower, as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from review.environment import Environment, Resource
from review.iam import Permission, permissions_of, services, statements, trusted
from review.labels import counted, label, listed, role_name
from review.model import Risk, Sentence

SHOWN = 8
"""As many actions stand in a sentence; the rest is in its details."""

RESOURCE_POLICIES: Mapping[str, str] = {
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
}


def sentences(before: Environment, after: Environment) -> Iterator[Sentence]:
    """Yield what IAM roles may do now or no longer, and who may use a key or a bucket."""
    old, new = permissions_of(before), permissions_of(after)
    for key, permissions in new.items():
        role = after.by_id[key]
        if key not in old:
            yield _new_role(role, permissions)
            continue
        for changed, verb, risk in (
            (permissions - old[key], "may now", Risk.EXPOSES),
            (old[key] - permissions, "may no longer", Risk.SAFE),
        ):
            if changed:
                yield _sentence(role, verb, changed, risk)
    yield from _resource_policies(before, after)


def _new_role(role: Resource, permissions: Iterable[Permission]) -> Sentence:
    found = sorted(permissions)
    wide = any(permission.wide for permission in found)
    who = listed(sorted(f"`{each}`" for each in trusted(role)))
    may, details = _actions(found)
    return Sentence(
        text=f"New IAM role `{role_name(role)}`, which {who} may assume, may {may}.",
        risk=Risk.EXPOSES if wide or not services(role) else Risk.SAFE,
        details=details,
    )


def _sentence(role: Resource, verb: str, permissions: Iterable[Permission], risk: Risk) -> Sentence:
    may, details = _actions(sorted(permissions))
    return Sentence(text=f"IAM role `{role_name(role)}` {verb} {may}.", risk=risk, details=details)


def _actions(permissions: list[Permission]) -> tuple[str, tuple[str, ...]]:
    """Return what permissions allow in a few words, and all of it where that is not all."""
    managed = [each.managed for each in permissions if each.managed]
    actions = list(dict.fromkeys(each.action for each in permissions if each.action))
    parts = []
    if actions:
        shown = [f"`{action}`" for action in actions[:SHOWN]]
        if len(actions) > SHOWN:
            shown.append(counted(len(actions) - SHOWN, "more action"))
        everywhere = {each.resource for each in permissions if each.action} == {"*"}
        parts.append(f"call {listed(shown)}{' on any resource' if everywhere else ''}")
    if managed:
        verb = "allows" if len(managed) == 1 else "allow"
        parts.append(f"do what {listed(f'`{each}`' for each in managed)} {verb}")
    details = tuple(
        f"`{each.action}` on `{each.resource}`{' under a condition' if each.condition else ''}"
        for each in permissions
        if each.action
    )
    told = len(actions) <= SHOWN and all(
        each.resource == "*" for each in permissions if each.action
    )
    return " and ".join(parts) or "do nothing yet", () if told else details


def _resource_policies(before: Environment, after: Environment) -> Iterator[Sentence]:
    for kind, name in RESOURCE_POLICIES.items():
        for resource in after.of_type(kind):
            old = before.by_id.get((resource.stack, resource.logical_id))
            if old is None:
                continue
            had = _allowed(before, old.properties[name])
            has = _allowed(after, resource.properties[name])
            for added in sorted(has - had):
                yield Sentence(
                    text=f"The policy of {label(resource)} now allows {added}.", risk=Risk.EXPOSES
                )
            for removed in sorted(had - has):
                yield Sentence(text=f"The policy of {label(resource)} no longer allows {removed}.")


def _allowed(environment: Environment, document: Mapping[str, object]) -> frozenset[str]:
    return frozenset(
        f"{environment.read(statement['Action'])} to {environment.read(statement['Principal'])}"
        f"{' under a condition' if 'Condition' in statement else ''}"
        for statement in statements(document)
    )

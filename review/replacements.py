"""Replacements, removals and interruptions in words, with what causes them and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from guardrails.step.create_only import replacement_of
from guardrails.step.interruptions import INTERRUPTIONS
from guardrails.step.stateful import STATEFUL_TYPES
from review.changes import Change
from review.effects import HARMLESS, RUNNING
from review.environment import Environment, Resource
from review.labels import NOUNS, counted, grouped, label, listed, plural_of
from review.model import Consent, Risk, Sentence

Accepted = Mapping[str, str]
"""Reasons by construct path or logical id."""
REFUSED = (
    "Change or destroy the importing stack first: docs/stateful-resources.md, “Replace a subnet, a "
    "VPC or an address”."
)
LONGEST_VALUE = 60
"""A longer value is left to the raw diff."""


def sentences(
    before: Environment, after: Environment, changes: Sequence[Change]
) -> Iterator[Sentence]:
    """Yield a sentence for each resource that is replaced, removed or interrupted.

    `after` has the stacks that the code no longer has, for they stay deployed.
    """
    replaced = [change for change in changes if change.kind == "replaced"]
    by_resource = {change.resource: change for change in replaced}
    for change in replaced:
        if change.resource.type not in HARMLESS and not _told_with_another(change, by_resource):
            yield _replaced(change, replaced, after.accepted)
    yield from _removed(changes, after.accepted)
    yield from _interruptions(changes)
    yield from _refused_exports(before, after, replaced)


def needs_consent(resource: Resource) -> bool:
    """Tell whether losing a resource needs consent."""
    return resource.type in STATEFUL_TYPES


def _told_with_another(change: Change, replaced: Mapping[Resource, Change]) -> bool:
    """Tell whether a change only follows others, and stands below the one that begins it all.

    A resource whose loss needs consent stands below another such one, whose consent names it, and
    else for itself.
    """
    seen: set[Resource] = set()
    queue = list(change.follows)
    while queue:
        cause = queue.pop()
        if cause in seen:
            continue
        seen.add(cause)
        if needs_consent(cause) or (
            not needs_consent(change.resource) and cause.type not in HARMLESS
        ):
            return True
        queue += replaced[cause].follows
    return False


def _replaced(change: Change, replaced: Sequence[Change], accepted: Accepted) -> Sentence:
    resource = change.resource
    lost = STATEFUL_TYPES.get(resource.type) or RUNNING.get(resource.type)
    must = "is replaced" if change.certain else "may be replaced"
    text = f"{_capital(label(resource))} **{must}**, because {_because(change)}"
    if lost:
        text += f": {lost}"
    details = []
    if change.name_taken:
        details.append(_refused(resource))
    if resource.retained and needs_consent(resource):
        details.append("The old one stays in the account, outside of the stack.")
    followers = list(_followers(change, replaced))
    if followers:
        details.append(f"Replaced with it: {grouped(followers)}.")
    return Sentence(
        text=f"{text}.",
        risk=Risk.REPLACES,
        details=tuple(details),
        consent=consent(resource, accepted) if needs_consent(resource) else None,
    )


def consent(resource: Resource, accepted: Accepted) -> Consent:
    """Return the consent that the loss of a resource needs, with the reason if it is given."""
    given = accepted.get(resource.full_path, accepted.get(resource.logical_id))
    return Consent(key=resource.full_path, given=given)


def _because(change: Change) -> str:
    own = [cause for cause in change.causes if _differs(change, cause)]
    parts = []
    if own:
        parts.append(
            f"{listed(f'`{cause}`' for cause in own)} can't be changed in place"
            f"{_values(change, own)}"
        )
    if change.follows:
        parts.append(f"{grouped(change.follows)} {_is(change.follows)} replaced")
    return ", and ".join(parts)


def _differs(change: Change, cause: str) -> bool:
    return any(
        cause == other or cause.startswith(f"{other}.") or other.startswith(f"{cause}.")
        for other in change.properties
    )


def _values(change: Change, causes: Sequence[str]) -> str:
    """Return the old and the new value of a single cause where both are short."""
    if len(causes) != 1 or change.before is None or change.after is None:
        return ""
    old, new = (
        _plain(each.properties.get(causes[0].split(".")[0]))
        for each in (change.before, change.after)
    )
    return f" ({old} → {new})" if old and new else ""


def _plain(value: object) -> str:
    if isinstance(value, str):
        return f"`{value}`"
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return listed(f"`{each}`" for each in value)
    return ""


def _followers(change: Change, replaced: Sequence[Change]) -> Iterator[Resource]:
    """Yield all that is replaced because of a resource, and because of that, and so on."""
    found, queue = {change.resource.logical_id}, [change.resource]
    while queue:
        cause = queue.pop(0)
        for other in replaced:
            if cause in other.follows and other.resource.logical_id not in found:
                found.add(other.resource.logical_id)
                queue.append(other.resource)
                yield other.resource


def _removed(changes: Sequence[Change], accepted: Accepted) -> Iterator[Sentence]:
    removed = [change.resource for change in changes if change.kind == "removed"]
    added = [change for change in changes if change.kind == "added"]
    for resource in removed:
        if needs_consent(resource):
            yield _lost(resource, added, accepted)
    stopping: dict[str, list[Resource]] = {}
    for resource in removed:
        if resource.type in RUNNING and resource.type != "AWS::EKS::AccessEntry":
            stopping.setdefault(resource.type, []).append(resource)
    for kind, resources in stopping.items():
        one = len(resources) == 1
        noun = NOUNS[kind]
        what = label(resources[0]) if one else counted(len(resources), noun, plural_of(noun))
        yield Sentence(
            text=f"{_capital(what)} {'is' if one else 'are'} **removed**: {RUNNING_GONE[kind]}.",
            risk=Risk.INTERRUPTS,
            details=() if one else (listed(map(label, resources)) + ".",),
        )


RUNNING_GONE: Mapping[str, str] = {
    "AWS::EKS::FargateProfile": "its pods stop, and start again only where something else runs them",
    "AWS::EKS::Addon": "its pods stop",
    "AWS::EC2::NatGateway": "connections end there",
    "AWS::EC2::VPCEndpoint": "connections end there",
    "AWS::EC2::Route": "connections end there",
}
"""What a removal stops (EKS and VPC user guides)."""


def _lost(resource: Resource, added: Sequence[Change], accepted: Accepted) -> Sentence:
    renamed = [
        change
        for change in added
        if (change.resource.type, change.resource.stack) == (resource.type, resource.stack)
    ]
    alike = [change.resource for change in renamed]
    details = [_refused(resource)] if any(change.name_taken for change in renamed) else []
    if resource.retained:
        details.append("It stays in the account, outside of the stack.")
    if alike:
        details.append(
            f"{_capital(grouped(alike))} {_is(alike)} added: to CloudFormation a renamed construct "
            "is a new resource."
        )
    lost = "" if resource.retained else f": {STATEFUL_TYPES[resource.type]}"
    return Sentence(
        text=f"{_capital(label(resource))} is **removed**{lost}.",
        risk=Risk.REPLACES,
        details=tuple(details),
        consent=consent(resource, accepted),
    )


def _interruptions(changes: Sequence[Change]) -> Iterator[Sentence]:
    """Yield what is interrupted, resources of one type and for one reason together."""
    found: dict[tuple[str, tuple[str, ...], bool], list[Change]] = {}
    for change in changes:
        if change.kind == "interrupted":
            key = (change.resource.type, change.causes, bool(change.follows))
            found.setdefault(key, []).append(change)
    for (kind, causes, follows), alike in found.items():
        one = len(alike) == 1
        reasons = dict.fromkeys(INTERRUPTIONS[kind, cause] for cause in causes)
        what = grouped(change.resource for change in alike)
        because = f"{listed(f'`{cause}`' for cause in causes)} changes"
        if follows:
            whose = list(dict.fromkeys(each for change in alike for each in change.follows))
            because = f"{grouped(whose)} {_has(whose)} a new version"
        yield Sentence(
            text=f"{_capital(what)} {'is' if one else 'are'} **interrupted**, because "
            f"{because}: {'; '.join(reasons)}.",
            risk=Risk.INTERRUPTS,
            details=tuple(line for change in alike for line in _values_of(change)),
        )


def _values_of(change: Change) -> Iterator[str]:
    """Yield the old and the new value of each cause, where both are short."""
    if change.before is None or change.after is None:
        return
    for cause in change.causes:
        old, new = (_plain(each.properties.get(cause)) for each in (change.before, change.after))
        if old and new and old != new and max(len(old), len(new)) < LONGEST_VALUE:
            yield f"{_capital(label(change.resource))}: `{cause}` {old} → {new}."


def _refused_exports(
    before: Environment, after: Environment, replaced: Sequence[Change]
) -> Iterator[Sentence]:
    """Yield what CloudFormation refuses: to change or to delete an export that a stack imports.

    It updates the exporting stack first, while the importing one is still as it was.
    """
    gone = {
        (change.resource.stack, change.resource.logical_id)
        for change in replaced
        if not change.name_taken
    }
    refused: dict[tuple[str, str], list[Resource]] = {}
    for name, importer, resource in before.imports:
        if (resource.stack, resource.logical_id) in gone or name not in after.exports:
            refused.setdefault((resource.stack, importer), []).append(resource)
    for (exporter, importer), resources in refused.items():
        yield Sentence(
            text=f"**CloudFormation refuses this deploy**: stack `{exporter}` can't change or give "
            f"up what stack `{importer}` imports of it: {grouped(dict.fromkeys(resources))}.",
            risk=Risk.REPLACES,
            details=(REFUSED,),
        )


def _refused(resource: Resource) -> str:
    same = listed(f"`{path.replace('/', '.')}`" for path in replacement_of(resource.type).identity)
    return (
        f"The deploy fails: AWS refuses a second one of the same {same} while the old one exists."
    )


def _is(resources: Sequence[Resource]) -> str:
    return "is" if len(resources) == 1 else "are"


def _has(resources: Sequence[Resource]) -> str:
    return "has" if len(resources) == 1 else "have"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

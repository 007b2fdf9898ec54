"""Replacements, removals and interruptions in words, with what causes them and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from review.changes import Change
from review.effects import HARMLESS, INTERRUPTIONS, RUNNING, STATEFUL
from review.environment import Environment, Resource
from review.labels import NOUNS, counted, grouped, label, listed, plural_of
from review.model import Consent, Risk, Sentence

Consents = Mapping[str, str]
LONGEST_VALUE = 60
"""A longer value is left to the raw diff."""


def sentences(
    before: Environment, after: Environment, changes: Sequence[Change], consents: Consents
) -> Iterator[Sentence]:
    """Yield a sentence for each resource that is replaced, removed or interrupted."""
    replaced = [change for change in changes if change.kind == "replaced"]
    for change in replaced:
        if change.resource.type not in HARMLESS and not _told_with_another(change, replaced):
            yield _replaced(after.name, change, replaced, consents)
    yield from _removed(after.name, changes, consents)
    for change in changes:
        if change.kind == "interrupted":
            yield _interrupted(change)
    yield from _refused_exports(before, after, replaced)


def needs_consent(resource: Resource) -> bool:
    """Tell whether losing a resource needs consent."""
    return resource.type in STATEFUL


def _told_with_another(change: Change, replaced: Sequence[Change]) -> bool:
    """Tell whether a change only follows another, is no loss of its own, and stands below that."""
    if not change.follows or needs_consent(change.resource):
        return False
    return all(
        any(other.resource == each and other.resource.type not in HARMLESS for other in replaced)
        for each in change.follows
    )


def _replaced(
    name: str, change: Change, replaced: Sequence[Change], consents: Consents
) -> Sentence:
    resource = change.resource
    lost = STATEFUL.get(resource.type) or RUNNING.get(resource.type)
    must = "is replaced" if change.certain else "may be replaced"
    text = f"{_capital(label(resource))} **{must}**, because {_because(change)}"
    if lost:
        text += f": {lost}"
    details = []
    if change.name_taken:
        details.append(
            "The deploy fails: the new one would have the name of the old one, which still exists."
        )
    if resource.retained and needs_consent(resource):
        details.append("The old one stays in the account, outside of the stack.")
    followers = list(_followers(change, replaced))
    if followers:
        details.append(f"Replaced with it: {grouped(followers)}.")
    return Sentence(
        text=f"{text}.",
        risk=Risk.REPLACES,
        details=tuple(details),
        consent=consent(name, resource, "replaced", consents) if needs_consent(resource) else None,
    )


def consent(name: str, resource: Resource, what: str, consents: Consents) -> Consent:
    """Return the consent that the loss of a resource needs, with the reason if it is given."""
    key = f"{name}/{resource.stack}/{resource.logical_id} {what}"
    return Consent(key=key, given=consents.get(key))


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


def _removed(name: str, changes: Sequence[Change], consents: Consents) -> Iterator[Sentence]:
    removed = [change.resource for change in changes if change.kind == "removed"]
    added = [change.resource for change in changes if change.kind == "added"]
    for resource in removed:
        if needs_consent(resource):
            yield _lost(name, resource, added, consents)
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
    "AWS::EC2::NatGateway": "connections through it end",
    "AWS::EC2::VPCEndpoint": "connections through it end",
    "AWS::EC2::Route": "connections by this route end",
}
"""What a removal stops (EKS and VPC user guides)."""


def _lost(name: str, resource: Resource, added: Sequence[Resource], consents: Consents) -> Sentence:
    alike = [each for each in added if (each.type, each.stack) == (resource.type, resource.stack)]
    details = []
    if resource.retained:
        details.append("It stays in the account, outside of the stack.")
    if alike:
        details.append(
            f"{_capital(grouped(alike))} {_is(alike)} added: to CloudFormation a renamed construct "
            "is a new resource."
        )
    lost = "" if resource.retained else f": {STATEFUL[resource.type]}"
    return Sentence(
        text=f"{_capital(label(resource))} is **removed**{lost}.",
        risk=Risk.REPLACES,
        details=tuple(details),
        consent=consent(name, resource, "removed", consents),
    )


def _interrupted(change: Change) -> Sentence:
    resource = change.resource
    reasons = dict.fromkeys(INTERRUPTIONS[resource.type, cause] for cause in change.causes)
    whose = [each for each in change.follows if change.causes]
    cause = listed(f"`{cause}`" for cause in change.causes)
    changed = (
        f"{grouped(whose)} {_has(whose)} a new version" if whose else f"{cause} {_changes(change)}"
    )
    return Sentence(
        text=f"{_capital(label(resource))} is **interrupted**, because {changed}: "
        f"{'; '.join(reasons)}.",
        risk=Risk.INTERRUPTS,
    )


def _refused_exports(
    before: Environment, after: Environment, replaced: Sequence[Change]
) -> Iterator[Sentence]:
    """Yield what CloudFormation refuses: to change or to delete an export that a stack imports."""
    gone = {(change.resource.stack, change.resource.logical_id) for change in replaced}
    refused: dict[tuple[str, str], list[Resource]] = {}
    for exporter, importer, resource in before.imports:
        key = (resource.stack, resource.logical_id)
        # A stack that no longer exists in the code stays deployed, and keeps its imports.
        if key in gone or key not in after.by_id:
            refused.setdefault((exporter, importer), []).append(resource)
    for (exporter, importer), resources in refused.items():
        unique = list(dict.fromkeys(resource.logical_id for resource in resources))
        which = [before.by_id[exporter, logical_id] for logical_id in unique]
        yield Sentence(
            text=f"**CloudFormation refuses this deploy**: stack `{exporter}` can't change or "
            f"remove {grouped(which)}, which stack `{importer}` imports.",
            risk=Risk.REPLACES,
            details=(
                "docs/stateful-resources.md, “Replace a subnet, a VPC or an address”, says how.",
            ),
        )


def _changes(change: Change) -> str:
    if len(change.causes) != 1 or change.before is None or change.after is None:
        return "change" if len(change.causes) > 1 else "changes"
    old, new = (
        _plain(each.properties.get(change.causes[0])) for each in (change.before, change.after)
    )
    short = old and new and max(len(old), len(new)) < LONGEST_VALUE
    return f"changes ({old} → {new})" if short else "changes"


def _is(resources: Sequence[Resource]) -> str:
    return "is" if len(resources) == 1 else "are"


def _has(resources: Sequence[Resource]) -> str:
    return "has" if len(resources) == 1 else "have"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Replacements and interruptions in words, with what causes them and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.resource import Resource
from guardrails.step.create_only import replacement_of
from guardrails.step.interruptions import INTERRUPTIONS
from guardrails.step.stateful import STATEFUL_TYPES
from kube.values import known, look_up
from review.changes import Change
from review.consequences import HARMLESS, REPLACED
from review.labels import capital, grouped, label, listed
from review.model import Consent, Risk, Sentence
from review.sides import Sides

Accepted = Mapping[str, str]
"""Reasons by construct path or logical id."""
LONGEST_VALUE = 60
"""A longer value is left to the raw diff."""


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield a sentence for each resource that is replaced or interrupted."""
    replaced = [change for change in sides.changes if change.kind == "replaced"]
    by_resource = {change.resource: change for change in replaced}
    followers: dict[Resource, list[Resource]] = {}
    for change in replaced:
        for cause in change.follows:
            followers.setdefault(cause, []).append(change.resource)
    for change in replaced:
        if change.resource.kind not in HARMLESS and not _told_with_another(change, by_resource):
            after = _all_after(change.resource, followers)
            yield _replaced(change, after, sides.after.accepted)
    yield from _interruptions(sides.changes)


def needs_consent(resource: Resource) -> bool:
    """Tell whether losing a resource needs consent."""
    return resource.kind in STATEFUL_TYPES


def consent(resource: Resource, accepted: Accepted) -> Consent:
    """Return the consent that the loss of a resource needs, with the reason if it is given."""
    given = accepted.get(resource.path, accepted.get(resource.logical_id))
    return Consent(key=resource.path, given=None if given is None else str(given))


def refused(resource: Resource) -> str:
    """Return that AWS refuses the new one of two that share what only one may have."""
    same = listed(f"`{path.replace('/', '.')}`" for path in replacement_of(resource.kind).identity)
    return (
        f"The deploy fails: AWS refuses a second one of the same {same} while the old one exists."
    )


def _told_with_another(change: Change, replaced: Mapping[Resource, Change]) -> bool:
    """Tell whether a change only follows others, and stands below the one that begins it all.

    A resource whose loss needs consent stands below another such one, whose consent names it, and
    else for itself.
    """
    seen: set[Resource] = set()
    queue = list(change.follows)
    while queue:
        cause = queue.pop()
        if cause in seen or cause not in replaced:
            continue
        seen.add(cause)
        if needs_consent(cause) or (
            not needs_consent(change.resource) and cause.kind not in HARMLESS
        ):
            return True
        queue += replaced[cause].follows
    return False


def _replaced(change: Change, followers: Sequence[Resource], accepted: Accepted) -> Sentence:
    resource = change.resource
    lost = STATEFUL_TYPES.get(resource.kind) or REPLACED.get(resource.kind)
    must = "is replaced" if change.certain else "may be replaced"
    text = f"{capital(label(resource))} **{must}**, because {_because(change)}"
    if lost:
        text += f": {lost}"
    details = []
    if change.name_taken:
        details.append(refused(resource))
    if resource.retained and needs_consent(resource):
        details.append("The old one stays in the account, outside of the stack.")
    if followers:
        details.append(f"Replaced with it: {grouped(followers)}.")
    return Sentence(
        text=f"{text}.",
        risk=Risk.REPLACES,
        details=tuple(details),
        consent=consent(resource, accepted) if needs_consent(resource) else None,
    )


def _because(change: Change) -> str:
    own = [cause for cause in change.causes if _differs(change, cause)]
    parts = []
    if own:
        parts.append(
            f"{listed(f'`{cause}`' for cause in own)} can't be changed in place"
            f"{_values(change, own)}"
        )
    if change.follows:
        parts.append(f"{grouped(change.follows)} {is_or_are(change.follows)} replaced")
    if not parts:
        # The templates differ in how they write it, and only the deploy knows both values.
        parts.append(f"{listed(f'`{cause}`' for cause in change.causes)} is written another way")
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
    if not known(value):
        return ""
    if isinstance(value, str):
        return f"`{value}`"
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return listed(f"`{each}`" for each in value)
    return ""


def _all_after(
    cause: Resource, followers: Mapping[Resource, Sequence[Resource]]
) -> Sequence[Resource]:
    """Return all that is replaced because of a resource, and because of that, and so on."""
    found, queue = {cause: None}, [cause]
    while queue:
        for other in followers.get(queue.pop(0), ()):
            if other not in found:
                found[other] = None
                queue.append(other)
    return [*found][1:]


def _interruptions(changes: Sequence[Change]) -> Iterator[Sentence]:
    """Yield what is interrupted, resources of one type and for one reason together."""
    found: dict[tuple[str, tuple[str, ...], bool], list[Change]] = {}
    for change in changes:
        if change.kind == "interrupted":
            key = (change.resource.kind, change.causes, bool(change.follows))
            found.setdefault(key, []).append(change)
    for (kind, causes, follows), alike in found.items():
        one = len(alike) == 1
        reasons = dict.fromkeys(INTERRUPTIONS[kind, cause] for cause in causes)
        what = grouped(change.resource for change in alike)
        because = f"{listed(f'`{cause}`' for cause in causes)} changes"
        if follows:
            whose = list(dict.fromkeys(each for change in alike for each in change.follows))
            because = f"{grouped(whose)} {'has' if len(whose) == 1 else 'have'} a new version"
        yield Sentence(
            text=f"{capital(what)} {'is' if one else 'are'} **interrupted**, because "
            f"{because}: {'; '.join(reasons)}.",
            risk=Risk.INTERRUPTS,
            details=tuple(line for change in alike for line in _values_of(change)),
        )


def _values_of(change: Change) -> Iterator[str]:
    """Yield the old and the new value of each cause, where both are short."""
    for cause in change.causes:
        old, new = (
            _plain(look_up(each.properties if each else None, cause))
            for each in (change.before, change.after)
        )
        if old and new and old != new and max(len(old), len(new)) < LONGEST_VALUE:
            yield f"{capital(label(change.resource))}: `{cause}` {old} → {new}."


def is_or_are(resources: Sequence[Resource]) -> str:
    """Return the verb for one resource or several."""
    return "is" if len(resources) == 1 else "are"

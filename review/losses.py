"""Replacements, interruptions and removals in words, with their causes, and what is lost."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from assembly.index import grouped as gathered
from assembly.references import Node
from assembly.resource import Resource
from guardrails.step.change import INTERRUPTIONS, STATEFUL_TYPES, replacement_of
from guardrails.step.replacement import importers
from kube.values import known, look_up, several
from review.labels import NOUNS, capital, counted, grouped, label, listed, quoted
from review.model import DETAILS, HARMLESS, REMOVED, REPLACED, Consent, Sentence, say
from review.sides import Change, Sides

LONGEST_VALUE = 60
"""A longer value is left to the raw diff."""


def replacements(sides: Sides) -> Iterator[Sentence]:
    """Yield a sentence for each resource that is replaced or interrupted."""
    replaced = [change for change in sides.changes if change.kind == "replaced"]
    causes = {change.resource: change.follows for change in replaced}
    followers = gathered((cause, each.resource) for each in replaced for cause in each.follows)
    for change in replaced:
        above = [each for each in _all_of(change.resource, causes) if each in causes]
        if change.resource.kind not in HARMLESS and not _told_with(change.resource, above):
            yield _replaced(change, _all_of(change.resource, followers), sides)
    yield from _interruptions(sides.changes)


def _needs_consent(resource: Resource) -> bool:
    return resource.kind in STATEFUL_TYPES


def _consent(resource: Resource, sides: Sides) -> Consent | None:
    if not _needs_consent(resource):
        return None
    accepted = sides.after.accepted
    given = accepted.get(resource.path, accepted.get(resource.logical_id))
    return Consent(key=resource.path, given=None if given is None else str(given))


def _refused(resource: Resource) -> str:
    """Return that AWS refuses the new one of two that share what only one may have."""
    same = quoted(path.replace("/", ".") for path in replacement_of(resource.kind).identity)
    return DETAILS["second refused"].format(same=same)


def _are(resources: Sequence[Resource]) -> str:
    return "is" if len(resources) == 1 else "are"


def _all_of(start: Resource, edges: Mapping[Resource, Sequence[Resource]]) -> Sequence[Resource]:
    """Return all that edges lead to, the nearest first."""
    queue, found = [start], {start}
    for each in queue:
        queue += (new := [x for x in dict.fromkeys(edges.get(each, ())) if x not in found])
        found.update(new)
    return queue[1:]


def _told_with(resource: Resource, causes: Sequence[Resource]) -> bool:
    """Tell whether a replacement stands below that of a cause, which begins it all.

    A resource whose loss needs consent stands below another such one, whose consent names it, and
    else for itself.
    """
    if _needs_consent(resource):
        return any(map(_needs_consent, causes))
    return any(cause.kind not in HARMLESS for cause in causes)


def _replaced(change: Change, followers: Sequence[Resource], sides: Sides) -> Sentence:
    resource = change.resource
    lost = STATEFUL_TYPES.get(resource.kind) or REPLACED.get(resource.kind)
    details = [_refused(resource)] if change.name_taken else []
    if resource.retained and _needs_consent(resource):
        details.append(DETAILS["old stays"])
    if followers:
        details.append(f"Replaced with it: {grouped(followers)}.")
    return say(
        "replaced",
        name=capital(label(resource)),
        may="is" if change.certain else "may be",
        because=_because(change),
        lost=f": {lost}" if lost else "",
        details=details,
        consent=_consent(resource, sides),
    )


def _because(change: Change) -> str:
    own = [each for each in change.causes if any(_overlap(each, x) for x in change.properties)]
    values = _values(change, own[0]) if len(own) == 1 else ""
    parts = []
    if own:
        parts.append(f"{quoted(own)} can't be changed in place{f' ({values})' if values else ''}")
    if change.follows:
        parts.append(f"{grouped(change.follows)} {_are(change.follows)} replaced")
    # Without either, the templates differ in how they write it, and only the deploy knows both.
    return ", and ".join(parts) or f"{quoted(change.causes)} is written differently"


def _overlap(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or other.startswith(f"{one}.")


def _values(change: Change, cause: str) -> str:
    """Return the old and the new value of a property, where both are known and short."""
    sides = [each.properties if each else None for each in (change.before, change.after)]
    old, new = (look_up(each, *cause.split(".")) for each in sides)
    texts = [[each for each in several(value) if isinstance(each, str)] for value in (old, new)]
    written = [*map(quoted, texts)] if known([old, new]) else []
    short = written and all(0 < len(each) < LONGEST_VALUE for each in written)
    return " → ".join(written) if short and old != new else ""


def _interruptions(changes: Sequence[Change]) -> Iterator[Sentence]:
    found = gathered(
        ((change.resource.kind, change.causes, bool(change.follows)), change)
        for change in changes
        if change.kind == "interrupted"
    )
    for (kind, causes, follows), alike in found.items():
        resources = [change.resource for change in alike]
        because = f"{quoted(causes)} changes"
        if follows:
            whose = list(dict.fromkeys(each for change in alike for each in change.follows))
            because = f"{grouped(whose)} {'has' if len(whose) == 1 else 'have'} a new version"
        names, are = capital(grouped(resources)), _are(resources)
        reasons = "; ".join(dict.fromkeys(INTERRUPTIONS[kind, cause] for cause in causes))
        details = (
            f"{capital(label(change.resource))}: `{cause}` {values}."
            for change, cause in itertools.product(alike, causes)
            if (values := _values(change, cause))
        )
        yield say(
            "interrupted", names=names, are=are, because=because, reasons=reasons, details=details
        )


def removals(sides: Sides) -> Iterator[Sentence]:
    """Yield what is lost with resources that go, and what the deploy can't take away."""
    removed = [change.resource for change in sides.changes if change.kind == "removed"]
    added = [change for change in sides.changes if change.kind == "added"]
    for resource in removed:
        if _needs_consent(resource):
            yield _lost(resource, added, sides)
    stopping = gathered((each.kind, each) for each in removed if each.kind in REMOVED)
    for kind, alike in stopping.items():
        one = len(alike) == 1
        names = label(alike[0]) if one else counted(len(alike), NOUNS[kind])
        details = [] if one else [f"{listed(map(label, alike))}."]
        are, loss = _are(alike), REMOVED[kind]
        yield say("stops", names=capital(names), are=are, loss=loss, details=details)
    yield from _refused_exports(sides)


def _lost(resource: Resource, added: Sequence[Change], sides: Sides) -> Sentence:
    place = (resource.kind, resource.stack)
    renamed = [each for each in added if (each.resource.kind, each.resource.stack) == place]
    alike = [change.resource for change in renamed]
    details = [_refused(resource)] if any(change.name_taken for change in renamed) else []
    if resource.retained:
        details.append(DETAILS["stays"])
    if alike:
        details.append(DETAILS["renamed"].format(names=capital(grouped(alike)), are=_are(alike)))
    lost = "" if resource.retained else f": {STATEFUL_TYPES[resource.kind]}"
    needed = _consent(resource, sides)
    return say("lost", name=capital(label(resource)), lost=lost, details=details, consent=needed)


def _refused_exports(sides: Sides) -> Iterator[Sentence]:
    """Yield what CloudFormation refuses: to change or to delete an export that a stack imports.

    It updates the exporting stack first, while the importing one is still as it was.
    """
    replaced = (each for each in sides.changes if each.kind == "replaced" and not each.name_taken)
    gone = {change.resource.node for change in replaced}
    before, after = sides.both
    refusals: dict[tuple[str, str], set[Node]] = {}
    for name, paths in importers(before).items():
        exporter = before.exports[name][0]
        resource = before.target(before.exported(name, ""))
        if resource is not None and (resource.node in gone or name not in after.exports):
            for importer in (path for path in paths if path != exporter):
                refusals.setdefault((exporter, importer), set()).add(resource.node)
    for (exporting, importing), nodes in refusals.items():
        yield say(
            "deploy refused",
            exporter=before.stacks[exporting].name,
            importer=before.stacks[importing].name,
            resources=grouped(each for node, each in before.by_node.items() if node in nodes),
            details=[DETAILS["how to give up"]],
        )

"""Removals in words, with what is lost, and exports that CloudFormation doesn't give up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assembly.references import Node
from assembly.resource import Resource
from guardrails.step.refused import importers
from guardrails.step.stateful import STATEFUL_TYPES
from review.changes import Change
from review.data import REMOVED, say
from review.labels import NOUNS, capital, counted, gathered, grouped, label, listed
from review.model import Sentence
from review.replacements import Accepted, consent, is_or_are, needs_consent, refused
from review.sides import Sides

HOW_TO_GIVE_UP = (
    "Change or destroy the importing stack first: docs/stateful-resources.md, “Replace a subnet, a "
    "VPC or an address”."
)
RENAMED = "to CloudFormation a renamed construct is a new resource."


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what is lost with resources that go, and what the deploy can't take away."""
    removed = [change.resource for change in sides.changes if change.kind == "removed"]
    added = [change for change in sides.changes if change.kind == "added"]
    for resource in removed:
        if needs_consent(resource):
            yield _lost(resource, added, sides.after.accepted)
    stopping = gathered((each.kind, each) for each in removed if each.kind in REMOVED)
    for kind, alike in stopping.items():
        one = len(alike) == 1
        names = label(alike[0]) if one else counted(len(alike), NOUNS[kind])
        details = [] if one else [f"{listed(map(label, alike))}."]
        are, loss = is_or_are(alike), REMOVED[kind]
        yield say("stops", names=capital(names), are=are, loss=loss, details=details)
    yield from _refused_exports(sides)


def _lost(resource: Resource, added: Sequence[Change], accepted: Accepted) -> Sentence:
    place = (resource.kind, resource.stack)
    renamed = [each for each in added if (each.resource.kind, each.resource.stack) == place]
    alike = [change.resource for change in renamed]
    details = [refused(resource)] if any(change.name_taken for change in renamed) else []
    if resource.retained:
        details.append("It stays in the account, outside of the stack.")
    if alike:
        details.append(f"{capital(grouped(alike))} {is_or_are(alike)} added: {RENAMED}")
    lost = "" if resource.retained else f": {STATEFUL_TYPES[resource.kind]}"
    needed = consent(resource, accepted)
    return say("lost", name=capital(label(resource)), lost=lost, details=details, consent=needed)


def _refused_exports(sides: Sides) -> Iterator[Sentence]:
    """Yield what CloudFormation refuses: to change or to delete an export that a stack imports.

    It updates the exporting stack first, while the importing one is still as it was.
    """
    gone = {
        change.resource.node
        for change in sides.changes
        if change.kind == "replaced" and not change.name_taken
    }
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
            details=[HOW_TO_GIVE_UP],
        )

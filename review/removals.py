"""Removals in words, with what is lost, and exports that CloudFormation doesn't give up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assembly.references import Node
from assembly.resource import Resource
from guardrails.step.refused import importers
from guardrails.step.stateful import STATEFUL_TYPES
from review.changes import Change
from review.consequences import REMOVED
from review.labels import NOUNS, capital, counted, grouped, label, listed
from review.model import Risk, Sentence
from review.replacements import Accepted, consent, is_or_are, needs_consent, refused
from review.sides import Sides

HOW_TO_GIVE_UP = (
    "Change or destroy the importing stack first: docs/stateful-resources.md, “Replace a subnet, a "
    "VPC or an address”."
)


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield what is lost with resources that go, and what the deploy can't take away."""
    removed = [change.resource for change in sides.changes if change.kind == "removed"]
    added = [change for change in sides.changes if change.kind == "added"]
    for resource in removed:
        if needs_consent(resource):
            yield _lost(resource, added, sides.after.accepted)
    stopping: dict[str, list[Resource]] = {}
    for resource in removed:
        if resource.kind in REMOVED:
            stopping.setdefault(resource.kind, []).append(resource)
    for kind, resources in stopping.items():
        one = len(resources) == 1
        what = label(resources[0]) if one else counted(len(resources), NOUNS[kind])
        yield Sentence(
            text=f"{capital(what)} {is_or_are(resources)} **removed**: {REMOVED[kind]}.",
            risk=Risk.INTERRUPTS,
            details=() if one else (f"{listed(map(label, resources))}.",),
        )
    yield from _refused_exports(sides)


def _lost(resource: Resource, added: Sequence[Change], accepted: Accepted) -> Sentence:
    renamed = [
        change
        for change in added
        if (change.resource.kind, change.resource.stack) == (resource.kind, resource.stack)
    ]
    alike = [change.resource for change in renamed]
    details = [refused(resource)] if any(change.name_taken for change in renamed) else []
    if resource.retained:
        details.append("It stays in the account, outside of the stack.")
    if alike:
        details.append(
            f"{capital(grouped(alike))} {is_or_are(alike)} added: to CloudFormation a renamed "
            "construct is a new resource."
        )
    lost = "" if resource.retained else f": {STATEFUL_TYPES[resource.kind]}"
    return Sentence(
        text=f"{capital(label(resource))} is **removed**{lost}.",
        risk=Risk.REPLACES,
        details=tuple(details),
        consent=consent(resource, accepted),
    )


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
    refusals: dict[tuple[str, str], dict[Node, Resource]] = {}
    for name, paths in importers(before).items():
        exporter = before.exports[name][0]
        resource = before.target(before.exported(name, ""))
        if resource is not None and (resource.node in gone or name not in after.exports):
            for importer in (path for path in paths if path != exporter):
                refusals.setdefault((exporter, importer), {})[resource.node] = resource
    for (exporter, importer), refused_ones in refusals.items():
        resources = [each for node, each in before.by_node.items() if node in refused_ones]
        one, other = (before.stacks[path].name for path in (exporter, importer))
        yield Sentence(
            text=f"**CloudFormation refuses this deploy**: stack `{one}` can't change or give up "
            f"what stack `{other}` imports of it: {grouped(resources)}.",
            risk=Risk.REPLACES,
            details=(HOW_TO_GIVE_UP,),
        )

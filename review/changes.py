"""What a deploy does to each resource, for people: the guardrails' changes, with all that differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from assembly.environment import Environment
from assembly.references import Node
from assembly.resource import Resource
from guardrails.step.change import Change as Found
from guardrails.step.changes import changes as found_between
from guardrails.step.create_only import replacement_of, values_at
from guardrails.step.interruptions import INTERRUPTIONS

Kind = Literal["added", "removed", "replaced", "interrupted", "in place"]
Path = tuple[str, ...]

NAME_TAKEN = "replaced with a fixed name"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one resource.

    `properties` are the dotted names of what differs, `causes` those that replace or interrupt.
    `follows` are the resources whose replacement or new version is the reason, where the template
    alone says nothing. `certain` is False where CloudFormation decides by the value. `name_taken`
    tells that AWS refuses the new one: it shares with the old one what only one may have.
    """

    kind: Kind
    before: Resource | None
    after: Resource | None
    properties: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    follows: tuple[Resource, ...] = ()
    certain: bool = True
    name_taken: bool = False

    @property
    def resource(self) -> Resource:
        """Return the resource as it will be, or as it was where it goes."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change has a resource: before, after or both, got neither")
        return found


def changes(before: Environment, after: Environment) -> list[Change]:
    """Return what a deploy does to each resource that it touches."""
    found = {change.node: change for change in found_between(before, after)}
    nodes = dict.fromkeys((*found, *after.by_node, *before.by_node))
    return [change for node in nodes for change in _told(node, found.get(node), before, after)]


def _told(
    node: Node, found: Found | None, before: Environment, after: Environment
) -> Iterator[Change]:
    old, new = before.by_node.get(node), after.by_node.get(node)
    taken = found is not None and found.effect == NAME_TAKEN
    if old is None or new is None or (found is not None and found.effect == "refused"):
        # A resource that changes its type is another one.
        if old is not None:
            yield Change(kind="removed", before=old, after=None)
        if new is not None:
            yield Change(kind="added", before=None, after=new, name_taken=taken)
        return
    differ = tuple(".".join(path) for path in differing(old.properties, new.properties))
    if found is None and before.templates[node[0]] == after.templates[node[0]]:
        # Only what it imports differs, and CloudFormation doesn't touch its stack for that.
        return
    causes = _create_only(old, new) if found is None else found.properties
    replaced = taken or (found.effect == "replaced" if found is not None else bool(causes))
    leaders = found.leaders if found is not None else ()
    if not differ and not replaced and not leaders:
        return
    touched = {name.partition(".")[0] for name in differ} | {*(causes if leaders else ())}
    stops = sorted(key for key in touched if (new.kind, key) in INTERRUPTIONS)
    yield Change(
        kind="replaced" if replaced else "interrupted" if stops else "in place",
        before=old,
        after=new,
        properties=differ,
        causes=tuple(path.replace("/", ".") for path in causes) if replaced else tuple(stops),
        follows=tuple(after.by_node[leader] for leader in leaders if leader in after.by_node),
        # A value that is only written another way is most likely the same.
        certain=found.certain and bool(differ or leaders) if found else not replaced,
        name_taken=taken,
    )


def _create_only(old: Resource, new: Resource) -> tuple[str, ...]:
    """Return the create-only properties of which a parameter or a mapping changes the value."""
    return tuple(
        path
        for path in replacement_of(new.kind).always
        if values_at(old.properties, path) != values_at(new.properties, path)
    )


def differing(old: object, new: object, path: Path = ()) -> Iterator[Path]:
    """Yield the paths at which two values differ; a list counts as one value.

    Tags count as a set: their order is the CDK's.
    """
    if old == new or (path[-1:] == ("Tags",) and _sorted(old) == _sorted(new)):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}, key=str):
            yield from differing(old.get(name), new.get(name), (*path, str(name)))
    else:
        yield path


def _sorted(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value

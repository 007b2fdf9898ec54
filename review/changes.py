"""What a deploy does to each resource, for people: the guardrails' changes, with all that differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from assembly.environment import Environment
from assembly.resource import Resource
from guardrails.step.change import INTERRUPTIONS
from guardrails.step.change import Change as Found
from guardrails.step.changes import changes as found_between

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
    before: Resource | None = None
    after: Resource | None = None
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
    found = found_between(before, after)
    return [change for each in found for change in _told(each, before, after)]


def _told(found: Found, before: Environment, after: Environment) -> Iterator[Change]:
    old, new = before.by_node.get(found.node), after.by_node.get(found.node)
    taken = found.effect == NAME_TAKEN
    if old is None or new is None or found.effect == "refused":
        # A resource that changes its type is another one.
        if old is not None:
            yield Change(kind="removed", before=old)
        if new is not None:
            yield Change(kind="added", after=new, name_taken=taken)
        return
    if not found.leaders and before.templates[new.stack] == after.templates[new.stack]:
        # Only what it imports differs, and CloudFormation doesn't touch its stack for that.
        return
    replaced = taken or found.effect == "replaced"
    differ = tuple(".".join(path) for path in differing(old.properties, new.properties))
    if not differ and not replaced and not found.leaders:
        return
    touched = {name.partition(".")[0] for name in differ}
    touched |= {*found.properties} if found.leaders else set()
    stops = sorted(key for key in touched if (new.kind, key) in INTERRUPTIONS)
    yield Change(
        kind="replaced" if replaced else "interrupted" if stops else "in place",
        before=old,
        after=new,
        properties=differ,
        causes=tuple(each.replace("/", ".") for each in (found.properties if replaced else stops)),
        follows=tuple(after.by_node[node] for node in found.leaders if node in after.by_node),
        certain=found.certain,
        name_taken=taken,
    )


def differing(old: object, new: object, path: Path = (), *, lists: bool = False) -> Iterator[Path]:
    """Yield the paths at which two values differ; a list counts as one value but for `lists`.

    Tags count as a set: their order is the CDK's.
    """
    if old == new or (path[-1:] == ("Tags",) and _sorted(old) == _sorted(new)):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            yield from differing(old.get(name), new.get(name), (*path, str(name)), lists=lists)
    elif lists and isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        *above, last = path or ("",)
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from differing(*pair, (*above, f"{last}[{index}]"), lists=True)
    else:
        yield path


def _sorted(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value

"""What a deploy does to each resource, by the properties that CloudFormation can't change in place.

Which those are is read from the registry's schemas, as cfn-lint ships them. A replacement moves on
to the resources that carry the replaced one in such a property.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from local_aws.emulator.schemas import conditionally_create_only, create_only, schema
from review.effects import ATTRIBUTES_THAT_MOVE, INTERRUPTIONS
from review.environment import Environment, Resource

Kind = Literal["added", "removed", "replaced", "interrupted", "in place"]
Key = tuple[str, str]
Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one resource.

    `properties` are the dotted names of what differs in the template, `causes` those that replace
    or interrupt. `follows` are the resources whose replacement or new version is the reason, where
    the template alone says nothing. `certain` is False where CloudFormation decides by the value.
    `name_taken` tells that the new one would have the name of the old one, which AWS refuses.
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
    """Return what a deploy does to each resource that it touches, in the order of the templates."""
    return _Comparison(before, after).changes()


class _Comparison:
    def __init__(self, before: Environment, after: Environment) -> None:
        self._before = before
        self._after = after
        self._kept = [key for key in after.by_id if key in before.by_id and self._same_type(key)]
        self._differing = {key: tuple(self._differences(key)) for key in self._kept}
        self._replaced: dict[Key, tuple[tuple[Path, ...], tuple[Resource, ...], bool]] = {}

    def changes(self) -> list[Change]:
        self._find_replacements()
        found = [
            Change(kind="removed", before=resource, after=None)
            for key, resource in self._before.by_id.items()
            if key not in self._after.by_id or not self._same_type(key)
        ]
        for key, resource in self._after.by_id.items():
            if key not in self._differing:
                found.append(Change(kind="added", before=None, after=resource))
            else:
                found.extend(self._change(key))
        return found

    def _same_type(self, key: Key) -> bool:
        return self._before.by_id[key].type == self._after.by_id[key].type

    def _differences(self, key: Key) -> Iterator[Path]:
        old, new = self._before.by_id[key].properties, self._after.by_id[key].properties
        yield from differing(old, new)

    def _find_replacements(self) -> None:
        """Collect what is replaced, until a round adds nothing."""
        found = True
        while found:
            found = False
            for key in self._kept:
                if key not in self._replaced and (reason := self._reason(key)):
                    self._replaced[key] = reason
                    found = True

    def _reason(self, key: Key) -> tuple[tuple[Path, ...], tuple[Resource, ...], bool] | None:
        new = self._after.by_id[key]
        sure, perhaps = create_only(new.type), conditionally_create_only(new.type)
        old = self._before.by_id[key]
        changed = [
            path
            for path in sorted(sure | perhaps)
            if _at(old.properties, path) != _at(new.properties, path)
        ]
        following = {
            path: [
                each
                for each in self._referred(new.stack, _at(new.properties, path))
                if (each.stack, each.logical_id) in self._replaced
            ]
            for path in sorted(sure)
        }
        causes = (*changed, *(path for path, each in following.items() if each))
        if not causes:
            return None
        certain = any(path in sure for path in causes)
        follows = tuple(dict.fromkeys(each for found in following.values() for each in found))
        return tuple(dict.fromkeys(causes)), follows, certain

    def _change(self, key: Key) -> Iterator[Change]:
        old, new = self._before.by_id[key], self._after.by_id[key]
        properties = tuple(".".join(path) for path in self._differing[key])
        if key in self._replaced:
            causes, follows, certain = self._replaced[key]
            yield Change(
                kind="replaced",
                before=old,
                after=new,
                properties=properties,
                causes=tuple(".".join(path) for path in causes),
                follows=follows,
                certain=certain,
                name_taken=self._name_taken(old, new, causes),
            )
            return
        moved = {
            name: [
                each
                for each, attribute in self._attributes(new.stack, value)
                if (each.type, attribute) in ATTRIBUTES_THAT_MOVE
                and self._differing.get((each.stack, each.logical_id))
            ]
            for name, value in new.properties.items()
        }
        tops = {path[0] for path in self._differing[key]}
        tops |= {name for name, each in moved.items() if each}
        stops = tuple(name for name in sorted(tops) if (new.type, name) in INTERRUPTIONS)
        if tops:
            yield Change(
                kind="interrupted" if stops else "in place",
                before=old,
                after=new,
                properties=properties,
                causes=stops,
                follows=tuple(each for found in moved.values() for each in found),
            )

    def _name_taken(self, old: Resource, new: Resource, causes: tuple[Path, ...]) -> bool:
        """Tell whether what identifies the resource is given and stays as it is."""
        known = schema(new.type) or {}
        names = [tuple(pointer.split("/")[2:]) for pointer in known.get("primaryIdentifier", ())]
        return bool(names) and all(
            name not in causes
            and _at(new.properties, name) is not None
            and _at(new.properties, name) == _at(old.properties, name)
            for name in names
        )

    def _referred(self, stack: str, value: object) -> Iterator[Resource]:
        yield from (resource for resource, _ in self._attributes(stack, value))

    def _attributes(self, stack: str, value: object) -> Iterator[tuple[Resource, str]]:
        """Yield every resource that a value refers to, with the attribute that it reads."""
        target = self._after.target(stack, value)
        if target is not None:
            argument = value.get("Fn::GetAtt") if isinstance(value, Mapping) else None
            yield target, argument[1] if isinstance(argument, list) else ""
        elif isinstance(value, Mapping):
            for inner in value.values():
                yield from self._attributes(stack, inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self._attributes(stack, inner)


def differing(old: object, new: object, path: Path = ()) -> Iterator[Path]:
    """Yield the paths at which two values differ; lists and functions count as one value.

    Tags count as a set: their order is the CDK's.
    """
    if old == new or (path[-1:] == ("Tags",) and _sorted(old) == _sorted(new)):
        return
    if (
        isinstance(old, Mapping)
        and isinstance(new, Mapping)
        and not any(name == "Ref" or name.startswith("Fn::") for name in (*old, *new))
    ):
        for name in sorted({*old, *new}):
            yield from differing(old.get(name), new.get(name), (*path, name))
    else:
        yield path


def _sorted(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value


def _at(properties: Mapping[str, object], path: Path) -> object:
    value: object = properties
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

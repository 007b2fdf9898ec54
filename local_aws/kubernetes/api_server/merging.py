"""How patches change an object: merge patch, strategic merge, server-side apply."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kube import schemas as of_kinds
from kube.schemas import OPEN, is_open
from kube.values import Json as Schema
from local_aws.kubernetes.objects import Json

_REPLACE = {"$patch": "replace"}
# An item that leaves a key out has the default's.
_DEFAULT_KEYS = {"protocol": "TCP"}


class Schemas(of_kinds.Schemas):
    """Looks up the schema of a kind, of a field and of a list's items as well."""

    def of(self, api_version: str, kind: str) -> Schema:
        """Return a kind's schema; an open one where none is known."""
        name = self.definition_name(api_version, kind)
        return self.definitions[name] if name else OPEN

    def field(self, schema: Schema, name: str) -> Schema | None:
        """Return the schema of an object's field; None if it may not have one of that name."""
        others = schema.get("additionalProperties")
        for found in ((schema.get("properties") or {}).get(name), others):
            if isinstance(found, Mapping):
                return self.resolve(found)
        return OPEN if others is True or is_open(schema) else None

    def items(self, schema: Schema) -> Schema:
        """Return the schema of a list's items."""
        return self.resolve(schema.get("items") or OPEN)


def json_merge(original: Any, patch: Any) -> Any:  # noqa: ANN401 - JSON holds anything
    """Apply a merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(original) if isinstance(original, dict) else {}
    merged.update((key, json_merge(merged.get(key), value)) for key, value in patch.items())
    return {key: value for key, value in merged.items() if value is not None}


def strategic_merge(original: Json, patch: Json, schema: Schema, schemas: Schemas) -> Json:
    """Apply a strategic merge patch, by the merge keys and strategies of the schema."""
    return _Merge(schemas=schemas, keys=_patch_keys).fields(original, patch, schema)


def apply(live: Json, configs: Sequence[Json], schema: Schema, schemas: Schemas) -> Json:
    """Merge an applied configuration into an object, by the list types of the schema.

    `configs` are this one, what its manager applied before, and what others have applied. What the
    manager leaves out now goes, unless others have it.
    """
    config, before, *others = configs
    merge = _Merge(schemas=schemas, keys=_list_keys, has_atoms=True)
    merged = copy.deepcopy(merge.fields(live, config, schema))
    merge.drop(merged, before, [config, *others], schema)
    return merged


def _patch_keys(schema: Schema) -> Sequence[str] | None:
    strategies = (schema.get("x-kubernetes-patch-strategy") or "").split(",")
    key = schema.get("x-kubernetes-patch-merge-key")
    return None if "merge" not in strategies else [key] if key else ()


def _list_keys(schema: Schema) -> Sequence[str] | None:
    keys: Sequence[str] = schema.get("x-kubernetes-list-map-keys") or ()
    return keys if schema.get("x-kubernetes-list-type") in ("map", "set") else None


@dataclass(frozen=True, kw_only=True)
class _Merge:
    """A way to merge. `keys` tells by which fields a list's items are the same.

    None of them means by their whole; without an answer a list is replaced.
    """

    schemas: Schemas
    keys: Callable[[Schema], Sequence[str] | None]
    has_atoms: bool = False

    def fields(self, old: object, new: Json, schema: Schema) -> Json:
        """Return an object's fields with those of a patch merged in."""
        is_atom = self.has_atoms and schema.get("x-kubernetes-map-type") == "atomic"
        if is_atom or new.get("$patch") == "replace":
            return {key: value for key, value in new.items() if key != "$patch"}
        merged = dict(old) if isinstance(old, dict) else {}
        if (kept := new.get("$retainKeys")) is not None:
            merged = {key: value for key, value in merged.items() if key in kept}
        directives = [key for key in new if key.startswith("$")]
        for key in [key for key in new if key not in directives]:
            merged[key] = self._value(merged.get(key), new[key], self._of(schema, key))
        for directive in directives:
            word, _, key = directive.partition("/")
            listed, names = merged.get(key), new[directive]
            if word == "$deleteFromPrimitiveList" and listed:
                merged[key] = [item for item in listed if item not in names]
            elif word == "$setElementOrder" and listed:
                merged[key] = _ordered(listed, names, self.keys(self._of(schema, key)) or ())
        return {key: value for key, value in merged.items() if value is not None}

    def _value(self, old: object, new: object, schema: Schema) -> object:
        if isinstance(new, dict):
            return self.fields(old, new, schema)
        keys = self.keys(schema) if isinstance(new, list) else None
        if not isinstance(new, list) or keys is None:
            return new
        if _REPLACE in new:
            return [item for item in new if item != _REPLACE]
        merged = list(old) if isinstance(old, list) else []
        for item in new:
            names = [_name(one, keys) for one in merged]
            at = names.index(_name(item, keys)) if _name(item, keys) in names else len(merged)
            if isinstance(item, dict) and item.get("$patch") == "delete":
                del merged[at : at + 1]
            else:
                known = merged[at] if at < len(merged) else None
                merged[at : at + 1] = [self._value(known, item, self.schemas.items(schema))]
        return merged

    def drop(self, value: Any, before: Any, kept: Sequence[Any], schema: Schema) -> None:  # noqa: ANN401 - JSON holds anything
        """Take out of a value what was applied before, and is in none of the kept ones."""
        if isinstance(value, dict) and isinstance(before, dict):
            for key in before.keys() & value.keys():
                below = [one[key] for one in kept if isinstance(one, dict) and key in one]
                if below:
                    self.drop(value[key], before[key], below, self._of(schema, key))
                else:
                    del value[key]
        keys = self.keys(schema)
        if not isinstance(value, list) or not isinstance(before, list) or keys is None:
            return
        for item in before:
            at = next((one for one in value if _name(one, keys) == _name(item, keys)), None)
            below = [one for each in kept for one in each if _name(one, keys) == _name(item, keys)]
            if at is not None and below:
                self.drop(at, item, below, self.schemas.items(schema))
            elif at is not None:
                value.remove(at)

    def _of(self, schema: Schema, key: str) -> Schema:
        return self.schemas.field(schema, key) or {}


def _name(item: object, keys: Sequence[str]) -> object:
    if not isinstance(item, dict) or not keys:
        return item
    return [item.get(key, _DEFAULT_KEYS.get(key)) for key in keys]


def _ordered(items: list[Any], names: list[Any], keys: Sequence[str]) -> list[Any]:
    """Sort items as the patch names them; what it doesn't know stays behind."""
    order = [_name(name, keys) for name in names]
    order += [_name(item, keys) for item in items]
    return sorted(items, key=lambda item: order.index(_name(item, keys)))

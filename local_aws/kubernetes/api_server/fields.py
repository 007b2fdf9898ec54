"""Sets of field paths: which fields an object has, as managedFields writes them down.

A path is a tuple of steps: `("f", name)` for a field, `("k", keys)` for a list item with these
keys, `("v", value)` for a member of a set.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from kube.values import Json as Schema
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes.schemas import Schemas

Step = tuple[str, str]
Path = tuple[Step, ...]
FieldSet = frozenset[Path]

# An item that leaves a key out has the default's.
_DEFAULT_KEYS = {"protocol": "TCP"}
_SYSTEM = {
    "name", "namespace", "generateName", "uid", "resourceVersion", "generation", "selfLink",
    "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields",
}  # fmt: skip


def field_values(obj: Json, schema: Schema, schemas: Schemas) -> dict[Path, Any]:
    """Return an object's fields with their values, without those that the system owns."""
    body = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}
    metadata = {key: value for key, value in body.get("metadata", {}).items() if key not in _SYSTEM}
    values: dict[Path, Any] = {}
    _collect({**body, "metadata": metadata}, schema, schemas, (), values)
    values.pop((("f", "metadata"),), None)
    return values


def _collect(
    value: Any,  # noqa: ANN401 - JSON holds anything
    schema: Schema,
    schemas: Schemas,
    at: Path,
    values: dict[Path, Any],
) -> None:
    if isinstance(value, dict) and value and not is_atomic_map(schema):
        for key, inner in value.items():
            inner_schema = schemas.field(schema, key) or {}
            _collect(inner, inner_schema, schemas, (*at, ("f", key)), values)
    elif isinstance(value, list) and (kind := schema.get("x-kubernetes-list-type")) in (
        "map",
        "set",
    ):
        for item in value:
            step = item_step(item, schema)
            values[(*at, step)] = None
            if kind == "map":
                _collect(item, schemas.items(schema), schemas, (*at, step), values)
    else:
        values[at] = value


def is_atomic_map(schema: Schema) -> bool:
    """Tell whether a map has one owner as a whole."""
    return schema.get("x-kubernetes-map-type") == "atomic"


def item_step(item: Any, schema: Schema) -> Step:  # noqa: ANN401 - JSON holds anything
    """Return the step to an item of a list that is a map or a set."""
    if schema.get("x-kubernetes-list-type") == "set":
        return "v", _compact(item)
    keys = {
        key: item.get(key, _DEFAULT_KEYS.get(key))
        for key in schema.get("x-kubernetes-list-map-keys") or ()
    }
    return "k", _compact({key: value for key, value in keys.items() if value is not None})


def remove(obj: Any, path: Path, schema: Schema, schemas: Schemas) -> None:  # noqa: ANN401 - JSON holds anything
    """Remove a field or list item, and a map or list that is empty then."""
    step, rest = path[0], path[1:]
    if step[0] == "f":
        if not isinstance(obj, dict) or step[1] not in obj:
            return
        if rest:
            remove(obj[step[1]], rest, schemas.field(schema, step[1]) or {}, schemas)
        if not rest or obj[step[1]] in ({}, []):
            del obj[step[1]]
        return
    for index, item in enumerate(obj if isinstance(obj, list) else ()):
        if item_step(item, schema) == step:
            if rest:
                remove(item, rest, schemas.items(schema), schemas)
            else:
                del obj[index]
            return


def encode(paths: Iterable[Path]) -> Json:
    """Write a set of paths as FieldsV1."""
    root: Json = {}
    nodes: list[Json] = []
    for path in sorted(paths):
        node = root
        for kind, text in path:
            node = node.setdefault(f"{kind}:{text}", {})
        nodes.append(node)
    for node in nodes:
        if node:
            node["."] = {}
    return root


def decode(fields: Mapping[str, Any]) -> FieldSet:
    """Read a set of paths from FieldsV1."""
    paths: set[Path] = set()

    def walk(node: Mapping[str, Any], at: Path) -> None:
        if at and (not node or "." in node):
            paths.add(at)
        for key, inner in node.items():
            if key != ".":
                kind, _, text = key.partition(":")
                walk(inner, (*at, (kind, text)))

    walk(fields, ())
    return frozenset(paths)


def words(path: Path) -> str:
    """Return a path as messages name it: .spec.containers[name="web"].image."""
    texts = []
    for kind, text in path:
        if kind == "f":
            texts.append(f".{text}")
        elif kind == "k":
            keys = ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(text).items())
            texts.append(f"[{keys}]")
        else:
            texts.append(f"[={text}]")
    return "".join(texts)


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)

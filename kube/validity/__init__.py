"""What a Kubernetes API server of a version rejects, judged by a single object.

An object is walked along its schema: JSON types, unknown and missing fields. Each mapping that has a
definition of its own is also given to the tables and to the checks of that definition.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kube.problems import Problem, forbidden, invalid, required, wrong_type
from kube.quantities import WORDS, amount
from kube.schemas import META, OPEN, is_open, of_version, reference, referenced, types
from kube.validity import resources, tables, workloads
from kube.validity.formats import is_base64
from kube.validity.rows import Check, Context, is_empty, join
from kube.values import Json, Unknown, known, look_up, number, text

_CHECKS: Mapping[str, Check] = {**resources.CHECKS, **workloads.CHECKS}
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_FILLED_IN = frozenset(tables.TABLES["filled_in"])


def problems(obj: Json, version: str) -> list[Problem]:
    """Return what an API server of a version such as 1.36 refuses in an object or a list of them.

    A field that isn't there has Kubernetes' default. What is unknown until the deploy is right.
    """
    found: dict[str, Problem] = {}
    for at, item in placed(plain(obj)):
        for problem in _of_object(item, version) if not isinstance(item, Unknown) else ():
            if known(problem.value):
                whole = dataclasses.replace(problem, field=f"{at}{problem.field}")
                found.setdefault(str(whole), whole)
    return list(found.values())


def _of_object(obj: object, version: str) -> Iterator[Problem]:
    if not isinstance(obj, Mapping):
        yield invalid("", obj, "must be an object")
        return
    walk = _walk(version)
    kinds = walk.schemas
    api_version, kind = text(obj, "apiVersion"), text(obj, "kind")
    missing = [field for field in ("apiVersion", "kind") if not text(obj, field)]
    name = kinds.definition_name(api_version, kind)
    for field in missing:
        mistyped = wrong_type(field, obj.get(field), "must be of type string")
        yield required(field) if is_empty(obj.get(field)) else mistyped
    if missing or not known([api_version, kind]):
        return
    alpha = name is not None and "alpha" in api_version  # EKS turns no alpha feature on.
    if alpha or (name is None and not kinds.is_custom(api_version)):
        there = " and ".join(each for each in kinds.versions_of(kind) if "alpha" not in each)
        hint = f"; Kubernetes 1.{kinds.minor} has it in {there}" if there else ""
        detail = f'no matches for kind "{kind}" in version "{api_version}"{hint}'
        yield invalid("apiVersion", obj.get("apiVersion"), detail)
    else:
        yield from resources.name_problems(obj, kinds.minor)
        yield from walk.of_kind(obj, name)


def plain(value: object) -> Any:  # noqa: ANN401 - JSON may hold anything
    """Return a value as the server reads it: keys are texts, and null is as if nothing stood there.

    A mapping with an unknown key may get any field, so it is unknown as a whole.
    """
    if isinstance(value, Mapping):
        hidden = next((key for key in value if isinstance(key, Unknown)), None)
        if hidden is not None:
            return hidden
        return {str(key): plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, str | int | float):
        return value
    # YAML reads 2026-01-02 as a date.
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def placed(obj: object, at: str = "") -> Iterator[tuple[str, object]]:
    """Yield each object of a list such as v1 List with the start of its path, such as `items[1].`."""
    listed = look_up(obj, "items") if text(obj, "kind").endswith("List") else None
    if isinstance(listed, list | tuple):
        for index, item in enumerate(listed):
            yield from placed(item, f"{at}items[{index}].")
    else:
        yield at, obj


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Node:
    """A schema, read once."""

    definition: str
    types: frozenset[str]
    format: str
    is_open: bool
    fields: Mapping[str, Json]
    values: Json | None
    items: Json
    required: Sequence[str]


class _Walk:
    """Walks objects of one Kubernetes version."""

    def __init__(self, version: str) -> None:
        self.schemas = of_version(version)
        self._nodes: dict[int, _Node] = {}
        self._roots = {name: reference(name) for name in self.schemas.definitions}
        metadata = {"metadata": reference(f"{META}ObjectMeta")}
        self._custom: Json = {"properties": metadata, "additionalProperties": True}

    def of_kind(self, obj: Json, definition: str | None) -> Iterator[Problem]:
        """Yield what is wrong with an object of a definition, or of a custom kind."""
        schema = self._roots[definition] if definition else self._custom
        if "spec" in self._node(schema).fields and "spec" not in obj:
            # Go reads a spec that isn't there as an empty one.
            obj = {**obj, "spec": {}}
        context = Context(minor=self.schemas.minor, root=obj, is_custom=definition is None)
        yield from self._value(obj, schema, "", context)

    def _value(self, value: object, schema: Json, at: str, context: Context) -> Iterator[Problem]:
        if value is None or isinstance(value, Unknown):
            return
        node = self._node(schema)
        kind = "object" if isinstance(value, dict) else "array" if isinstance(value, list) else ""
        if node.types and kind and kind not in node.types:
            yield _mistyped(value, node, at)
        elif isinstance(value, dict):
            if not node.is_open:
                yield from self._mapping(value, node, at, context)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                # Go reads a null in a list of objects as an empty one.
                empty: Json | None = {} if "object" in self._node(node.items).types else None
                found = empty if item is None else item
                yield from self._value(found, node.items, f"{at}[{index}]", context)
        elif node.types:
            yield from _scalar(value, node, at)

    def _mapping(self, obj: Json, node: _Node, at: str, context: Context) -> Iterator[Problem]:
        for key, value in obj.items():
            schema = node.fields.get(key, node.values)
            if schema is OPEN or (schema and key == "status" and not at):
                continue
            if schema is None:
                yield _stranger(key, value, node, at)
            else:
                path = join(at, key) if key in node.fields else f"{at}[{key}]"
                yield from self._value(value, schema, path, context)
        yield from (required(join(at, field)) for field in node.required if field not in obj)
        if node.definition:
            yield from tables.problems(node.definition, obj, at, context)
        if check := _CHECKS.get(node.definition):
            yield from check(obj, at, context)

    def _node(self, schema: Json) -> _Node:
        if id(schema) not in self._nodes:
            self._nodes[id(schema)] = self._read(schema)
        return self._nodes[id(schema)]

    def _read(self, schema: Json) -> _Node:
        definition = short_name(referenced(schema))
        whole = self.schemas.resolve(schema)
        in_table = tables.required_fields(definition)
        others = whole.get("additionalProperties")
        return _Node(
            definition=definition,
            types=types(whole),
            format="quantity" if definition.endswith(".Quantity") else whole.get("format", ""),
            is_open=is_open(whole),
            fields=whole.get("properties") or {},
            values=others if isinstance(others, Mapping) else OPEN if others is True else None,
            items=whole.get("items") or OPEN,
            required=[
                field
                for field in whole.get("required") or ()
                if field not in in_table and f"{definition}.{field}" not in _FILLED_IN
            ],
        )


_walk = functools.cache(_Walk)


def short_name(definition: str) -> str:
    """Return a definition's name as the tables have it, such as core.v1.PodSpec."""
    return ".".join(definition.split(".")[-3:])


def _mistyped(value: object, node: _Node, at: str) -> Problem:
    return wrong_type(at, value, f"must be of type {' or '.join(sorted(node.types))}")


def _stranger(key: object, value: object, node: _Node, at: str) -> Problem:
    path = join(at, str(key))
    names = {name.lower(): name for name in node.fields}
    near = difflib.get_close_matches(str(key).lower(), names, 1)
    hint = f'; did you mean "{names[near[0]]}"?' if near else ""
    return forbidden(path, f'unknown field "{path}"{hint}', value)


def _scalar(value: object, node: _Node, at: str) -> Iterator[Problem]:
    if not any(each in _IS_OF_TYPE and _IS_OF_TYPE[each](value) for each in node.types):
        yield _mistyped(value, node, at)
    elif node.format in _FORMATS:
        right, words = _FORMATS[node.format]
        if not right(value):
            yield wrong_type(at, value, words)


_IS_OF_TYPE: Mapping[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: number(value) is not None,
    "integer": lambda value: (number(value) or 0) % 1 == 0 and number(value) is not None,
}
_FORMATS: Mapping[str, tuple[Callable[[object], object], str]] = {
    "quantity": (lambda value: amount(value) is not None, WORDS),
    "byte": (lambda value: not isinstance(value, str) or is_base64(value), "must be base64"),
    "date-time": (
        lambda value: _TIME.fullmatch(str(value)),
        "must be a time such as 2006-01-02T15:04:05Z",
    ),
    "int32": (lambda value: abs(number(value) or 0) < 1 << 31, "must be of type int32"),
    "int64": (lambda value: abs(number(value) or 0) < 1 << 63, "must be of type int64"),
}

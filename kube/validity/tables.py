"""The rules in a table: what a field accepts, which fields exclude or require one another.

`tables.json` has them by the name of the OpenAPI definition, so they hold wherever Kubernetes uses
it, and nowhere else. `enums.json` has the words of fields, and the minor versions that brought some.
What each table of it holds stands at its top.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from kube.problems import Problem, duplicate, forbidden, invalid, not_supported, required
from kube.validity import formats, rows
from kube.validity.rows import Context, is_empty, join
from kube.values import Json, Unknown, items, look_up, mapping, table

Applied = tuple[str, Callable[[object, str], Iterator[Problem]]]
Table = Callable[[Any, Json, str, Context], Iterator[Problem]]
TABLES: Mapping[str, Any] = table(__file__)
ENUMS: Mapping[str, Any] = table(__file__, "enums.json")
_REQUIRED = "required"


@functools.cache
def required_fields(definition: str) -> frozenset[str]:
    """Return the fields that may not be empty."""
    fields = TABLES["fields"].get(definition, {})
    return frozenset(field for field, tokens in fields.items() if _REQUIRED in tokens.split())


def problems(definition: str, obj: Json, at: str, context: Context) -> Iterator[Problem]:
    """Yield what the tables say about a mapping of a definition."""
    needed = required_fields(definition)
    for field, applied in _applied(definition, context.minor).items():
        if not is_empty(value := look_up(obj, *rows.steps(field))):
            yield from _problems(applied, value, join(at, field))
        elif field in needed or (value == "" and field in TABLES["not_blank"].get(definition, ())):
            yield required(join(at, field))
    for problems_of, row in _rows(definition):
        yield from problems_of(row, obj, at, context)


@functools.cache
def _applied(definition: str, minor: int) -> Mapping[str, Sequence[Applied]]:
    found: dict[str, list[Applied]] = {}
    for field, words in ENUMS["words"].get(definition, {}).items():
        name, _, place = field.partition(".")
        since = ENUMS["since"].get(f"{definition}.{name}", {})
        known = [word for word in words if since.get(word, 0) <= minor]
        found[name] = [("each" if place == "items" else "", functools.partial(_strange, known))]
    for field, words in TABLES["words"].get(definition, {}).items():
        found[field] = [("", functools.partial(_strange, words))]
    for field, tokens in TABLES["fields"].get(definition, {}).items():
        found.setdefault(field, []).extend(
            _token(each) for each in tokens.split() if each != _REQUIRED
        )
    return found


@functools.cache
def _rows(definition: str) -> Sequence[tuple[Table, Any]]:
    return [
        (table, row) for name, table in _TABLES.items() for row in TABLES[name].get(definition, ())
    ]


def _strange(words: Sequence[str], value: object, path: str) -> Iterator[Problem]:
    if isinstance(value, str) and value and value not in words:
        yield not_supported(path, value, words)


def _token(token: str) -> Applied:
    scope, _, name = token.rpartition(":")
    return scope, functools.partial(_malformed, formats.of_token(name))


def _malformed(wrong: formats.Format, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, Unknown):
        yield from (invalid(path, value, words) for words in wrong(value))


def _problems(applied: Iterable[Applied], value: object, path: str) -> Iterator[Problem]:
    for scope, check in applied:
        for place in _SCOPES[scope](value, path):
            yield from check(*place)


_SCOPES: Mapping[str, Callable[[object, str], Sequence[tuple[object, str]]]] = {
    "": lambda value, path: [(value, path)],
    "each": lambda value, path: [(v, f"{path}[{n}]") for n, v in enumerate(items(value))],
    "keys": lambda value, path: [(key, path) for key in mapping(value)],
    "values": lambda value, path: [(each, path) for each in mapping(value).values()],
}


def _union(union: Json, obj: Json, at: str, _: Context) -> Iterator[Problem]:
    inner = union.get("at", "")
    at, found = join(at, inner), look_up(obj, inner) if inner else obj
    there = [field for field in union["of"] if look_up(found, field) not in rows.ABSENT]
    certain = [field for field in there if not isinstance(look_up(found, field), Unknown)]
    whole = "whole" in union
    if not there and "none" in union:
        yield invalid(at, found, union["none"]) if whole else required(at, union["none"])
    for field in certain[1:] if "several" in union else ():
        if whole:
            yield invalid(at, found, union["several"])
        else:
            yield forbidden(join(at, field), union["several"], look_up(found, field))


def _case(case: Sequence[Any], obj: Json, at: str, context: Context) -> Iterator[Problem]:
    when, field, tokens, *named = case
    value = obj.get(field)
    if not is_empty(value) and rows.holds(when, obj, context):
        yield from _problems(map(_token, tokens.split()), value, join(at, *(named or [field])))


def _unique(row: Sequence[str], obj: Json, at: str, _: Context) -> Iterator[Problem]:
    field, *keys = row
    seen: set[str] = set()
    for index, item in enumerate(items(obj, field)):
        found = [look_up(item, key) for key in keys] or [item]
        path, mark = f"{join(at, field)}[{index}]", str(found)
        if mark not in seen:
            seen.update(() if is_empty(found[0]) else [mark])
        elif len(found) == 1:
            yield duplicate(join(path, *keys), found[0])
        else:
            yield duplicate(path, dict(zip(keys, found, strict=True)))


_TABLES: Mapping[str, Table] = {
    "unions": _union,
    "rows": rows.problems,
    "cases": _case,
    "unique": _unique,
}

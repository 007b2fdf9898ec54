"""The rules that a table can say: what a field takes, which fields exclude or demand one another.

`tables.json` has them by the name of the OpenAPI definition, so they hold wherever Kubernetes uses
it, and nowhere else:

- `fields`: tokens separated by blanks. `each:`, `keys:` and `values:` in front of one apply it to
  a list's items, a mapping's keys or its values. A path of fields has dots.
- `words`: the words of a field, beside those of `kube/enums.json`.
- `unions`: of these fields one must be there (`none` says so), or at most one (`several`).
- `rows`: a problem's reason, when it is one, its field, its detail. A condition is a list of values
  (null where nothing stands), a list after `not`, or `set`.
- `orders`: two fields of which the first may not be above the second, the problem's field, detail.
- `unique`: lists of which no two items may agree in these fields.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kube import enums
from kube.problems import Problem, duplicate, forbidden, invalid, not_supported, required
from kube.validity.formats import FORMATS
from kube.validity.reading import is_empty, join, number
from kube.values import Json, Unknown, items, look_up, mapping

Apply = Callable[[object, str], Iterator[Problem]]
Table = Callable[[Any, Json, str], Iterator[Problem]]
TABLES: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
_ABSENT: tuple[object, ...] = (None, "", [])
"""An empty mapping is something: emptyDir: {} is a volume."""


@functools.cache
def required_fields(definition: str) -> frozenset[str]:
    """Return the fields that may not be empty."""
    fields = TABLES["fields"].get(definition, {})
    return frozenset(field for field, tokens in fields.items() if "required" in tokens.split())


@functools.cache
def _applied(definition: str, minor: int) -> Sequence[tuple[str, Sequence[str], Sequence[Apply]]]:
    words = {
        **enums.of_definition(definition, minor),
        **{field: ("", each) for field, each in TABLES["words"].get(definition, {}).items()},
    }
    tokens = {field: text.split() for field, text in TABLES["fields"].get(definition, {}).items()}
    return [
        (
            field,
            _steps(field),
            [
                *([_word(*words[field])] if field in words else ()),
                *(_token(each) for each in tokens.get(field, ()) if each != "required"),
            ],
        )
        for field in {**words, **tokens}
    ]


def problems(definition: str, minor: int, obj: Json, at: str) -> Iterator[Problem]:
    """Yield what the tables say about a mapping of a definition."""
    needed = required_fields(definition)
    for field, path, applied in _applied(definition, minor):
        value = look_up(obj, *path)
        if not is_empty(value):
            for apply in applied:
                yield from apply(value, join(at, field))
        elif field in needed:
            yield required(join(at, field))
    for table, row in _rows(definition):
        yield from table(row, obj, at)


@functools.cache
def _rows(definition: str) -> Sequence[tuple[Table, Any]]:
    return [
        (table, row) for name, table in _TABLES.items() for row in TABLES[name].get(definition, ())
    ]


@functools.cache
def _steps(path: str) -> Sequence[str]:
    return path.split(".") if path else ()


def _word(place: str, words: Sequence[str]) -> Apply:
    def one(value: object, path: str) -> Iterator[Problem]:
        if isinstance(value, str) and value and value not in words:
            yield not_supported(path, value, words)

    return _SCOPES["each"](one) if place == "items" else one


def _token(token: str) -> Apply:
    scope, colon, name = token.rpartition(":")
    return _SCOPES[scope](_one(name)) if colon else _one(name)


def _one(token: str) -> Apply:
    name, _, limit = token.partition("=")
    check = _LIMITS[name](*(int(each) for each in limit.split(".."))) if limit else FORMATS[name]

    def apply(value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, Unknown):
            yield from (invalid(path, value, words) for words in check(value))

    return apply


def _bound(right: Callable[..., bool], words: str) -> Callable[..., Callable[[object], list[str]]]:
    def of_limits(*limits: int) -> Callable[[object], list[str]]:
        def wrong(value: object) -> list[str]:
            found = number(value)
            return [] if found is None or right(found, *limits) else [words.format(*limits)]

        return wrong

    return of_limits


_LIMITS = {
    "min": _bound(lambda n, low: n >= low, "must be greater than or equal to {}"),
    "over": _bound(lambda n, low: n > low, "must be greater than {}"),
    "is": _bound(lambda n, only: n in (0, only), "must be {}"),
    "range": _bound(lambda n, low, high: low <= n <= high, "must be between {} and {}, inclusive"),
    "most": lambda limit: (
        lambda value: (
            [f"must not have more than {limit} items"] if len(items(value)) > limit else []
        )
    ),
}


def _each(one: Apply) -> Apply:
    return lambda value, path: (
        problem
        for index, item in enumerate(items(value))
        for problem in one(item, f"{path}[{index}]")
    )


def _keys(one: Apply) -> Apply:
    return lambda value, path: (p for key in mapping(value) for p in one(key, path))


def _values(one: Apply) -> Apply:
    return lambda value, path: (p for each in mapping(value).values() for p in one(each, path))


_SCOPES: Mapping[str, Callable[[Apply], Apply]] = {"each": _each, "keys": _keys, "values": _values}


def _union(union: Json, obj: Json, at: str) -> Iterator[Problem]:
    inner = union.get("at", "")
    at, found = join(at, inner), look_up(obj, inner) if inner else obj
    there = [field for field in union["of"] if look_up(found, field) not in _ABSENT]
    certain = [field for field in there if not isinstance(look_up(found, field), Unknown)]
    if not there and "none" in union:
        whole = "whole" in union
        yield invalid(at, found, union["none"]) if whole else required(at, union["none"])
    for field in certain[1:] if "several" in union else ():
        if "whole" in union:
            yield invalid(at, found, union["several"])
        else:
            yield forbidden(join(at, field), union["several"], look_up(found, field))


def _row(row: Sequence[Any], obj: Json, at: str) -> Iterator[Problem]:
    reason, when, field, detail = row
    if all(_holds(look_up(obj, *_steps(path)), wanted) for path, wanted in when.items()):
        value = look_up(obj, *_steps(field))
        yield Problem(
            field=join(at, field), value=value, reason=f"FieldValue{reason}", detail=detail
        )


def _holds(value: object, wanted: Any) -> bool:  # noqa: ANN401 - a list, a mapping or a word
    if isinstance(value, Unknown):
        return False
    if wanted == "set":
        return value not in _ABSENT
    return value not in wanted["not"] if isinstance(wanted, dict) else value in wanted


def _order(row: Sequence[str], obj: Json, at: str) -> Iterator[Problem]:
    low, high, field, detail = row
    lower, higher = number(obj, low), number(obj, high)
    if lower is not None and higher is not None and lower > higher:
        yield invalid(join(at, field), obj[field], detail)


def _unique(row: Sequence[str], obj: Json, at: str) -> Iterator[Problem]:
    field, *keys = row
    seen = set()
    for index, item in enumerate(items(obj, field)):
        found = {key: look_up(item, key) for key in keys}
        path, mark = f"{join(at, field)}[{index}]", str(found)
        if mark in seen:
            alone = len(keys) == 1
            yield duplicate(
                join(path, *keys) if alone else path, found[keys[0]] if alone else found
            )
        elif not is_empty(found[keys[0]]):
            seen.add(mark)


_TABLES: Mapping[str, Table] = {
    "unions": _union,
    "rows": _row,
    "orders": _order,
    "unique": _unique,
}

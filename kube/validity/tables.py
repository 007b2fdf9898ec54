"""The rules that a table can say: what a field takes, which fields exclude one another.

`tables.json` has them by the name of the OpenAPI definition, so they hold wherever Kubernetes uses
it, and nowhere else. `fields` are tokens separated by blanks; `each:`, `keys:` and `values:` in
front of a token apply it to a list's items, a mapping's keys or its values.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kube import enums
from kube.problems import Problem, duplicate, forbidden, invalid, not_supported, required
from kube.validity.formats import FORMATS, is_number
from kube.validity.reading import is_empty, join, may_lack
from kube.values import Json, Unknown, items, look_up, mapping

Apply = Callable[[object, str], Iterator[Problem]]
TABLES: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("tables.json").read_text(encoding="utf-8")
)


@dataclass(frozen=True, kw_only=True)
class FieldRules:
    """What a field of one definition takes."""

    field: str
    required: bool
    apply: Sequence[Apply]


@functools.cache
def field_rules(definition: str, minor: int) -> Sequence[FieldRules]:
    """Return the rules of a definition's fields in a minor version."""
    words = enums.of_definition(definition, minor)
    tokens = TABLES["fields"].get(definition, {})
    return [
        FieldRules(
            field=field,
            required="required" in tokens.get(field, "").split(),
            apply=[
                *([_word(*words[field])] if field in words else ()),
                *(_token(each) for each in tokens.get(field, "").split() if each != "required"),
            ],
        )
        for field in {**words, **tokens}
    ]


def problems(definition: str, minor: int, obj: Json, at: str) -> Iterator[Problem]:
    """Yield what the tables say about a mapping of a definition."""
    for rules in field_rules(definition, minor):
        value = obj.get(rules.field)
        path = join(at, rules.field)
        if is_empty(value):
            if rules.required and not may_lack(obj):
                yield required(path)
        elif not isinstance(value, Unknown):
            for apply in rules.apply:
                yield from apply(value, path)
    for name, table in _TABLES.items():
        if entry := TABLES[name].get(definition):
            yield from table(entry, obj, at)


def _word(place: str, words: Sequence[str]) -> Apply:
    def one(value: object, path: str) -> Iterator[Problem]:
        if isinstance(value, str) and value and value not in words:
            yield not_supported(path, value, words)

    return _each(one) if place == "items" else one


def _token(token: str) -> Apply:
    scope, colon, name = token.partition(":")
    if not colon:
        return _one(token)
    return {"each": _each, "keys": _keys, "values": _values}[scope](_one(name))


def _one(token: str) -> Apply:
    name, _, limit = token.partition("=")
    if limit:
        return _number(name, limit)
    check = FORMATS[name]

    def apply(value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, Unknown):
            yield from (invalid(path, value, words) for words in check(value))

    return apply


def _number(name: str, limit: str) -> Apply:
    low, _, high = limit.partition("..")
    right, words = {
        "min": (lambda n: n >= int(low), f"must be greater than or equal to {low}"),
        "over": (lambda n: n > int(low), f"must be greater than {low}"),
        "max": (lambda n: n <= int(low), f"must be less than or equal to {low}"),
        "is": (lambda n: n == int(low), f"must be {low}"),
        "range": (
            lambda n: int(low) <= n <= int(high),
            f"must be between {low} and {high}, inclusive",
        ),
    }[name]

    def apply(value: object, path: str) -> Iterator[Problem]:
        if is_number(value) and not right(value):
            yield invalid(path, value, words)

    return apply


def _each(one: Apply) -> Apply:
    def apply(value: object, path: str) -> Iterator[Problem]:
        for index, item in enumerate(items(value)):
            yield from one(item, f"{path}[{index}]")

    return apply


def _keys(one: Apply) -> Apply:
    def apply(value: object, path: str) -> Iterator[Problem]:
        for key in mapping(value):
            yield from one(key, path)

    return apply


def _values(one: Apply) -> Apply:
    def apply(value: object, path: str) -> Iterator[Problem]:
        for item in mapping(value).values():
            yield from one(item, path)

    return apply


def _union(union: Json, obj: Json, at: str) -> Iterator[Problem]:
    """Check a mapping of which one field must be there, or at most one."""
    if inner := union.get("at"):
        if isinstance(obj.get(inner), Unknown):
            return
        obj, at = mapping(obj, inner), join(at, inner)
    # An empty mapping is there: emptyDir: {} is a volume.
    there = [field for field in union["of"] if obj.get(field) not in (None, "", [])]
    certain = [field for field in there if not isinstance(obj[field], Unknown)]
    if not there and "none" in union and not may_lack(obj):
        yield invalid(at, obj, union["none"]) if "whole" in union else required(at, union["none"])
    if "several" not in union or len(certain) < 2:  # noqa: PLR2004
        return
    if "whole" in union:
        yield invalid(at, obj, union["several"])
    for field in certain[1:] if "whole" not in union else ():
        yield forbidden(join(at, field), union["several"], obj[field])


def _switches(switches: Sequence[Json], obj: Json, at: str) -> Iterator[Problem]:
    for switch in switches:
        yield from _switch(switch, obj, at)


def _switch(switch: Json, obj: Json, at: str) -> Iterator[Problem]:
    """Check fields that one word of another field demands, or that only some words allow."""
    by = switch["by"]
    word = obj.get(by, switch.get("default")) or switch.get("default")
    if not isinstance(word, str) or isinstance(word, Unknown):
        return
    for field in switch.get("needs", {}).get(word, ()):
        if is_empty(obj.get(field)) and not may_lack(obj):
            yield required(join(at, field), f"must be set when `{by}` is '{word}'")
    for field, words in switch.get("only", {}).items():
        if word not in words and not is_empty(obj.get(field)):
            wanted = " or ".join(f"'{each}'" for each in words)
            detail = f"may only be used when `{by}` is {wanted}"
            yield forbidden(join(at, field), detail, obj[field])


def _unique(lists: Mapping[str, str], obj: Json, at: str) -> Iterator[Problem]:
    """Check that no two items of a list agree in some of their fields."""
    for field, keys in lists.items():
        seen = set()
        for index, item in enumerate(items(obj, field)):
            found = {key: look_up(item, key) for key in keys.split()}
            if is_empty(found[keys.split()[0]]):
                continue
            path = f"{join(at, field)}[{index}]"
            if (mark := str(found)) in seen and len(found) == 1:
                yield duplicate(f"{path}.{keys}", found[keys])
            elif mark in seen:
                yield duplicate(path, found)
            seen.add(mark)


_TABLES: Mapping[str, Callable[[Any, Json, str], Iterator[Problem]]] = {
    "unions": _union,
    "switches": _switches,
    "unique": _unique,
}

"""A row of `tables.json`, which says how paths and conditions are written."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from kube.problems import Problem, invalid
from kube.values import Json, Unknown, items, look_up, mapping, number, text

ABSENT: tuple[object, ...] = (None, "", [])
"""An empty mapping is something: emptyDir: {} is a volume."""
_EMPTY = (*ABSENT, {})
_STEP = re.compile(r"\[([^]]+)\]|(.+?\.\*|[^.[]+)")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a check may have to know beside the mapping that it is given."""

    minor: int
    root: Json
    is_custom: bool


Check = Callable[[Json, str, Context], Iterable[Problem]]


def is_empty(value: object) -> bool:
    """Tell whether Go would find nothing there; what is unknown may be something."""
    return not isinstance(value, Unknown) and value in _EMPTY


def join(at: str, *fields: str) -> str:
    """Return the path of a field below another."""
    below = ".".join(fields)
    return f"{at}.{below}" if at and below else at or below


def indexed(value: object, at: str, *path: str) -> Iterator[tuple[str, Json]]:
    """Yield the mappings of the list at a path, each with its own path."""
    for index, item in enumerate(items(value, *path)):
        if isinstance(item, Mapping):
            yield f"{join(at, *path)}[{index}]", item


@functools.cache
def steps(path: str) -> Sequence[str]:
    """Return the fields of a path; a list's `ports.*` is one."""
    return [key or field for key, field in _STEP.findall(path.lstrip("@#"))]


def problems(row: Sequence[Any], obj: Json, at: str, context: Context) -> Iterator[Problem]:
    """Yield the problem that a row has with a mapping, once for each of its items if it has some."""
    reason, when, field, detail, *shown = row
    listed, star, inner = field.partition(".*")
    value = look_up(obj, *steps(listed)) if star else [None]
    keyed: Iterable[tuple[object, object]] = ((key, key) for key in mapping(value))
    for name, item in [*enumerate(items(value))] or keyed:
        seen = {**obj, f"{listed}.*": item} if star else obj
        if (not inner or isinstance(item, Mapping)) and holds(when, seen, context):
            path, value = field.replace(".*", f"[{name}]"), shown[0] if shown else field
            yield invalid(join(at, path), _read(seen, context, value), detail, reason=reason)


def holds(when: Json, obj: Json, context: Context) -> bool:
    """Tell whether all conditions hold."""
    read = functools.partial(_read, obj, context)
    return all(_holds(read(path), wanted, read) for path, wanted in when.items())


def _read(obj: Json, context: Context, path: str | None) -> object:
    if path is None:
        return None
    found = look_up(vars(context) if path.startswith("@") else obj, *steps(path))
    return len(items(found)) if path.startswith("#") and not isinstance(found, Unknown) else found


def _holds(value: object, wanted: Any, read: Callable[[str], object]) -> bool:  # noqa: ANN401 - a list, a mapping or a word
    if isinstance(value, Unknown):
        return False
    if wanted == "set":
        return value not in ABSENT
    if isinstance(wanted, list):
        return value in wanted
    limits = {
        name: read(limit["at"]) if isinstance(limit, dict) else limit
        for name, limit in wanted.items()
    }
    return all(_OPERATORS[name](value, limit) for name, limit in limits.items())


def _is_over(value: object, most: object) -> bool:
    found, limit = number(value), number(most)
    return found is not None and limit is not None and found > limit


def _is_outside(value: object, bounds: Sequence[int]) -> bool:
    found = number(value)
    return found is not None and not bounds[0] <= found <= bounds[1]


def _has(value: object, words: Sequence[str]) -> bool:
    return any(word in (items(value) or mapping(value)) for word in words)


_OPERATORS: Mapping[str, Callable[[object, Any], bool]] = {
    "not": lambda value, words: value not in words,
    "has": _has,
    "all": lambda value, words: all(_has(value, [word]) for word in words),
    "lacks": lambda value, words: not _has(value, words),
    "like": lambda value, form: isinstance(value, str) and bool(re.fullmatch(form, value)),
    "unlike": lambda value, form: not re.fullmatch(form, text(value)),
    "in": lambda value, words: value in items(words),
    "differs": lambda value, other: not isinstance(other, Unknown) and value != other,
    "unlisted": lambda value, words: (
        isinstance(words, list | tuple) and value not in (None, *words)
    ),
    "near": lambda value, words: (
        value not in words and bool(get_close_matches(text(value), words, n=1, cutoff=0.88))
    ),
    "over": _is_over,
    "under": lambda value, least: _is_over(least, value),
    "outside": _is_outside,
}

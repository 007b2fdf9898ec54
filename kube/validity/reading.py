"""An object as every check may read it, and the small readers that they share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kube.problems import Problem
from kube.values import Json, Unknown, items, look_up, text

_EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a check may have to know beside the mapping that it is given."""

    minor: int
    root: Json
    is_custom: bool


Check = Callable[[Json, str, Context], Iterable[Problem]]


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


def number(value: object, *path: str) -> int | float | None:
    """Return the number at a path, or None; in Python, though not in JSON, a boolean is one."""
    found = look_up(value, *path)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None

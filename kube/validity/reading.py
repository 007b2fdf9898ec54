"""Small readers that every check uses; nothing here expects a shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kube.values import Json, Unknown, items, known, look_up

_EMPTY: tuple[object, ...] = (None, "", [], {}, ())


def is_empty(value: object) -> bool:
    """Tell whether Go would find nothing there; what is unknown may be something."""
    return not isinstance(value, Unknown) and value in _EMPTY


def may_lack(obj: Json) -> bool:
    """Tell whether a field that isn't in a mapping may yet come with an unknown key."""
    return any(isinstance(key, Unknown) for key in obj)


def join(at: str, *fields: str) -> str:
    """Return the path of a field below another."""
    return ".".join(field for field in (at, *fields) if field)


def indexed(value: object, at: str, *path: str) -> Iterator[tuple[str, Json]]:
    """Yield the mappings of the list at a path, each with its own path."""
    for index, item in enumerate(items(value, *path)):
        if isinstance(item, Mapping):
            yield f"{join(at, *path)}[{index}]", item


def number(value: object, *path: str) -> int | float | None:
    """Return the number at a path, or None; in Python, though not in JSON, a boolean is one."""
    found = look_up(value, *path)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def word(value: object, field: str, default: str = "") -> str | None:
    """Return the word in a field, its default where nothing stands there, None if unknown."""
    found = look_up(value, field)
    if found is None or found == "":
        return None if isinstance(value, Mapping) and may_lack(value) else default
    return found if isinstance(found, str) and not isinstance(found, Unknown) else None


def is_sure(value: object, *path: str) -> bool:
    """Tell whether the value at a path is there and known."""
    found = look_up(value, *path)
    return found is not None and known(found)

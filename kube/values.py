"""Plain values as in JSON and YAML, and values known only at deploy.

Objects come from people and templates, so nothing here expects a shape: what isn't there, or is
something else, reads as empty. A mapping is always a dict, as JSON and YAML make it: to ask for any
`Mapping` takes ten times as long.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import yaml

Json = Mapping[str, Any]


class Unknown(str):
    """A value that is filled in at deploy: the text that stands for it, and where it was found.

    It is a text because most unknown values are, and so it compares unequal to every word that a
    field takes. Ask `known` before concluding that something is missing.
    """

    __slots__ = ("path",)

    path: str

    def __new__(cls, text: str, *, path: str = "") -> Self:
        """Make one of a text such as `${Vpc.CidrBlock}`; `path` is the place in the template."""
        made = super().__new__(cls, text)
        made.path = path
        return made


def table(module: str, name: str = "") -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return the JSON or YAML beside a module's file, by default the JSON of the same name."""
    path = Path(module).parent / name if name else Path(module).with_suffix(".json")
    written = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return json.loads(written)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(written, Loader=loader)  # noqa: S506  # safe, and ten times as fast


def look_up(value: object, *path: str) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return the value at a path of fields, or None."""
    for name in path:
        if not isinstance(value, dict):
            # What stands below an unknown value is as unknown.
            return value if isinstance(value, Unknown) else None
        value = value.get(name)
    return value


def mapping(value: object, *path: str) -> Json:
    """Return the mapping at a path, empty where there is none."""
    found = look_up(value, *path) if path else value
    return found if isinstance(found, dict) else {}


def items(value: object, *path: str) -> Sequence[Any]:
    """Return the list at a path, empty where there is none."""
    found = look_up(value, *path) if path else value
    return found if isinstance(found, (list, tuple)) else ()


def dicts(value: object, *path: str) -> Sequence[Json]:
    """Return the mappings of the list at a path."""
    return [item for item in items(value, *path) if isinstance(item, dict)]


def several(value: object, *path: str) -> Sequence[Any]:
    """Return the values of a field that takes one or a list; an unknown list is one unknown value."""
    found = look_up(value, *path)
    return items([found] if isinstance(found, (str, dict)) else found)


def text(value: object, *path: str) -> str:
    """Return the text at a path, also a number's or an unknown one; empty where there is none."""
    found = look_up(value, *path)
    if isinstance(found, bool) or not isinstance(found, (str, int, float)):
        return ""
    return found if isinstance(found, str) else str(found)


def size_of(written: str) -> int:
    """Return how many bytes a text has; half of a surrogate pair, which no file holds, counts as one."""
    return len(written.encode(errors="replace"))


def number(value: object, *path: str) -> int | float | None:
    """Return the number at a path, or None; in Python, though not in JSON, a boolean is one."""
    found = look_up(value, *path)
    return found if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def flag(value: object, *path: str, default: bool = False) -> bool | None:
    """Return the yes or no at a path, also one written as a text; None where it isn't known."""
    found = look_up(value, *path)
    if isinstance(found, Unknown):
        return None
    return {"true": True, "false": False}.get(str(found).lower(), default)


def known(value: object) -> bool:
    """Tell whether nothing in a value is unknown."""
    return next(unknowns(value), None) is None


def unsure(*values: object) -> bool:
    """Tell whether one of the values is itself unknown, whatever the others hold."""
    return any(isinstance(each, Unknown) for each in values)


def unknowns(value: object) -> Iterator[Unknown]:
    """Yield every unknown value within a value, keys included."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from unknowns(key)
            yield from unknowns(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from unknowns(inner)

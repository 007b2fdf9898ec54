"""References of a template, and texts with values that are filled in at deploy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Self

from kube.values import Unknown, items

Node = tuple[str, str]
"""A resource: the path of its stack, and its logical id."""
HOLE = re.compile("\ue000(\\d+)\ue001")
"""Stands for an unknown value while a text is read or written: private use, so in no text of anybody's."""
DYNAMIC = re.compile(r"(\{\{resolve:[^}]*\}\})")
"""A dynamic reference, to what Systems Manager or Secrets Manager hold (CloudFormation user guide)."""


class Reference(Unknown):
    """What a Ref or Fn::GetAtt stands for, also behind an import; `attribute` is empty for a Ref."""

    __slots__ = ("attribute", "node")

    node: Node
    attribute: str

    def __new__(
        cls, text: str, *, node: Node = ("", ""), attribute: str = "", path: str = ""
    ) -> Self:
        """Make one of the text that stands for it, such as `${Vpc.CidrBlock}`."""
        made = super().__new__(cls, text, path=path)
        made.node = node
        made.attribute = attribute
        return made


class Text(Unknown):
    """A text, or what a function makes, of several parts of which at least one is unknown."""

    __slots__ = ("parts",)

    parts: tuple[object, ...]

    def __new__(cls, text: str, *, parts: tuple[object, ...] = (), path: str = "") -> Self:
        """Make one of the text that stands for it, and of its parts."""
        made = super().__new__(cls, text, path=path)
        made.parts = parts
        return made


def joined(parts: Iterable[object], path: str) -> str:
    """Return parts as one text, which is unknown if one of them is."""
    flat = tuple(_flat(parts))
    written = "".join(map(written_out, flat))
    if len(flat) == 1 and isinstance(flat[0], Unknown):
        return flat[0]
    unknown = any(isinstance(part, Unknown) for part in flat)
    return Text(written, parts=flat, path=path) if unknown else written


def parted(text: object, separator: str, path: str) -> list[str] | None:
    """Return the parts of a text between separators, None where it isn't known what they are."""
    parts = text.parts if isinstance(text, Text) else (text,)
    found: list[list[object]] = [[]]
    for part in parts:
        first, *more = [part] if isinstance(part, Unknown) else written_out(part).split(separator)
        found[-1].append(first)
        found += [[each] for each in more]
    unsplit = isinstance(text, Unknown) and len(found) == 1
    return None if unsplit else [joined(each, path) for each in found]


def written_out(value: object) -> str:
    """Return a value as CloudFormation writes it into a text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(written_out, value))
    return str(value)


def references(value: object) -> Iterator[Reference]:
    """Yield every reference within a resolved value, also those inside texts."""
    if isinstance(value, Reference):
        yield value
        return
    inside = items(value)
    if isinstance(value, Text):
        inside = value.parts
    elif isinstance(value, dict):
        inside = (*value, *value.values())
    yield from chain.from_iterable(map(references, inside))


def alike(one: object, other: object) -> bool:
    """Tell whether two resolved values are the same, also what functions in them are made of."""
    if one != other:
        return False
    if isinstance(one, Text) and isinstance(other, Text):
        parts = ([*each.parts] for each in (one, other))
        if one == "".join(map(written_out, one.parts)):
            # Wherever the text around them is cut.
            parts = ([x for x in each if isinstance(x, Unknown)] for each in parts)
        return alike(*parts)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return all(alike(each, other[name]) for name, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return all(map(alike, one, other))
    return True


def _flat(parts: Iterable[object]) -> Iterator[object]:
    for part in parts:
        inner = part.parts if isinstance(part, Text) else ()
        if inner and str(part) == "".join(map(written_out, inner)):
            yield from inner
        elif part != "" or isinstance(part, Unknown):
            yield part

"""Values that lead somewhere: what a template refers to, and texts with something to be filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from kube.values import Unknown

Node = tuple[str, str]
"""A resource: the path of its stack, and its logical id."""


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
    elif isinstance(value, Text):
        for part in value.parts:
            yield from references(part)
    elif isinstance(value, Mapping):
        for inner in (*value, *value.values()):
            yield from references(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from references(inner)


def _flat(parts: Iterable[object]) -> Iterator[object]:
    for part in parts:
        if (
            isinstance(part, Text)
            and part.parts
            and str(part) == "".join(map(written_out, part.parts))
        ):
            yield from part.parts
        elif part != "" or isinstance(part, Unknown):
            yield part

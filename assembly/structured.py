"""Texts with JSON or YAML that can contain values known only at deploy."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from assembly.references import HOLE, Text, joined, written_out
from kube.values import Unknown

_QUOTES = re.compile(r'(?<!\\)(?:\\\\)*"')


def structured(value: object, *, or_yaml: bool = False) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return what a text says; what only a deploy knows is unknown inside it, or as a whole.

    A value that is no text is returned as it is. Raises `ValueError` for a text that is neither JSON
    nor, where that is allowed, YAML.
    """
    parts = value.parts if isinstance(value, Text) else (value,)
    if not any(isinstance(part, str) and not isinstance(part, Unknown) for part in parts):
        return value
    return filled(_parsed(with_holes(parts), or_yaml=or_yaml), parts)


def _parsed(written: str, *, or_yaml: bool) -> object:
    wrong: Exception | str = ""
    # JSON is read a hundred times as fast.
    for parse in (json.loads, yaml.safe_load) if or_yaml else (json.loads,):
        try:
            return parse(written)
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            wrong = error
    raise ValueError(HOLE.sub("…", str(wrong)))


def with_holes(parts: tuple[object, ...], *, quoted: bool = True) -> str:
    """Return the text with a hole for each unknown part, by default in quotation marks if it has none."""
    written, inside = "", False
    for index, part in enumerate(parts):
        if isinstance(part, Unknown):
            hole = f"\ue000{index}\ue001"
            written += hole if inside or not quoted else f'"{hole}"'
        else:
            plain = written_out(part)
            written += plain
            inside ^= len(_QUOTES.findall(plain)) % 2 == 1
    return written


def filled(value: Any, parts: tuple[object, ...]) -> Any:  # noqa: ANN401  # JSON may hold anything
    """Return a value with what is in the holes of its texts."""
    if isinstance(value, dict):
        return {
            filled(key, parts) if isinstance(key, str) else key: filled(inner, parts)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [filled(inner, parts) for inner in value]
    if not isinstance(value, str) or "\ue000" not in value:
        return value
    pieces: list[object] = [*HOLE.split(value)]
    # Every second piece is the number of a part.
    pieces[1::2] = (parts[int(str(number))] for number in pieces[1::2])
    return joined(pieces, "")

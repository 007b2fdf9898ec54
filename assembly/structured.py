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
    return _filled(_parsed(_with_holes(parts), or_yaml=or_yaml), parts)


def _parsed(written: str, *, or_yaml: bool) -> object:
    wrong: Exception | str = ""
    # JSON is read a hundred times as fast.
    for parse in (json.loads, yaml.safe_load) if or_yaml else (json.loads,):
        try:
            return parse(written)
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            wrong = error
    raise ValueError(HOLE.sub("…", str(wrong)))


def _with_holes(parts: tuple[object, ...]) -> str:
    """Return the text with a hole for each unknown part, in quotation marks where it has none."""
    written, inside = "", False
    for index, part in enumerate(parts):
        if isinstance(part, Unknown):
            hole = f"\ue000{index}\ue001"
            written += hole if inside else f'"{hole}"'
        else:
            plain = written_out(part)
            written += plain
            inside ^= len(_QUOTES.findall(plain)) % 2 == 1
    return written


def _filled(value: object, parts: tuple[object, ...]) -> object:
    if isinstance(value, dict):
        return {
            _filled(key, parts) if isinstance(key, str) else key: _filled(inner, parts)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_filled(inner, parts) for inner in value]
    if not isinstance(value, str) or "\ue000" not in value:
        return value
    pieces: list[object] = [*HOLE.split(value)]
    # Every second piece is the number of a part.
    pieces[1::2] = (parts[int(str(number))] for number in pieces[1::2])
    return joined(pieces, "")

"""Where a field stands in the YAML file that an object comes from."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PLACE = re.compile(r"(?P<file>.+) line (?P<line>\d+)")
STEP = re.compile(r"\[(?P<inside>[^]]*)\]|(?P<name>[^.\[\]]+)")


def place_of(place: str, field: str) -> str:
    """Return the place of a field of the object at `place`, such as web.yaml line 38.

    It is that of what should hold the field, if it isn't there; that of the object, if its file
    can't be read or is a list of objects.
    """
    match = PLACE.fullmatch(place)
    if match is None or not field:
        return place
    try:
        documents = _documents(ROOT / match["file"])
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return place
    started = (each for each in documents if _line(each) == int(match["line"]))
    node, line = next(started, None), int(match["line"])
    for step in STEP.finditer(field):
        child = _child(node, step["name"] or step["inside"])
        if child is None:
            break
        line, node = child
    return f"{match['file']} line {line}"


@functools.cache
def _documents(file: Path) -> Sequence[yaml.Node]:
    """Return the documents of a file; it is read once, however many findings are about it."""
    text = file.read_text(encoding="utf-8")
    return [*filter(None, yaml.compose_all(text, Loader=yaml.SafeLoader))]


def _child(node: yaml.Node | None, name: str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and name.isdecimal() and int(name) < len(node.value):
        item = node.value[int(name)]
        return _line(item), item
    if isinstance(node, yaml.MappingNode):
        return next(((_line(key), value) for key, value in node.value if key.value == name), None)
    return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1

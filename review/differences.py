"""How two values differ, in words: "`RetentionInDays` `365` → `30`"."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from assembly.environment import Environment
from assembly.references import Reference, references
from kube.values import Unknown, items, look_up, text
from review.labels import label, listed, quoted, words

LONGEST = 60
"""A longer value is left to the raw diff."""
SHOWN = 6
"""As many differences of one thing are told."""
SAME = re.compile(r"((?:\w+ )+`[^`]+`) → \1")
"""A resource of the same name, with another logical id."""
NAMES = ("Key", "name")
"""The fields by which lists of CloudFormation and Kubernetes name their items."""


def told(old: object, new: object, path: str = "", sides: Iterable[Environment] = ()) -> str:
    """Return how two values differ, in one line, with the names of what they refer to."""
    said = in_short([*differences(old, new, path)])
    for side, reference in itertools.product(sides, references([old, new])):
        if reference.node in side.by_node:
            said = said.replace(f"`{reference.node[1]}`", label(side.by_node[reference.node]))
    return SAME.sub(r"another \1", said)


def in_short(found: Sequence[str]) -> str:
    """Return differences in one line."""
    more = len(found) - SHOWN
    return listed([*found[:SHOWN], *([f"{more} more differences"] if more > 0 else [])])


def differences(old: object, new: object, path: str = "") -> Iterator[str]:
    """Yield each difference with its path, the values before and after where they are short."""
    old, new = _read(old), _read(new)
    if old == new:
        return
    sides = [each for each in (old, new) if each is not None]
    if all(isinstance(each, Mapping) for each in sides):
        names = dict.fromkeys(name for each in sides if isinstance(each, Mapping) for name in each)
        for name in names:
            yield from differences(look_up(old, name), look_up(new, name), _below(path, name))
    elif all(isinstance(each, list) for each in sides):
        yield from _of_lists(items(old), items(new), path)
    else:
        yield " ".join(filter(None, [f"`{path}`" if path else "", _arrow(old, new)]))


def _of_lists(old: Sequence[object], new: Sequence[object], path: str) -> Iterator[str]:
    if not any(isinstance(each, Mapping | list) for each in (*old, *new)):
        gone = [each for each in old if each not in new]
        come = [each for each in new if each not in old]
        one = len(old) == len(new) == 1
        both = (("gains", come), ("loses", gone))
        parts = [f"{verb} {quoted(map(_text, some))}" for verb, some in both if some]
        yield f"`{path}` {_arrow(old[0], new[0]) if one else ' and '.join(parts) or 'changes'}"
    elif len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from differences(*pair, f"{path}[{index}]")
    else:
        yield f"`{path}` has {len(new)} items instead of {len(old)}"


def _arrow(old: object, new: object) -> str:
    short = all(len(_text(each)) <= LONGEST and "\n" not in _text(each) for each in (old, new))
    return f"{_shown(old)} → {_shown(new)}" if short else "changes"


def _shown(value: object) -> str:
    return "none" if value is None else f"`{_text(value)}`"


def _text(value: object) -> str:
    if isinstance(value, Reference):
        return value.node[1]
    return words(value) if isinstance(value, str) else json.dumps(value, default=str)


def _read(value: object) -> object:
    """Return JSON in a text as what it says, and a list whose items have names as a mapping."""
    if isinstance(value, str) and not isinstance(value, Unknown) and value[:1] in {"{", "["}:
        with suppress(ValueError):
            return _read(json.loads(value))
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        for field in NAMES:
            names = [text(each, field) for each in value]
            if all(names) and len(set(names)) == len(names):
                return {
                    name: each.get("Value", each) if field == "Key" else each
                    for name, each in zip(names, value, strict=True)
                }
    return value


def _below(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)

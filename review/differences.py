"""How two values differ, in words: "`RetentionInDays` `365` → `30`"."""

from __future__ import annotations

import itertools
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from assembly.environment import Environment
from assembly.references import Reference, Text, alike, references
from assembly.structured import structured
from assembly.user_data import ENCODED
from kube.values import Unknown, items, look_up, mapping, text
from review.labels import label, listed, quoted, words

LONGEST = 60
"""As many characters of a value are shown."""
LONGEST_ITEM = 100
"""As many characters of an item are shown by which a list differs."""
LEAD = 12
"""As many characters stand before those that differ, where only a part of a value is shown."""
SHOWN = 6
"""As many differences of one thing are told."""
TAGS = re.compile(r"^(.*\.)?(TagSpecifications|Tags(\..+)?)$")
"""Properties that hold tags and nothing else; those of some types are a mapping."""
NAMES = ("Key", "name")
"""The fields by which lists of CloudFormation and Kubernetes name their items."""
HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
"""A SHA-256, which nobody reads."""
PINNED = re.compile(r"(@sha256:[0-9a-f]{8})[0-9a-f]{56}")
"""An image by its digest, of which the first figures say which one it is."""
AROUND = re.compile(
    r"|MIME-Version:.*|Content-Type:.*|--//(--)?|---|apiVersion:.*|kind: NodeConfig|[a-z]+:"
)
"""Lines of user data that only hold others."""
SECRET = re.compile(
    r"passw|secret_?string|private_?key|auth_?token|api_?key|access_?key", re.IGNORECASE
)
"""Paths whose values a review never shows."""


class Difference(NamedTuple):
    """How a value differs, its dotted path, and both values."""

    path: str
    how: str
    old: object = None
    new: object = None

    def __str__(self) -> str:
        return f"`{self.path}` {self.how}" if self.path else self.how

    def is_of(self, paths: Sequence[str]) -> bool:
        """Tell whether its path is one of these; an asterisk at an end stands for all that may follow."""
        whole = (x[:-1] for x in paths if x.endswith("*"))
        return self.path in paths or self.path.startswith(tuple(whole))


class Hidden(str):
    """A text that is compared and never shown."""

    __slots__ = ()


def told(old: object, new: object, path: str = "", sides: Iterable[Environment] = ()) -> str:
    """Return how two values differ, in one line, with the names of what they refer to."""
    said = in_short([*differences(old, new, path)])
    labels = {
        reference.node[1]: label(side.by_node[reference.node])
        for side, reference in itertools.product(sides, references([old, new]))
        if reference.node in side.by_node
    }
    for logical_id, name in labels.items():
        alone = [*labels.values()].count(name) == 1
        said = said.replace(f"`{logical_id}`", name if alone else f"{name} (`{logical_id}`)")
        said = said.replace(f"={logical_id},", f"={name.replace('`', '')},")
    return said


def differing(old: object, new: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths at which two values differ; a list counts as one value.

    Tags count as a set: their order is the CDK's.
    """
    if alike(old, new) or (path[-1:] == ("Tags",) and _sorted(old) == _sorted(new)):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            yield from differing(old.get(name), new.get(name), (*path, str(name)))
    else:
        yield path


def _sorted(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value


def at(value: object, path: str) -> object:
    """Return the value at a dotted path; a field, such as a label, may have dots itself."""
    fields = value if isinstance(value, Mapping) else {}
    for name, inner in fields.items():
        rest = path.removeprefix(name)
        if rest != path and rest[:1] in {"", "."}:
            return at(inner, rest[1:]) if rest else inner
    return value if isinstance(value, Unknown) else None


def in_short(found: Sequence[object]) -> str:
    """Return differences in one line."""
    more = len(found) - SHOWN
    return listed([*map(str, found[:SHOWN]), *([f"{more} more differences"] if more > 0 else [])])


def differences(old: object, new: object, path: str = "") -> Iterator[Difference]:
    """Yield each difference, with the values before and after where they are short."""
    old, new = _read(old), _read(new)
    if alike(old, new):
        return
    sides = [each for each in (old, new) if each is not None]
    scripts = [*map(_script, sides)] if path.endswith("UserData") else []
    if all(scripts) and scripts:
        lines = dict(zip(map(id, sides), scripts, strict=True))
        yield from _of_lists(lines.get(id(old), []), lines.get(id(new), []), path)
    elif not any(sides):
        yield Difference(path, _arrow(old, new, path), old, new)
    elif all(isinstance(each, Mapping) for each in sides):
        for name in dict.fromkeys(name for each in sides for name in mapping(each)):
            yield from differences(
                look_up(old, name), look_up(new, name), _below(path, words(name))
            )
    elif all(isinstance(each, list) for each in sides):
        yield from _of_lists(items(old), items(new), path)
    else:
        yield Difference(path, _arrow(old, new, path), old, new)


def _script(value: object) -> list[str]:
    """Return the lines of user data, which is Base64; those that may hold secrets aren't shown."""
    written = str(value.parts[0]) if isinstance(value, Text) and value == ENCODED else ""
    with suppress(ValueError):
        written = written or b64decode(str(value), validate=True).decode()
    lines = (x for x in map(str.strip, written.splitlines()) if not AROUND.fullmatch(x))
    return ["(not shown)" if SECRET.search(each) else each for each in lines]


def _of_lists(old: Sequence[object], new: Sequence[object], path: str) -> Iterator[Difference]:
    gone, come = (
        [x for x in these if not any(alike(x, y) for y in those)]
        for these, those in ((old, new), (new, old))
    )
    found = enumerate(zip(old, new, strict=False))
    pairs = [(f"{path}[{at}]", *pair) for at, pair in found if not alike(*pair)]
    flat = not any(isinstance(each, Mapping | list) for each in (*old, *new))
    if not flat and len(old) == len(new) and len(pairs) == len(gone) == len(come):
        for name, one, other in pairs:
            yield from differences(one, other, name)
    elif len(old) == len(new) == 1:
        yield Difference(path, _arrow(old[0], new[0], path), old[0], new[0])
    else:
        both = (("now has" if gone else "now also has", come), ("no longer has", gone))
        parts = [f"{verb} {quoted(map(_item, some))}" for verb, some in both if some]
        how = " and ".join(parts) or "has another order"
        yield Difference(path, how, list(old) or None, list(new) or None)


def _arrow(old: object, new: object, path: str) -> str:
    if SECRET.search(path) or isinstance(old, Hidden) or isinstance(new, Hidden):
        gone = "is removed" if new is None else "is set" if old is None else "has another value"
        return f"{gone} (not shown)"
    one, other = (None if x is None else PINNED.sub(r"\1…", in_words(x)) for x in (old, new))
    if one and other and one != other and HASH.sub("", one) == HASH.sub("", other):
        built = path.endswith(("S3Key", "image", "ImageUri"))
        return "is a new build" if built else "has another hash"
    if one and other and one != other and one.split() == other.split():
        return "differs in white space only"
    sides = ((one, other or ""), (other, one or ""))
    return " → ".join("none" if x is None else f"`{_clipped(x, y)}`" for x, y in sides)


def _clipped(text: str, other: str = "", *, longest: int = LONGEST) -> str:
    """Return a text in one line, of a long one what differs from the other."""
    line, beside = (" ".join(HASH.sub("…", each).split()) for each in (text, other))
    if len(line) <= longest:
        return line
    pairs = enumerate(zip(line, beside, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(line), len(beside)))
    first = max(0, min(same - LEAD, len(line) - longest))
    last = first + longest
    return f"{'…' if first else ''}{line[first:last]}{'…' if last < len(line) else ''}"


def in_words(value: object) -> str:
    """Return a value in words: of a mapping `name=value` of each field, never JSON."""
    if isinstance(value, Reference):
        return value.node[1]
    if isinstance(value, Mapping):
        return ", ".join(_fields(value)) or "empty"
    if isinstance(value, list | tuple):
        return " and ".join(map(in_words, value)) or "empty"
    return "empty" if value == "" else words(value)


def _fields(value: object, path: str = "") -> Iterator[str]:
    if not path or isinstance(value, Mapping):
        for name, inner in mapping(value).items():
            yield from _fields(inner, _below(path, words(name)))
    elif value or not isinstance(value, list):
        yield f"{path}={in_words(value)}"


def _item(value: object) -> str:
    """Return an item of a list; of one field its value says enough."""
    fields = [*value.values()] if isinstance(value, Mapping) else []
    return _clipped(in_words(fields[0] if len(fields) == 1 else value), longest=LONGEST_ITEM)


def _read(value: object) -> object:
    """Return JSON in a text as what it says, and a list whose items have names as a mapping."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        with suppress(ValueError):
            found = structured(value)
            # A {{resolve:…}} is known at deploy only, and stays what it is.
            return value if found is value else _read(found)
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        for field in NAMES:
            names = [text(each, field) for each in value]
            if all(names) and len(set(names)) == len(names):
                return {
                    name: each.get("Value", each) if {*each} <= {"Key", "Value"} else each
                    for name, each in zip(names, value, strict=True)
                }
    return value


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name

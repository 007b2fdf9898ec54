"""YAML as kubectl reads it, with the line of everything that it would read differently than written.

kubectl uses sigs.k8s.io/yaml: 22:22 and 2026-01-02 are strings, yes and on are true, a key is
always a string, and the last of two equal keys wins. The last two are reported here.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from constructs_lib.specs.base import shortened
from constructs_lib.specs.plain_values import LARGEST
from constructs_lib.specs.yaml_scalars import PLAIN, SCALARS

TAG = "tag:yaml.org,2002:"
DEEPEST = 200
MOST_NODES = 200_000
"""Of one document. Aliases of aliases grow beyond every limit (CVE-2019-11253)."""

_UNQUOTED = re.compile(r"""(?<!\$)[{\[][^'"]*\$\{""")
"""A placeholder in a mapping or a list in braces, where its own brace begins another one."""
_TAB = re.compile(r"""("(?:\\.|[^"\\])*"|'[^']*')|\t""")
Text = Callable[[str, int], Any]
"""What a string on a line becomes."""


class _Loader(Reader, Scanner, Parser, Composer, BaseResolver):
    """Reads YAML into nodes; the resolvers below give scalars their meaning."""

    def __init__(self, stream: str) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)


for _name, _pattern, _first in PLAIN:
    _Loader.add_implicit_resolver(f"{TAG}{_name}", re.compile(f"({_pattern})$"), list(_first))


@dataclass(kw_only=True)
class Document:
    """One document of a file: its first line, its content, and what is wrong with it."""

    line: int
    content: Any = None
    problems: list[str] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)
    """The line of each mapping, by its id."""


def documents(text: str, fill: Text) -> Iterator[Document]:
    """Yield the documents of a YAML text; `fill` returns what a string in it becomes."""
    nodes, broken = _nodes(text)
    for node in nodes:
        reading = _Reading(fill=fill)
        content = reading.value(node)
        lines = reading.lines
        yield Document(line=_line(node), content=content, problems=reading.problems, lines=lines)
    if broken is not None:
        yield Document(line=1, problems=[broken])


@functools.lru_cache(maxsize=512)
def _nodes(text: str) -> tuple[list[yaml.Node], str | None]:
    """Return the documents of a text up to a syntax error, and that error; the same text comes often."""
    nodes: list[yaml.Node] = []
    text = text.removeprefix("\ufeff")
    is_json = text.lstrip().startswith("{")
    try:
        # A tab is a blank in JSON, and an error in YAML.
        loader = _Loader(_TAB.sub(lambda found: found[1] or " ", text) if is_json else text)
        while loader.check_node():
            nodes.append(cast("yaml.Node", loader.get_node()))
    except yaml.MarkedYAMLError as error:
        if is_json and nodes and "<document start>" in str(error.problem):
            return [], f"{_where(error)}more after the object; use a file for each, or a List"
        return nodes, _syntax(error, text)
    except (ValueError, OverflowError):
        return nodes, f"line {loader.line + 1}: an escape beyond \\U0010FFFF; write a character"
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return (
            nodes,
            f"line {line}: YAML doesn't allow the character {error.character:#x}; remove it",
        )
    except RecursionError:
        return nodes, "line 1: nested too deeply; flatten it"
    return nodes, None


def _where(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"line {mark.line + 1}: " if mark else ""


def _syntax(error: yaml.MarkedYAMLError, text: str) -> str:
    where, mark = _where(error), error.problem_mark
    if "'\\t'" in str(error.problem):
        return f"{where}indented with a tab; use spaces"
    line = text.split("\n")[mark.line] if mark else ""
    quote = "; in braces, quote a placeholder: {a: '${a}'}" if _UNQUOTED.search(line) else ""
    return f"{where}invalid YAML: {' '.join(str(error.problem or error).split())}{quote}"


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


class _Reading:
    """Turns the nodes of one document into values."""

    def __init__(self, *, fill: Text) -> None:
        self.problems: list[str] = []
        self.lines: dict[int, int] = {}
        self._fill = fill
        self._open: set[int] = set()
        self._left = MOST_NODES

    def value(self, node: yaml.Node) -> Any:  # noqa: ANN401  # any YAML node
        """Return the value of a node."""
        self._left -= 1
        if self._left == 0:
            self._tell(node, f"more than {MOST_NODES:,} values, including aliases; use fewer")
        if self._left <= 0:
            return None
        if id(node) in self._open:
            self._tell(node, "an alias that contains itself; write the value")
            return None
        if len(self._open) == DEEPEST:
            self._tell(node, "nested too deeply; flatten it")
            return None
        self._open.add(id(node))
        try:
            return self._known(node)
        finally:
            self._open.remove(id(node))

    def _known(self, node: yaml.Node) -> Any:  # noqa: ANN401  # any YAML node
        if isinstance(node, yaml.MappingNode) and node.tag == f"{TAG}map":
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{TAG}seq":
            return [self.value(each) for each in node.value]
        read = SCALARS.get(node.tag.removeprefix(TAG))
        if not isinstance(node, yaml.ScalarNode) or read is None:
            self._tell(
                node,
                f"the tag {node.tag.replace(TAG, '!!')}, which JSON can't represent; remove it",
            )
            return None
        try:
            value = read(node.value)
        except (ValueError, OverflowError):
            self._tell(
                node, f"{shortened(node.value)!r} is not a valid {node.tag.removeprefix(TAG)}"
            )
            return None
        if isinstance(value, int) and abs(value) > LARGEST:
            self._tell(
                node,
                f"{value} is too large for an exact JSON number; quote it if it is a string",
            )
        return self._fill(value, _line(node)) if isinstance(value, str) else value

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in lines:
                self._tell(
                    key_node, f"the key {key!r} is already in line {lines[key]}; remove one of them"
                )
            lines.setdefault(key, _line(key_node))
            value = self.value(value_node)
            if key_node.tag != f"{TAG}merge":
                own[key] = value
                continue
            several = value if isinstance(value, list) else [value]
            if not all(isinstance(each, dict) for each in several):
                self._tell(key_node, "<< needs a mapping or a list of mappings")
                continue
            for each in reversed(several):
                merged.update(each)
        whole = {**merged, **own}
        self.lines[id(whole)] = _line(node)
        return whole

    def _key(self, node: yaml.Node) -> str | None:
        """Return a key; JSON has strings only."""
        if not isinstance(node, yaml.ScalarNode):
            self._tell(node, "a key that is a list or a mapping; use a string")
            return None
        value = self._known(node)
        words = {True: "true", False: "false", None: "null"}
        read = words[value] if isinstance(value, bool | None) else str(value)
        if value is None or (not isinstance(value, str) and read != node.value):
            self._tell(node, f"the key {node.value} means {read} in YAML; quote it")
        return read

    def _tell(self, node: yaml.Node, words: str) -> None:
        self.problems.append(f"line {_line(node)}: {words}")

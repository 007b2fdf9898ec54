"""Kubernetes manifests: plain YAML with named values, read strictly."""

from __future__ import annotations

import difflib
import functools
import json
import pickle
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from constructs_lib.specs.base import shortened
from constructs_lib.specs.strict_yaml import documents

MANIFESTS = Path(__file__).parents[1] / "kubernetes"
"""The manifests of the platform itself, a folder per component."""

ENDINGS = (".yaml", ".yml", ".json")
"""The files of a folder that kubectl reads."""
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_ANY = re.compile(r"(\$?)\$\{([ \t]*[\w.-]+(?:::[\w.]+)?[ \t]*)\}")
"""A placeholder, or what looks like one, as ${AWS::Region} does; $${ is a literal ${."""


class ManifestError(ValueError):
    """A manifest can't be read, lacks a value, or doesn't use one."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems, each with its file and line."""
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True, kw_only=True)
class Found:
    """One Kubernetes object, and its place, such as web.yaml line 3."""

    place: str
    content: dict[str, Any]


Texts = tuple[tuple[str, str], ...]
"""The name and the text of each file."""
Read = tuple[list[Found], list[str], set[str]]


def load_manifests(path: Path, /, **values: object) -> list[dict[str, Any]]:
    """Return the Kubernetes objects of a file, or of a folder's files, namespaces first.

    `${name}` stands for a value. Where it is the whole scalar, the value keeps its type; inside a
    longer scalar it becomes text. YAML is parsed first, so a value can't change the structure.
    Raises `ManifestError` for a missing or an unused value, and for what is no Kubernetes object.
    """
    found, problems = read_manifests(path, values)
    if problems:
        raise ManifestError(problems)
    # kubectl applies a list in its order, and nothing fits into a namespace that is not there yet.
    return sorted((each.content for each in found), key=lambda item: item["kind"] != "Namespace")


def read_manifests(path: Path, values: Mapping[str, object]) -> tuple[list[Found], list[str]]:
    """Return every object that can be read, and what is wrong with the files, by file and line."""
    problems: list[str] = []
    texts: list[tuple[str, str]] = []
    try:
        files = _files(path) if path.is_dir() else [path]
    except (OSError, ValueError) as error:
        return [], [f"{_name(path)} can't be read: {_words(error)}"]
    for file in files:
        try:
            texts.append((file.name, file.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            problems.append(f"{_name(file)} can't be read: {_words(error)}")
    found, wrong, used = _read(tuple(texts), values)
    problems += wrong
    if not problems and not found:
        why = "the files are empty; write objects into them"
        if not files:
            inside = next(iter(unread_files(path, ())), "").rpartition("/")[0]
            fix = f"use its subfolder {inside}" if inside else "add a file, or use another folder"
            why = f"file names must end in {', '.join(ENDINGS)}, and subfolders are ignored; {fix}"
        problems = [f"no manifests in {path.name}: {why}"]
    if not problems and (unused := sorted(set(values) - used)):
        problems = [f"{path.name}: no manifest uses {', '.join(unused)}; remove it"]
    return found, problems


def _read(texts: Texts, values: Mapping[str, object]) -> Read:
    """Return the objects of files, what is wrong with them, and the values that they use.

    Rules, the plan and the build read the same files with the same values: these are kept, pickled,
    because whoever gets an object may change it.
    """
    if not {type(each) for each in values.values()} <= {str, int, float, bool, type(None)}:
        return _read_anew(texts, values)
    # 1 and True are one key, and two values.
    key = tuple((name, type(each), each) for name, each in values.items())
    return cast("Read", pickle.loads(_pickled(texts, key)))  # noqa: S301  # it was made here


@functools.lru_cache(maxsize=512)
def _pickled(texts: Texts, values: tuple[tuple[str, type, object], ...]) -> bytes:
    return pickle.dumps(_read_anew(texts, {name: value for name, _, value in values}))


def _read_anew(texts: Texts, values: Mapping[str, object]) -> Read:
    filling = _Filling(values)
    found: list[Found] = []
    problems: list[str] = []
    for name, text in texts:
        for document in documents(text, filling.filled):
            wrong = [*document.problems, *filling.problems]
            filling.problems.clear()
            problems += [f"{name} {each}" for each in wrong]
            if wrong or document.content is None:
                continue
            for item in _items(document.content):
                place = f"{name} line {document.lines.get(id(item), document.line)}"
                if reason := _no_object(item):
                    problems.append(f"{place}: {reason}")
                else:
                    found.append(Found(place=place, content=item))
    return found, problems, filling.used


def unread_files(folder: Path, without: Container[Path | None]) -> list[str]:
    """Return the YAML files below a folder that kubectl ignores, except in the folders of images."""
    found = []
    for file in sorted(folder.rglob("*") if folder.is_dir() else ()):
        is_read = file.parent == folder and file.suffix in ENDINGS
        of_image = any(parent in without for parent in file.parents)
        if file.suffix.lower() in ENDINGS[:2] and file.is_file() and not is_read and not of_image:
            found.append(file.relative_to(folder).as_posix())
    return found


def fill(node: Any, values: Mapping[str, object]) -> Any:  # noqa: ANN401  # any YAML node
    """Return a tree with `${name}` replaced where a value is known, and left where none is."""
    if isinstance(node, Mapping):
        return {key: fill(value, values) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [fill(value, values) for value in node]
    if not isinstance(node, str):
        return node
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), node)


def names_in(node: Any) -> Iterator[str]:  # noqa: ANN401  # any YAML node
    """Yield the names of the placeholders in a tree."""
    if isinstance(node, Mapping):
        node = [*node.values()]
    if isinstance(node, list | tuple):
        for value in node:
            yield from names_in(value)
    elif isinstance(node, str):
        yield from PLACEHOLDER.findall(node)


class _Filling:
    """Replaces placeholders with values, and notes which were used and which are missing."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.used: set[str] = set()
        self.problems: list[str] = []
        self._values = values

    def filled(self, text: str, line: int) -> Any:  # noqa: ANN401  # a value is what it is
        """Return what a text of a line becomes."""
        whole = PLACEHOLDER.fullmatch(text)
        if whole and whole[1] in self._values:
            self.used.add(whole[1])
            return self._values[whole[1]]
        return _ANY.sub(lambda match: self._part(match, line), text)

    def _part(self, match: re.Match[str], line: int) -> str:
        escaped, name = match[1], match[2]
        if escaped:
            return f"${{{name}}}"
        if name not in self._values:
            known = ", ".join(sorted(self._values)) or "nothing"
            fix = f"add one, or write ${match[0]} for a literal {match[0]}"
            for near in difflib.get_close_matches(name, self._values, n=1):
                fix = f"did you mean {near}? rename it to {name}, or write ${{{near}}} in the file"
            self.problems.append(
                f"line {line}: no value for {match[0]} (values and images have {known}); {fix}"
            )
            return match[0]
        self.used.add(name)
        value = self._values[name]
        if isinstance(value, str):
            return value
        if isinstance(value, bool | int | float | None):
            return json.dumps(value)
        self.problems.append(
            f"line {line}: {match[0]} is a list or a mapping, which can't be part of a string; "
            "make it the whole value"
        )
        return match[0]


def _files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.suffix in ENDINGS and not each.is_dir())


def _items(content: Any) -> Iterator[Any]:  # noqa: ANN401  # any YAML node
    """Yield the objects of a list such as v1 List, as kubectl does; an empty list yields itself."""
    kind = content.get("kind") if isinstance(content, dict) else None
    items = content.get("items") if isinstance(content, dict) else None
    if not (isinstance(kind, str) and kind.endswith("List") and isinstance(items, list) and items):
        yield content
        return
    inferred = {"apiVersion": content.get("apiVersion"), "kind": kind.removesuffix("List")}
    for item in items:
        bare = isinstance(item, dict) and kind != "List" and not inferred.keys() & item.keys()
        if bare:
            item.update(inferred)
        yield from _items(item)


def _no_object(item: object) -> str | None:
    if not isinstance(item, dict):
        return "not a Kubernetes object; write apiVersion, kind and metadata"
    missing = [key for key in ("apiVersion", "kind") if not isinstance(item.get(key), str)]
    if missing:
        return (
            f"not a Kubernetes object without {' and '.join(missing)}; add this, or move the file"
        )
    if item["kind"].endswith("List") and (item["apiVersion"] == "v1" or "items" in item):
        return f"a {shortened(item['kind'])} without objects in items; add some, or remove it"
    if item["apiVersion"].startswith("kustomize.config.k8s.io/"):
        return "kustomize is not supported; use the output of `kubectl kustomize`"
    return None


def _name(file: Path) -> str:
    return shortened(file.name)


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)

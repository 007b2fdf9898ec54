"""Kubernetes manifests: plain YAML with named values, read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

MANIFESTS = Path(__file__).parents[1] / "kubernetes"
"""The manifests of the platform itself, a folder per component."""

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class ManifestError(ValueError):
    """A manifest can't be read, lacks a value, or doesn't use one."""


def load_manifests(path: Path, /, **values: object) -> list[dict[str, Any]]:
    """Return the Kubernetes objects of a file, or of a folder's files, namespaces first.

    `${name}` stands for a value. Where it is the whole scalar, the value keeps its type; inside a
    longer scalar it becomes text. YAML is parsed first, so a value can't change the structure.
    Raises `ManifestError` for a missing or an unused value, and for what is no Kubernetes object.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files:
        raise ManifestError(f"no manifests in {path.name}/: file names must end in .yaml")
    used: set[str] = set()
    objects = [
        _fill(document, values, used, file.name) for file in files for document in _documents(file)
    ]
    unused = sorted(set(values) - used)
    if unused:
        raise ManifestError(f"{path.name}: no manifest uses {', '.join(unused)}")
    # kubectl applies a list in its order, and nothing fits into a namespace that is not there yet.
    return sorted(objects, key=lambda item: item["kind"] != "Namespace")


def fill(node: Any, values: Mapping[str, object]) -> Any:  # noqa: ANN401  # any YAML node
    """Return a tree with `${name}` replaced where a value is known, and left where none is."""
    if isinstance(node, Mapping):
        return {key: fill(value, values) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [fill(value, values) for value in node]
    if not isinstance(node, str):
        return node
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), node)


def _documents(file: Path) -> Iterator[Any]:
    try:
        documents = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise ManifestError(f"{file.name} can't be read: {' '.join(str(error).split())}") from None
    for number, document in enumerate(documents, 1):
        if document is None:
            continue
        if not isinstance(document, dict) or not isinstance(document.get("kind"), str):
            raise ManifestError(f"{file.name}: document {number} has no kind")
        yield document


def _fill(node: Any, values: dict[str, object], used: set[str], file: str) -> Any:  # noqa: ANN401  # any YAML node
    if isinstance(node, dict):
        return {key: _fill(value, values, used, file) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, values, used, file) for value in node]
    if not isinstance(node, str):
        return node
    names = PLACEHOLDER.findall(node)
    missing = [name for name in names if name not in values]
    if missing:
        raise ManifestError(f"{file}: no value for {', '.join(missing)}")
    used.update(names)
    if names and PLACEHOLDER.fullmatch(node):
        return values[names[0]]
    return PLACEHOLDER.sub(lambda match: str(values[match[1]]), node)

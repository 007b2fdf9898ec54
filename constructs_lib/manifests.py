"""Kubernetes manifests: plain YAML with named values, read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

MANIFESTS = Path(__file__).parent / "kubernetes"
"""The manifests of the platform itself, a folder per component."""

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class ManifestError(ValueError):
    """A manifest wants a value that was not given, or a value was given that none wants."""


def load_manifests(path: Path, /, **values: object) -> list[dict[str, Any]]:
    """Return the Kubernetes objects of a file, or of a folder's files, namespaces first.

    `${name}` stands for a value. Where it is the whole scalar, the value keeps its type; inside a
    longer scalar it becomes text. YAML is parsed first, so a value can't change the structure.
    Raises `ManifestError` for a missing or an unused value.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files:
        message = f"no manifest in {path.name}/"
        raise ManifestError(message)
    used: set[str] = set()
    objects = [
        _fill(document, values, used, file.name) for file in files for document in _documents(file)
    ]
    unused = sorted(set(values) - used)
    if unused:
        message = f"{path.name}: no manifest uses {', '.join(unused)}"
        raise ManifestError(message)
    # kubectl applies a list in its order, and nothing fits into a namespace that is not there yet.
    return sorted(objects, key=lambda item: item["kind"] != "Namespace")


def apply(
    scope: Construct, construct_id: str, *, cluster: eks.Cluster, objects: list[dict[str, Any]]
) -> eks.KubernetesManifest:
    """Have the kubectl handler apply Kubernetes objects, and delete them with the stack."""
    return eks.KubernetesManifest(
        scope,
        construct_id,
        cluster=cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
        manifest=objects,
    )


def _documents(file: Path) -> Iterator[Any]:
    with file.open(encoding="utf-8") as stream:
        yield from (document for document in yaml.safe_load_all(stream) if document is not None)


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
        message = f"{file}: no value for {', '.join(missing)}"
        raise ManifestError(message)
    used.update(names)
    if names and PLACEHOLDER.fullmatch(node):
        return values[names[0]]
    return PLACEHOLDER.sub(lambda match: str(values[match[1]]), node)

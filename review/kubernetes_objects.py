"""Kubernetes objects out of the templates, as people write them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from review.words import words

PRUNE_LABEL = "aws.cdk.eks/prune-"
"""The CDK's own label on each object; it changes with the construct's path and says nothing."""


@dataclass(frozen=True, kw_only=True)
class KubernetesObject:
    """An object, and the custom resource that applies it. `namespace` is empty where it has none."""

    stack: str
    logical_id: str
    content: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Return the kind, such as Deployment."""
        kind: str = self.content["kind"]
        return kind

    @property
    def name(self) -> str:
        """Return the name."""
        name: str = self.content["metadata"]["name"]
        return name

    @property
    def namespace(self) -> str:
        """Return the namespace, empty for an object of the whole cluster."""
        namespace: str = self.content["metadata"].get("namespace", "")
        return namespace

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what identifies the object in a cluster."""
        return (self.content["apiVersion"].split("/")[0], self.kind, self.namespace, self.name)

    @property
    def yaml(self) -> str:
        """Return the object as YAML."""
        text: str = yaml.dump(
            dict(self.content), sort_keys=False, allow_unicode=True, width=1000, Dumper=_Dumper
        )
        return text


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block, as people do."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def objects_of(stack: str, logical_id: str, manifest: object) -> Iterator[KubernetesObject]:
    """Yield the objects of a `Manifest` property: JSON, with holes for what deploys fill in."""
    for item in json.loads(words(manifest)):
        labels = item.get("metadata", {}).get("labels", {})
        for label in [label for label in labels if label.startswith(PRUNE_LABEL)]:
            del labels[label]
        if "labels" in item.get("metadata", {}) and not labels:
            del item["metadata"]["labels"]
        yield KubernetesObject(stack=stack, logical_id=logical_id, content=item)

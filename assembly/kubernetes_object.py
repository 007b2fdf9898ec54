"""The Kubernetes objects inside the templates: what kubectl gets at deploy."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from assembly.resource import Resource
from assembly.structured import structured
from kube.values import Json, items, mapping, text

Item = TypeVar("Item")
PRUNE_LABEL = "aws.cdk.eks/prune-"
"""The CDK's own label on each object; it changes with the construct's path and says nothing."""


@dataclass(frozen=True, kw_only=True)
class KubernetesObject:
    """One object, with the resource that applies it. Two are equal if place and name are."""

    resource: Resource
    content: Json = field(compare=False, repr=False)
    every_label: tuple[str, ...] = field(default=(), compare=False, repr=False)  # with PRUNE_LABEL
    kind: str
    name: str
    namespace: str
    """The namespace that the object names, empty where it names none."""

    @property
    def spec(self) -> Json:
        """Return the specification; not every kind has one."""
        return mapping(self.content, "spec")

    @property
    def group(self) -> str:
        """Return the API group, empty for the core."""
        return text(self.content, "apiVersion").rpartition("/")[0]

    @property
    def labels(self) -> Json:
        """Return the labels."""
        return mapping(self.content, "metadata", "labels")

    @property
    def annotations(self) -> Json:
        """Return the annotations."""
        return mapping(self.content, "metadata", "annotations")

    @property
    def place(self) -> tuple[object, str]:
        """Return the cluster and the namespace that the object is in."""
        return self.resource.cluster_key, self.namespace or "default"

    @property
    def named(self) -> tuple[tuple[object, str], str, str]:
        """Return the place, kind and name by which others name the object."""
        return self.place, self.kind, self.name

    @functools.cached_property
    def key(self) -> tuple[str, str, str, str]:
        """Return what identifies the object in a cluster."""
        return self.group, self.kind, self.namespace, self.name

    @property
    def whole_key(self) -> tuple[object, ...]:
        """Return what identifies the object among those of all clusters."""
        return self.resource.cluster_key, *self.key


def of_each(every: Iterable[tuple[KubernetesObject, Item]]) -> dict[tuple[object, ...], Item]:
    """Return what belongs to each object, by its whole key.

    Two stacks may have the same object while one of them is renamed: the cluster has it once.
    """
    return {each.whole_key: item for each, item in every}


def once(every: Iterable[KubernetesObject]) -> dict[tuple[object, ...], KubernetesObject]:
    """Return each object once, by its whole key."""
    return of_each((each, each) for each in every)


def objects_of(resource: Resource) -> Iterator[KubernetesObject]:
    """Yield the objects of a manifest, those of a List one by one."""
    try:
        found = structured(resource.properties.get("Manifest"))
    except ValueError:
        return
    for each in chain.from_iterable(map(_members, items(found) or [found])):
        yield KubernetesObject(
            resource=resource,
            content=_without_prune_label(each),
            kind=text(each, "kind"),
            name=text(each, "metadata", "name"),
            namespace=text(each, "metadata", "namespace"),
            every_label=tuple(mapping(each, "metadata", "labels")),
        )


def _members(content: object) -> Iterator[Json]:
    if mapping(content).get("kind") == "List" and isinstance(mapping(content).get("items"), list):
        yield from chain.from_iterable(map(_members, items(content, "items")))
    elif isinstance(content, dict):
        yield content


def _without_prune_label(content: Json) -> Json:
    labels = mapping(content, "metadata", "labels")
    kept = {key: value for key, value in labels.items() if not str(key).startswith(PRUNE_LABEL)}
    if len(kept) == len(labels):
        return content
    metadata = {**content["metadata"], "labels": kept}
    if not kept:
        del metadata["labels"]
    return {**content, "metadata": metadata}

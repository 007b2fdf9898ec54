"""One resource of a template, its values resolved."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from assembly.kinds import CLUSTER, FIRST_GENERATION
from assembly.references import Node
from assembly.scope import Scope
from kube.values import Json, Unknown, mapping, text


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource: where it is, and what CloudFormation gets. Two are equal if their place is.

    `stack` is the path of its stack, such as `Prod/Cluster`.
    """

    stack: str
    logical_id: str
    body: Json = field(compare=False, repr=False)
    scope: Scope = field(compare=False, repr=False)

    def __eq__(self, other: object) -> bool:
        """Tell whether two are at the same place, as whatever they are read."""
        return isinstance(other, Resource) and self.node == other.node

    def __hash__(self) -> int:
        """Return a number that is equal for equal places."""
        return hash(self.node)

    def written_at(self, path: str) -> str:
        """Return where a template has what stands at a path of the properties."""
        return path

    @property
    def node(self) -> Node:
        """Return the resource's place."""
        return self.stack, self.logical_id

    @functools.cached_property
    def type(self) -> str:
        """Return the type that the template names."""
        return text(self.body, "Type")

    @functools.cached_property
    def kind(self) -> str:
        """Return the CloudFormation type of what it makes: a first-generation cluster is a cluster."""
        return CLUSTER if self.type == FIRST_GENERATION else self.type

    @functools.cached_property
    def properties(self) -> Json:
        """Return the properties, resolved; a resource may have none."""
        place = f"{self.stack} {self.logical_id}.Properties"
        resolved = self.scope.resolved_once(self.body.get("Properties"), place)
        return self._as_cloudformation(mapping(resolved))

    @functools.cached_property
    def unresolved(self) -> Json:
        """Return the properties as the template has them."""
        return self._as_cloudformation(mapping(self.body, "Properties"))

    def _as_cloudformation(self, properties: Json) -> Json:
        if self.type == FIRST_GENERATION:
            return mapping(_capitalized(properties.get("Config")))
        return properties

    def attribute(self, name: str) -> Any:  # noqa: ANN401  # a template may hold anything
        """Return an attribute beside the properties, such as DeletionPolicy, resolved."""
        return self.scope.resolved(self.body.get(name), f"{self.stack} {self.logical_id}.{name}")

    @functools.cached_property
    def path(self) -> str:
        """Return the construct path, or the logical id where the CDK wrote no path."""
        return text(self.body, "Metadata", "aws:cdk:path") or self.logical_id

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the construct ids from the stack down, without those that only the CDK needs."""
        inside = self.path.removeprefix(f"{self.scope.stack.outermost or self.stack}/")
        parts = inside.split("/") or [self.path]
        while len(parts) > 1 and parts[-1] in {"Resource", "Default"}:
            parts.pop()
        return tuple(parts)

    @property
    def name(self) -> str:
        """Return the construct path for people, such as `DataPlane/NodeGroups/General`."""
        return "/".join(self.ids)

    @functools.cached_property
    def cluster(self) -> Resource | None:
        """Return the cluster that the resource belongs to, None for one that was made elsewhere.

        It is named by a reference or by its name. A name that only a deploy knows is that of the only
        cluster, if there is only one.
        """
        if self.kind == CLUSTER:
            return self
        environment, name = self.scope.environment, self.properties.get("ClusterName")
        found = environment.target(name)
        if found is not None and found.kind == CLUSTER:
            return found
        clusters = environment.resources(CLUSTER)
        named = [each for each in clusters if text(each.properties, "Name") == name and name]
        if named:
            return named[0]
        unknown = name is None or (isinstance(name, Unknown) and found is None)
        return clusters[0] if unknown and len(clusters) == 1 else None

    @property
    def cluster_key(self) -> object:
        """Return what two resources of one cluster have in common, made here or elsewhere."""
        cluster = self.cluster
        return text(self.properties, "ClusterName") if cluster is None else cluster.node

    @property
    def retained(self) -> bool:
        """Tell whether the resource stays in the account when it leaves its stack."""
        return text(self.attribute("DeletionPolicy")).startswith("Retain")


def _capitalized(value: object) -> object:
    """Return the EKS API's spelling, in which the first generation has its values, as CloudFormation's."""
    if isinstance(value, dict):
        return {f"{key[:1].upper()}{key[1:]}": _capitalized(inner) for key, inner in value.items()}
    return [_capitalized(inner) for inner in value] if isinstance(value, list) else value

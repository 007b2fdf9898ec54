"""All stacks of one environment, as CloudFormation will get them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from guardrails.graph import Graph, Node
from guardrails.intrinsics import imports, parsed_json, references, text

Template = Mapping[str, Any]

MANIFEST = "Custom::AWSCDK-EKS-KubernetesResource"
CHART = "Custom::AWSCDK-EKS-HelmChart"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack. `path` is its construct path, `depends_on` the paths of the stacks before it.

    `acknowledgements` are (construct path, id of the finding, reason), as the assembly has them.
    """

    path: str
    template: Template
    template_path: str = ""
    termination_protection: bool = False
    depends_on: frozenset[str] = frozenset()
    acknowledgements: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource: where it is, and what CloudFormation gets. Two are equal if their place is."""

    stack: str
    logical_id: str
    kind: str = field(compare=False)
    body: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def node(self) -> Node:
        """Return the resource's place in the graph."""
        return self.stack, self.logical_id

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return the properties; a resource may have none."""
        properties: Mapping[str, Any] = self.body.get("Properties", {})
        return properties

    @property
    def path(self) -> str:
        """Return the construct path, or the logical id where the CDK wrote no path."""
        path: str = self.body.get("Metadata", {}).get("aws:cdk:path", self.logical_id)
        return path


@dataclass(frozen=True, kw_only=True)
class KubernetesObject:
    """One object of a manifest inside the templates, with the resource that applies it."""

    resource: Resource
    content: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Return the kind, such as Deployment."""
        return str(self.content.get("kind", ""))

    @property
    def name(self) -> str:
        """Return the object's name."""
        return str(self.content.get("metadata", {}).get("name", ""))

    @property
    def namespace(self) -> str:
        """Return the namespace that the manifest names."""
        return str(self.content.get("metadata", {}).get("namespace", ""))

    @property
    def spec(self) -> Mapping[str, Any]:
        """Return the specification; not every kind has one."""
        spec: Mapping[str, Any] = self.content.get("spec") or {}
        return spec


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The stacks that are deployed together, such as those of one stage.

    `today` is the date of the build. `base` is the same environment as it was accepted last, if
    there is one to compare with.
    """

    name: str
    stacks: Mapping[str, Stack]
    today: dt.date
    base: Environment | None = None

    @cached_property
    def all_resources(self) -> tuple[Resource, ...]:
        """Return every resource of every stack, in the order of the templates."""
        return tuple(
            Resource(stack=path, logical_id=logical_id, kind=body["Type"], body=body)
            for path, stack in self.stacks.items()
            for logical_id, body in stack.template.get("Resources", {}).items()
        )

    @cached_property
    def _by_kind(self) -> Mapping[str, tuple[Resource, ...]]:
        kinds: dict[str, tuple[Resource, ...]] = {}
        for resource in self.all_resources:
            kinds[resource.kind] = (*kinds.get(resource.kind, ()), resource)
        return kinds

    @cached_property
    def graph(self) -> Graph:
        """Return what is made before what."""
        return Graph(
            {path: stack.template for path, stack in self.stacks.items()},
            {path: stack.depends_on for path, stack in self.stacks.items()},
        )

    def waits_for(self, later: Resource, earlier: Resource) -> bool:
        """Tell whether one resource is made after another, and so deleted before it."""
        return self.graph.waits_for(later.node, earlier.node)

    def find(self, stack: str, logical_id: str) -> Resource | None:
        """Return the resource at a place, if there is one."""
        return self._by_node.get((stack, logical_id))

    @cached_property
    def _by_node(self) -> Mapping[Node, Resource]:
        return {resource.node: resource for resource in self.all_resources}

    def named_by(self, resource: Resource, value: object) -> Resource | None:
        """Return the resource that a property names by Ref, Fn::GetAtt or Fn::ImportValue.

        None says that it is not of this environment, such as an existing subnet's id.
        """
        for name in imports(value):
            return self._exported.get(name)
        for logical_id in references(value):
            return self.find(resource.stack, logical_id)
        return None

    @cached_property
    def _exported(self) -> Mapping[str, Resource]:
        found: dict[str, Resource] = {}
        for path, stack in self.stacks.items():
            for output in stack.template.get("Outputs", {}).values():
                for logical_id in references(output["Value"]):
                    resource = self.find(path, logical_id)
                    if resource is not None and "Export" in output:
                        found[text(output["Export"]["Name"])] = resource
        return found

    def resources(self, *kinds: str) -> Iterator[Resource]:
        """Yield every resource of these CloudFormation types."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())

    def kubernetes_objects(self, *kinds: str) -> Iterator[KubernetesObject]:
        """Yield the Kubernetes objects of these kinds, or all of them."""
        for item in self._kubernetes_objects:
            if not kinds or item.kind in kinds:
                yield item

    @cached_property
    def _kubernetes_objects(self) -> tuple[KubernetesObject, ...]:
        return tuple(
            KubernetesObject(resource=resource, content=content)
            for resource in self.resources(MANIFEST)
            for content in parsed_json(resource.properties.get("Manifest", "")) or ()
            if isinstance(content, Mapping)
        )

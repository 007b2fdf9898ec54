"""What the review knows of one environment in one assembly: its templates, made easy to ask."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from capacity.inputs import Inputs
from guardrails.intrinsics import imports
from review.kubernetes_objects import KubernetesObject, objects_of
from review.words import words
from tools.assembly import Assembly

Template = Mapping[str, Any]
Acknowledgements = Mapping[tuple[str, str], str]
"""A reason by the path of the construct and the id of the finding."""

MANIFEST = "Custom::AWSCDK-EKS-KubernetesResource"
CAPACITY = "groundwork:capacity"
"""The metadata with all that takes addresses (stacks/platform.py): templates don't show all."""
ACCEPTED = "groundwork:accepted-replacements"
"""The metadata with what the environment consents to (stacks/platform.py)."""
Metadata = Mapping[str, list[Mapping[str, Any]]]
"""What the CDK noted of each construct of a stack, by the construct's path."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a template. `stack` is its name within the environment, such as `Cluster`."""

    stack: str
    logical_id: str
    template: Mapping[str, Any] = field(repr=False, hash=False)

    @property
    def type(self) -> str:
        """Return the CloudFormation type."""
        kind: str = self.template["Type"]
        return kind

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return the properties, as the template has them."""
        properties: Mapping[str, Any] = self.template.get("Properties", {})
        return properties

    @property
    def path(self) -> tuple[str, ...]:
        """Return the construct ids from the stack down, without those that only the CDK needs."""
        parts: list[str] = self.full_path.split("/")[2:] or [self.full_path]
        while len(parts) > 1 and parts[-1] in {"Resource", "Default"}:
            parts.pop()
        return tuple(parts)

    @property
    def full_path(self) -> str:
        """Return the whole construct path, such as `Prod/Network/Network/Vpc/Resource`."""
        path: str = self.template.get("Metadata", {}).get("aws:cdk:path", self.logical_id)
        return path

    @property
    def name(self) -> str:
        """Return the construct path for people, such as `DataPlane/NodeGroups/General`."""
        return "/".join(self.path)

    @property
    def retained(self) -> bool:
        """Tell whether the resource stays in the account when it leaves its stack."""
        return str(self.template.get("DeletionPolicy", "")).startswith("Retain")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment: the templates of its stacks by their names, such as `Network`.

    `acknowledgements` and `inputs`, what takes addresses, are None where they are not known, as in
    committed snapshots. `accepted` are its accepted_replacements: reasons by construct path or
    logical id.
    """

    name: str
    templates: Mapping[str, Template]
    acknowledgements: Acknowledgements | None = None
    inputs: Inputs | None = None
    accepted: Mapping[str, str] = field(default_factory=dict)

    @functools.cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Return every resource, in the order of the templates."""
        return tuple(
            Resource(stack=stack, logical_id=logical_id, template=resource)
            for stack, template in self.templates.items()
            for logical_id, resource in template.get("Resources", {}).items()
        )

    @functools.cached_property
    def by_id(self) -> Mapping[tuple[str, str], Resource]:
        """Return the resources by stack and logical id."""
        return {(each.stack, each.logical_id): each for each in self.resources}

    def of_type(self, *kinds: str) -> tuple[Resource, ...]:
        """Return the resources of some CloudFormation types."""
        return tuple(each for each in self.resources if each.type in kinds)

    def one(self, kind: str) -> Resource | None:
        """Return the first resource of a type, None without one."""
        return next(iter(self.of_type(kind)), None)

    def target(self, stack: str, value: object) -> Resource | None:
        """Return the resource that a Ref, GetAtt or ImportValue in a stack stands for.

        None for anything else, such as an id of somebody else's subnet.
        """
        if not isinstance(value, Mapping) or len(value) != 1:
            return None
        function, argument = next(iter(value.items()))
        if function == "Ref":
            return self.by_id.get((stack, str(argument)))
        if function == "Fn::GetAtt":
            logical_id = argument[0] if isinstance(argument, list) else str(argument).split(".")[0]
            return self.by_id.get((stack, logical_id))
        if function == "Fn::ImportValue" and isinstance(argument, str):
            exporter, exported = self.exports.get(argument, ("", None))
            return self.target(exporter, exported)
        return None

    def read(self, value: object) -> str:
        """Return a value as text; what CloudFormation fills in at deploy stands in braces."""
        return words(value)

    @functools.cached_property
    def kubernetes_objects(self) -> tuple[KubernetesObject, ...]:
        """Return every Kubernetes object that the stacks apply."""
        return tuple(self._objects())

    @functools.cached_property
    def imports(self) -> tuple[tuple[str, str, Resource], ...]:
        """Return what stacks import: the export's name, the importer and the exported resource."""
        return tuple(
            (name, importer, resource)
            for importer, template in self.templates.items()
            for name in dict.fromkeys(imports(template.get("Resources", {})))
            for exporter, value in [self.exports.get(name, ("", None))]
            if exporter != importer and (resource := self.target(exporter, value)) is not None
        )

    def _objects(self) -> Iterator[KubernetesObject]:
        for resource in self.of_type(MANIFEST):
            yield from objects_of(
                resource.stack, resource.logical_id, resource.properties["Manifest"]
            )

    @functools.cached_property
    def exports(self) -> Mapping[str, tuple[str, object]]:
        """Return the stack and the value of every export by its name."""
        return {
            words(output["Export"]["Name"]): (stack, output["Value"])
            for stack, template in self.templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }


def environments_of(assembly: Assembly) -> Mapping[str, Environment]:
    """Return the environments of an assembly by their names, such as `Prod`."""
    stacks: dict[str, dict[str, Template]] = {}
    for path, template in assembly.templates.items():
        name, _, stack = path.rpartition("/")
        stacks.setdefault(name, {})[stack] = template
    return {
        name: Environment(
            name=name,
            templates=templates,
            acknowledgements={
                key: reason
                for stack in templates
                for key, reason in _acknowledgements(assembly.metadata[f"{name}/{stack}"])
            },
            inputs=_inputs(assembly.metadata[f"{name}/{stack}"] for stack in templates),
            accepted=_accepted(assembly.metadata[f"{name}/{stack}"] for stack in templates),
        )
        for name, templates in stacks.items()
    }


def _inputs(metadata: Iterable[Metadata]) -> Inputs | None:
    data = next(_data(metadata, CAPACITY), None)
    return None if data is None else TypeAdapter(Inputs).validate_json(data)


def _accepted(metadata: Iterable[Metadata]) -> Mapping[str, str]:
    accepted: Mapping[str, str] = json.loads(next(_data(metadata, ACCEPTED), "{}"))
    return accepted


def _data(metadata: Iterable[Metadata], kind: str) -> Iterator[str]:
    for entries in metadata:
        for entry in (each for found in entries.values() for each in found):
            if entry["type"] == kind:
                yield entry["data"]


def _acknowledgements(metadata: Metadata) -> Iterator[tuple[tuple[str, str], str]]:
    for path, entries in metadata.items():
        for entry in entries:
            if entry["type"] == "aws:cdk:acknowledged-rules":
                for rule, reason in entry["data"].items():
                    yield (path.strip("/"), rule), reason

"""Ways to look into a CloudFormation template."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.support import Template, joined, resources_of

Properties = Mapping[str, Any]


def properties(template: Template, logical_id: str) -> Properties:
    """Return the properties of a resource."""
    found: Properties = template["Resources"][logical_id].get("Properties", {})
    return found


def ids(template: Template, kind: str, matches: Callable[[Properties], bool]) -> list[str]:
    """Return the logical ids of the resources of a type whose properties match."""
    return [
        logical_id
        for logical_id, resource in resources_of(template, kind).items()
        if matches(resource.get("Properties", {}))
    ]


def one(template: Template, kind: str, prefix: str = "") -> str:
    """Return the logical id of the one resource of a type whose id begins with `prefix`."""
    found = [name for name in resources_of(template, kind) if name.startswith(prefix)]
    assert len(found) == 1, f"{kind} {prefix}*: {found}"
    return found[0]


def add_on(template: Template, name: str) -> str:
    """Return the logical id of a managed add-on."""
    (found,) = ids(template, "AWS::EKS::Addon", lambda found: found["AddonName"] == name)
    return found


def manifest(template: Template, kind: str, name: str) -> str:
    """Return the logical id of the resource that applies a Kubernetes object."""
    (found,) = [
        logical_id
        for logical_id, resource in resources_of(
            template, "Custom::AWSCDK-EKS-KubernetesResource"
        ).items()
        for item in json.loads(joined(resource["Properties"]["Manifest"]))
        if (item["kind"], item["metadata"]["name"]) == (kind, name)
    ]
    return found


def kubernetes_object(template: Template, kind: str, name: str) -> dict[str, Any]:
    """Return a Kubernetes object of a template."""
    text = joined(properties(template, manifest(template, kind, name))["Manifest"])
    (found,) = [
        item
        for item in json.loads(text)
        if (item["kind"], item["metadata"]["name"]) == (kind, name)
    ]
    item: dict[str, Any] = found
    return item


def depends_on(template: Template, logical_id: str) -> set[str]:
    """Return all that CloudFormation makes before a resource: by DependsOn, Ref or GetAtt."""
    before: set[str] = set()
    todo = [logical_id]
    while todo:
        resource = template["Resources"][todo.pop()]
        listed = resource.get("DependsOn", [])
        direct = {*([listed] if isinstance(listed, str) else listed), *_named(resource)}
        new = (direct & template["Resources"].keys()) - before
        before |= new
        todo.extend(new)
    return before


def managed_policies(template: Template, role: str) -> set[str]:
    """Return the names of the AWS managed policies of a role."""
    arns = properties(template, role).get("ManagedPolicyArns", [])
    return {joined(arn).rpartition("/")[2] for arn in arns}


def tags(found: Properties) -> dict[str, str]:
    """Return the tags of a resource."""
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}


def _named(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref":
                yield value
            elif key == "Fn::GetAtt":
                yield value.split(".")[0] if isinstance(value, str) else value[0]
            elif key != "DependsOn":
                yield from _named(value)
    elif isinstance(node, list):
        for value in node:
            yield from _named(value)

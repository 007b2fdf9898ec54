"""The common shapes of findings: about a property, and about a Kubernetes object."""

from __future__ import annotations

from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from guardrails.rule import Finding


def breach(
    resource: Resource, path: str, value: str, detail: str = "", *, fix: str = ""
) -> Finding:
    """Return a finding about what stands at a path below a resource's properties, or beside them."""
    location = path if path == "DependsOn" else f"Properties/{path}".rstrip("/")
    return Finding(resource=resource, value=value, location=location, detail=detail, fix=fix)


def found(item: KubernetesObject, value: str = "", detail: str = "") -> Finding:
    """Return a finding about an object; `value` is what offends in it."""
    name = f"{item.kind}/{item.name} {value}".rstrip()
    return breach(item.resource, "Manifest", name, detail)

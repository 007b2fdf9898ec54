"""The OpenAPI schemas of a Kubernetes version, from kubernetes-validate, and of custom resources."""

from __future__ import annotations

import functools
import importlib.resources
import json
from typing import Any

from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json

META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_REFERENCE = "#/$defs/"
# Kubernetes stores a webhook's or a CRD's own JSON as it is.
OPEN: Json = {"x-kubernetes-preserve-unknown-fields": True}


class Schemas:
    """Looks schemas up: of a resource, behind a reference, of a field, of a list's items."""

    def __init__(self, kubernetes_version: str) -> None:
        self.definitions = _definitions(kubernetes_version)
        self._kinds = {
            (kind["group"], kind["version"], kind["kind"]): name
            for name, definition in self.definitions.items()
            if not name.startswith(META)
            for kind in definition.get("x-kubernetes-group-version-kind", ())
        }

    def definition_name(self, resource: Resource) -> str | None:
        """Return the name of a built-in resource's definition, or None."""
        return self._kinds.get((resource.group, resource.version, resource.kind))

    def of(self, resource: Resource) -> Json:
        """Return a resource's schema; an open one where none is known."""
        if resource.schema is not None:
            return self._custom(resource.schema)
        name = self.definition_name(resource)
        return self.definitions[name] if name else OPEN

    def _custom(self, schema: Json) -> Json:
        properties = {
            **(schema.get("properties") or {}),
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": self.definitions[META + "ObjectMeta"],
        }
        return schema | {"type": "object", "properties": properties}

    def resolve(self, schema: Json) -> Json:
        """Follow a schema's reference; what stands beside the reference stays."""
        reference = schema.get("$ref")
        if reference is None:
            return schema
        target = self.definitions[reference.rpartition(_REFERENCE)[2]]
        return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}

    def field(self, schema: Json, name: str) -> Json | None:
        """Return the schema of an object's field; None if it may not have one of that name."""
        own = (schema.get("properties") or {}).get(name)
        if own is not None:
            return self.resolve(own)
        others = schema.get("additionalProperties")
        if isinstance(others, dict):
            return self.resolve(others)
        if others is True or is_open(schema):
            return OPEN
        return None

    def items(self, schema: Json) -> Json:
        """Return the schema of a list's items."""
        return self.resolve(schema.get("items") or OPEN)


def is_open(schema: Json) -> bool:
    """Tell whether an object may have any field."""
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return True
    return "properties" not in schema and "additionalProperties" not in schema


def types(schema: Json) -> frozenset[str]:
    """Return the JSON types that a schema allows; empty if it doesn't say."""
    if schema.get("x-kubernetes-int-or-string"):
        return frozenset({"integer", "string"})
    if "oneOf" in schema and "type" not in schema:
        return frozenset().union(*(types(one) for one in schema["oneOf"]))
    own: str | list[str] = schema.get("type") or []
    return frozenset([own] if isinstance(own, str) else own) - {"null"}


@functools.cache
def _definitions(kubernetes_version: str) -> dict[str, Any]:
    folder = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"
    file = folder / f"v{kubernetes_version}.0-local-strict" / "_definitions.json"
    definitions: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["$defs"]
    return definitions

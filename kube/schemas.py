"""The OpenAPI schemas of a Kubernetes version, from kubernetes-validate."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from kube.values import Json

META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_REFERENCE = "#/$defs/"
OPEN: Json = {"x-kubernetes-preserve-unknown-fields": True}
"""What Kubernetes stores as it is: a custom resource without a schema, the JSON of a webhook."""


class Schemas:
    """Looks schemas up: of a kind, and behind a reference."""

    def __init__(self, kubernetes_version: str) -> None:
        """Take a version such as 1.36; one that nobody knows is read as the nearest known one."""
        self.minor = minor(kubernetes_version)
        self.definitions = _definitions(self.minor)
        self._kinds = {
            ("/".join(filter(None, (kind["group"], kind["version"]))), kind["kind"]): name
            for name, definition in self.definitions.items()
            if not name.startswith(META)
            for kind in definition.get("x-kubernetes-group-version-kind", ())
        }
        self._groups = {api_version.rpartition("/")[0] for api_version, _ in self._kinds}

    def definition_name(self, api_version: str, kind: str) -> str | None:
        """Return the name of a built-in kind's definition, or None."""
        return self._kinds.get((api_version, kind))

    def is_custom(self, api_version: str) -> bool:
        """Tell whether a group isn't Kubernetes' own; a custom one always has a dot."""
        group = api_version.rpartition("/")[0]
        return group not in self._groups and "." in group

    def versions_of(self, kind: str) -> list[str]:
        """Return the API versions in which Kubernetes has a kind."""
        return sorted(api_version for api_version, name in self._kinds if name == kind)

    def resolve(self, schema: Json) -> Json:
        """Follow a schema's reference; what stands beside the reference stays."""
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return {**self.definitions[referenced(schema)], **beside} if "$ref" in schema else schema


def minor(kubernetes_version: str) -> int:
    """Return the minor of a version such as 1.36 or v1.36.2, within those that are known."""
    known = _known_minors()
    match = re.match(r"v?1\.([0-9]+)", str(kubernetes_version))
    return min(max(int(match[1]), known[0]), known[-1]) if match else known[-1]


def referenced(schema: Json) -> str:
    """Return the name of the definition that a schema refers to, or nothing."""
    return str(schema.get("$ref") or "").rpartition(_REFERENCE)[2]


def reference(definition: str) -> Json:
    """Return a schema that refers to a definition."""
    return {"$ref": f"{_REFERENCE}{definition}"}


def is_open(schema: Json) -> bool:
    """Tell whether an object may have any field."""
    said = schema.get("x-kubernetes-preserve-unknown-fields")
    return bool(said) or schema.keys().isdisjoint({"properties", "additionalProperties"})


def types(schema: Json) -> frozenset[str]:
    """Return the JSON types that a schema allows; empty if it doesn't say."""
    if schema.get("x-kubernetes-int-or-string"):
        return frozenset({"integer", "string"})
    if "oneOf" in schema and "type" not in schema:
        return frozenset().union(*(types(one) for one in schema["oneOf"]))
    own: str | list[str] = schema.get("type") or []
    return frozenset([own] if isinstance(own, str) else own) - {"null"}


@functools.cache
def of_version(kubernetes_version: str) -> Schemas:
    """Return the schemas of a version, read once."""
    return Schemas(kubernetes_version)


@functools.cache
def _folder() -> Path:
    # The package itself would load jsonschema.
    found = importlib.util.find_spec("kubernetes_validate")
    places = (found and found.submodule_search_locations) or ["."]
    return Path(places[0]) / "kubernetes-json-schema"


@functools.cache
def _known_minors() -> list[int]:
    return sorted(int(each.name.split(".")[1]) for each in _folder().glob("v1.*.0-local-strict"))


@functools.cache
def _definitions(minor: int) -> dict[str, Any]:
    file = _folder() / f"v1.{minor}.0-local-strict" / "_definitions.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))["$defs"])

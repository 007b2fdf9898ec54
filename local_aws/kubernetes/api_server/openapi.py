"""The OpenAPI documents: schemas for field validation, strategic merge and `kubectl explain`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_aws.kubernetes.api_server.resources import Registry, Resource
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes.schemas import Schemas


def index(registry: Registry) -> Json:
    """Return where the OpenAPI documents lie, one per group and version."""
    paths = dict.fromkeys(
        f"apis/{one.api_version}" if one.group else f"api/{one.version}" for one in registry
    )
    return {"paths": {path: {"serverRelativeURL": f"/openapi/v3/{path}"} for path in paths}}


def document(
    registry: Registry, schemas: Schemas, group_name: str, version_name: str
) -> Json | None:
    """Return the OpenAPI document of a group and version, or None."""
    found = [one for one in registry if (one.group, one.version) == (group_name, version_name)]
    if not found:
        return None
    paths: Json = {}
    components: Json = {}
    for one in found:
        kind = {"group": one.group, "version": one.version, "kind": one.kind}
        component = (
            schemas.definition_name(one.api_version, one.kind)
            or f"local.{one.group}.{one.version}.{one.kind}"
        )
        components[component] = {
            **_plain(one.schema_of(schemas)),
            "x-kubernetes-group-version-kind": [kind],
        }
        paths |= _paths(one, kind, component)
    _add_references(components, schemas)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "local"},
        "paths": paths,
        "components": {"schemas": components},
    }


def _paths(resource: Resource, kind: Json, component: str) -> Json:
    root = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    scope = "/namespaces/{namespace}" if resource.namespaced else ""
    base = f"{root}{scope}/{resource.plural}"
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{component}"}}}
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string"}}
        for name in ("dryRun", "fieldManager", "fieldValidation")
    ]

    def operation(action: str) -> Json:
        return {
            "parameters": parameters,
            "responses": {"200": {"description": "OK", "content": content}},
            "x-kubernetes-group-version-kind": kind,
            "x-kubernetes-action": action,
        }

    writes = {method: operation(method) for method in ("patch", "put", "delete")}
    one = {"get": operation("get"), **writes}
    return {
        base: {"get": operation("list"), "post": operation("post")},
        f"{base}/{{name}}": one,
    }


def _add_references(components: Json, schemas: Schemas) -> None:
    """Add the definitions that others refer to, until none is missing."""
    wanted = set(_references(components))
    while missing := wanted - components.keys():
        for name in missing:
            components[name] = _plain(schemas.definitions[name])
            wanted |= set(_references(components[name]))


def _references(node: Any) -> Iterator[str]:  # noqa: ANN401 - JSON holds anything
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference.rpartition("/")[2]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _plain(node: Any) -> Any:  # noqa: ANN401 - JSON holds anything
    """Return a schema as Kubernetes publishes it, without what strict validation added."""
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if not isinstance(node, dict):
        return node
    plain: Json = {}
    for key, value in node.items():
        if key == "$ref" and isinstance(value, str):
            plain[key] = "#/components/schemas/" + value.rpartition("/")[2]
        elif key == "type" and isinstance(value, list):
            plain[key] = next(one for one in value if one != "null")
        elif key == "additionalProperties" and value is False:
            continue
        elif key == "enum" and isinstance(value, list):
            plain[key] = [one for one in value if one is not None]
        else:
            plain[key] = _plain(value)
    return plain

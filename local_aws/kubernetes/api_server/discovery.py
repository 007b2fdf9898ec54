"""What clients discover: the version, the kinds, and that their writes are validated.

Kinds are told in the aggregated form alone, and OpenAPI documents without schemas: kubectl and helm
ask them only whether a PATCH takes `fieldValidation`, and know the patches of built-in kinds.
"""

from __future__ import annotations

from collections.abc import Sequence

from local_aws.kubernetes.api_server.kinds import Registry, Resource
from local_aws.kubernetes.objects import Json

MEDIA_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_PARAMETERS = [
    {"name": name, "in": "query", "schema": {"type": "string"}}
    for name in ("dryRun", "fieldManager", "fieldValidation")
]


def document(registry: Registry, kubernetes_version: str, path: Sequence[str]) -> Json | None:
    """Return the document at a path, or None."""
    match path:
        case ["version"]:
            # The build's name is honest about what answers.
            major, minor = kubernetes_version.split(".")
            return {"major": major, "minor": minor, "gitVersion": f"v{kubernetes_version}.0-local"}
        case ["api" | "apis" as root]:
            return _groups([one for one in registry if bool(one.group) == (root == "apis")])
        case ["openapi", "v3"]:
            paths = {_root(one) for one in registry}
            urls = {path: {"serverRelativeURL": f"/openapi/v3/{path}"} for path in sorted(paths)}
            return {"paths": urls}
        case ["openapi", "v3", *rest]:
            return _openapi([one for one in registry if _root(one) == "/".join(rest)])
    return None


def _root(resource: Resource) -> str:
    return f"apis/{resource.api_version}" if resource.group else f"api/{resource.api_version}"


def _groups(resources: Sequence[Resource]) -> Json:
    groups: dict[str, dict[str, list[Json]]] = {}
    for one in resources:
        version = one.api_version.rpartition("/")[2]
        groups.setdefault(one.group, {}).setdefault(version, []).append(_resource(one))
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": [
            {
                "metadata": {"name": group},
                "versions": [
                    {"version": version, "freshness": "Current", "resources": found}
                    for version, found in versions.items()
                ],
            }
            for group, versions in groups.items()
        ],
    }


def _resource(one: Resource) -> Json:
    return {
        "resource": one.plural,
        "responseKind": _kind(one),
        "scope": "Namespaced" if one.namespaced else "Cluster",
        "singularResource": one.singular or one.kind.lower(),
        "verbs": _VERBS,
        "shortNames": one.short_names,
        "categories": one.categories,
        "subresources": [
            {"subresource": name, "responseKind": _kind(one), "verbs": ["get", "patch", "update"]}
            for name in one.subresources
        ],
    }


def _kind(one: Resource) -> Json:
    version = one.api_version.rpartition("/")[2]
    return {"group": one.group, "version": version, "kind": one.kind}


def _openapi(resources: Sequence[Resource]) -> Json | None:
    if not resources:
        return None
    paths = {}
    for one in resources:
        scope = "/namespaces/{namespace}" if one.namespaced else ""
        paths[f"/{_root(one)}{scope}/{one.plural}/{{name}}"] = {
            "patch": {
                "parameters": _PARAMETERS,
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-group-version-kind": _kind(one),
                "x-kubernetes-action": "patch",
            }
        }
    info = {"title": "Kubernetes", "version": "local"}
    return {"openapi": "3.0.0", "info": info, "paths": paths}

"""What clients discover: the version, the kinds, and that their writes are validated.

OpenAPI documents are without schemas: kubectl and helm ask them only whether a PATCH takes
`fieldValidation`, and know how to patch built-in kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from local_aws.kubernetes.api_server.kinds import Registry, Resource
from local_aws.kubernetes.objects import Json

_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
_PARAMETERS = [
    {"name": name, "in": "query", "schema": {"type": "string"}}
    for name in ("dryRun", "fieldManager", "fieldValidation")
]


def document(registry: Registry, kubernetes_version: str, path: Sequence[str]) -> Json | None:
    """Return the document at a path, or None."""
    roots = {_root(one): one for one in registry}
    match path:
        case ["version"]:
            # The build's name is honest about what answers.
            major, minor = kubernetes_version.split(".")
            return {"major": major, "minor": minor, "gitVersion": f"v{kubernetes_version}.0-local"}
        case ["api" | "apis" as root]:
            return _kinds(one for one in registry if bool(one.group) == (root == "apis"))
        # Now and then a helm that starts many watches at once asks for one group version.
        case ["api" | "apis", *_] if "/".join(path) in roots:
            return _resources([one for one in registry if _root(one) == "/".join(path)])
        case ["openapi", "v3"]:
            return {"paths": {one: {"serverRelativeURL": f"/openapi/v3/{one}"} for one in roots}}
        case ["openapi", "v3", *rest] if "/".join(rest) in roots:
            return _openapi(one for one in registry if _root(one) == "/".join(rest))
    return None


def _kinds(resources: Iterable[Resource]) -> Json:
    groups: dict[str, dict[str, list[Json]]] = {}
    for one in resources:
        resource = {
            "resource": one.plural,
            "responseKind": _kind(one),
            "scope": "Namespaced" if one.namespaced else "Cluster",
            "singularResource": one.singular or one.kind.lower(),
            "verbs": _VERBS,
            "shortNames": one.short_names,
            "categories": one.categories,
        }
        groups.setdefault(one.group, {}).setdefault(_kind(one)["version"], []).append(resource)
    items = [
        {
            "metadata": {"name": group},
            "versions": [{"version": name, "resources": of} for name, of in versions.items()],
        }
        for group, versions in groups.items()
    ]
    head = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2"}
    return {**head, "metadata": {}, "items": items}


def _resources(found: Sequence[Resource]) -> Json:
    kinds = [{"name": one.plural, "kind": one.kind, "namespaced": one.namespaced} for one in found]
    resources = [one | {"verbs": _VERBS} for one in kinds]
    return {"kind": "APIResourceList", "groupVersion": found[0].api_version, "resources": resources}


def _openapi(resources: Iterable[Resource]) -> Json:
    paths = {
        f"/{_root(one)}/{one.plural}/{{name}}": {
            "patch": {"parameters": _PARAMETERS, "x-kubernetes-group-version-kind": _kind(one)}
        }
        for one in resources
    }
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes"}, "paths": paths}


def _root(resource: Resource) -> str:
    return f"{'apis' if resource.group else 'api'}/{resource.api_version}"


def _kind(one: Resource) -> Json:
    version = one.api_version.rpartition("/")[2]
    return {"group": one.group, "version": version, "kind": one.kind}

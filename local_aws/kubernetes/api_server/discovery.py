"""What clients discover: the version, the groups and their resources."""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.kubernetes.api_server import access_reviews
from local_aws.kubernetes.api_server.resources import Registry, Resource
from local_aws.kubernetes.objects import Json

_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_SUBRESOURCE_VERBS = {
    "status": ["get", "patch", "update"],
    "scale": ["get", "patch", "update"],
    "eviction": ["create"],
    "binding": ["create"],
    "log": ["get"],
}
_SUBRESOURCE_KINDS = {
    "scale": ("autoscaling", "v1", "Scale"),
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
}


def version(kubernetes_version: str) -> Json:
    """Return what /version says; the build's name is honest about what answers."""
    major, minor = kubernetes_version.split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{kubernetes_version}.0-local",
        "gitTreeState": "clean",
        "platform": "linux/amd64",
    }


def _groups(registry: Registry) -> dict[str, list[str]]:
    groups = {group: registry.versions(group) for group in registry.groups()}
    return groups | {group: ["v1"] for group, _, _ in access_reviews.REVIEWS}


def group_list(registry: Registry) -> Json:
    """Return the APIGroupList."""
    return {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [_group(group, versions) for group, versions in _groups(registry).items()],
    }


def group(registry: Registry, name: str) -> Json | None:
    """Return one APIGroup, or None."""
    versions = _groups(registry).get(name)
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)} if versions else None


def _group(name: str, versions: list[str]) -> Json:
    served = [{"groupVersion": f"{name}/{one}", "version": one} for one in versions]
    return {"name": name, "versions": served, "preferredVersion": served[0]}


def _resources(registry: Registry, group_name: str, version_name: str) -> list[Resource]:
    return [one for one in registry if (one.group, one.version) == (group_name, version_name)]


def resource_list(registry: Registry, group_name: str, version_name: str) -> Json | None:
    """Return the APIResourceList of a group and version, or None."""
    found = _resources(registry, group_name, version_name)
    reviews = [
        one for one in access_reviews.REVIEWS if (one[0], "v1") == (group_name, version_name)
    ]
    if not found and not reviews:
        return None
    entries: list[Json] = [
        {"name": plural, "singularName": "", "namespaced": False, "kind": kind, "verbs": ["create"]}
        for _, plural, kind in reviews
    ]
    for one in found:
        entries.append(
            {
                "name": one.plural,
                "singularName": one.singular or one.kind.lower(),
                "namespaced": one.namespaced,
                "kind": one.kind,
                "verbs": _VERBS,
                "shortNames": list(one.short_names),
                "categories": list(one.categories),
            }
        )
        entries.extend(
            {
                "name": f"{one.plural}/{subresource}",
                "singularName": "",
                "namespaced": one.namespaced,
                "verbs": _SUBRESOURCE_VERBS[subresource],
                **dict(zip(("group", "version", "kind"), _kind(one, subresource), strict=True)),
            }
            for subresource in one.subresources
        )
    api_version = f"{group_name}/{version_name}" if group_name else version_name
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": api_version,
        "resources": entries,
    }


def _kind(resource: Resource, subresource: str) -> tuple[str, str, str]:
    own = resource.group, resource.version, resource.kind
    return _SUBRESOURCE_KINDS.get(subresource, own)


def aggregated(registry: Registry, *, core: bool) -> Json:
    """Return all groups with their resources at once, as newer clients ask for them."""
    groups = {"": ["v1"]} if core else _groups(registry)
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": [
            {
                "metadata": {"name": name},
                "versions": [
                    {
                        "version": one,
                        "freshness": "Current",
                        "resources": list(_aggregated_resources(registry, name, one)),
                    }
                    for one in versions
                ],
            }
            for name, versions in groups.items()
        ],
    }


def _aggregated_resources(registry: Registry, group_name: str, version_name: str) -> Iterator[Json]:
    for one in _resources(registry, group_name, version_name):
        yield {
            "resource": one.plural,
            "responseKind": _response_kind(one.group, one.version, one.kind),
            "scope": "Namespaced" if one.namespaced else "Cluster",
            "singularResource": one.singular or one.kind.lower(),
            "verbs": _VERBS,
            "shortNames": list(one.short_names),
            "categories": list(one.categories),
            "subresources": [
                {
                    "subresource": subresource,
                    "responseKind": _response_kind(*_kind(one, subresource)),
                    "verbs": _SUBRESOURCE_VERBS[subresource],
                }
                for subresource in one.subresources
            ],
        }
    for review_group, plural, kind in access_reviews.REVIEWS:
        if (review_group, "v1") == (group_name, version_name):
            yield {
                "resource": plural,
                "responseKind": _response_kind(review_group, "v1", kind),
                "scope": "Cluster",
                "singularResource": kind.lower(),
                "verbs": ["create"],
            }


def _response_kind(group_name: str, version_name: str, kind: str) -> Json:
    return {"group": group_name, "version": version_name, "kind": kind}

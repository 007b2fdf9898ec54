"""Which discovery document lies at which path."""

from __future__ import annotations

from local_aws.kubernetes.api_server import discovery, openapi
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.objects import Json


def find(cluster: Cluster, path: str, *, aggregated: bool) -> Json | None:
    """Return the document at a path, or None.

    `aggregated` asks for all groups with their resources at once, where a client can read that.
    """
    match path.strip("/").split("/"):
        case ["version"]:
            return discovery.version(cluster.kubernetes_version)
        case ["api" | "apis" as root] if aggregated:
            return discovery.aggregated(cluster.registry, core=root == "api")
        case ["api", *rest]:
            return _core(cluster, rest)
        case ["apis", *rest]:
            return _groups(cluster, rest)
        case ["openapi", "v3", *rest]:
            return _openapi(cluster, rest)
    return None


def _core(cluster: Cluster, path: list[str]) -> Json | None:
    match path:
        case []:
            return {"kind": "APIVersions", "versions": ["v1"]}
        case [version]:
            return discovery.resource_list(cluster.registry, "", version)
    return None


def _groups(cluster: Cluster, path: list[str]) -> Json | None:
    match path:
        case []:
            return discovery.group_list(cluster.registry)
        case [group]:
            return discovery.group(cluster.registry, group)
        case [group, version]:
            return discovery.resource_list(cluster.registry, group, version)
    return None


def _openapi(cluster: Cluster, path: list[str]) -> Json | None:
    match path:
        case []:
            return openapi.index(cluster.registry)
        case ["api", version]:
            return openapi.document(cluster.registry, cluster.schemas, "", version)
        case ["apis", group, version]:
            return openapi.document(cluster.registry, cluster.schemas, group, version)
    return None

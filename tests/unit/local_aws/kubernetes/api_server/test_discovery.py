from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_aws.kubernetes.api_server import documents
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.objects import Json


def document(cluster: Cluster, path: str, *, aggregated: bool = False) -> Json:
    found = documents.find(cluster, path, aggregated=aggregated)
    assert found is not None
    return found


def test_both_forms_of_discovery_tell_the_same(cluster: Cluster) -> None:
    """Old clients ask group by group, new ones for everything at once."""
    together = {
        (group["metadata"]["name"], version["version"], one["resource"])
        for path in ("/api", "/apis")
        for group in document(cluster, path, aggregated=True)["items"]
        for version in group["versions"]
        for one in version["resources"]
    }
    apart = set()
    groups = document(cluster, "/apis")["groups"]
    for path in ["/api/v1", *(f"/apis/{g['preferredVersion']['groupVersion']}" for g in groups)]:
        listed = document(cluster, path)
        group, _, version = listed["groupVersion"].rpartition("/")
        apart |= {
            (group, version, one["name"]) for one in listed["resources"] if "/" not in one["name"]
        }
    assert together == apart
    assert ("apps", "v1", "deployments") in together
    assert ("authorization.k8s.io", "v1", "selfsubjectaccessreviews") in together


def test_unknown_documents_are_missing(cluster: Cluster) -> None:
    for path in ("/api/v2", "/apis/x", "/apis/apps/v2", "/openapi/v3/apis/x/v1", "/x"):
        assert documents.find(cluster, path, aggregated=False) is None


def references(node: object) -> Iterator[str]:
    """Return where a document's references lead."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


@pytest.mark.parametrize("path", ["api/v1", "apis/apps/v1", "apis/policy/v1"])
def test_openapi_documents_are_complete(cluster: Cluster, path: str) -> None:
    """Each reference leads to a schema, and types are as Kubernetes publishes them."""
    assert path in document(cluster, "/openapi/v3")["paths"]
    spec = document(cluster, f"/openapi/v3/{path}")
    schemas = spec["components"]["schemas"]
    wanted = {one.removeprefix("#/components/schemas/") for one in references(spec)}
    assert wanted
    assert wanted <= set(schemas)
    assert (
        schemas["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]["properties"]["labels"]["type"]
        == "object"
    )


def test_version_says_what_answers(cluster: Cluster) -> None:
    assert document(cluster, "/version")["gitVersion"] == "v1.36.0-local"

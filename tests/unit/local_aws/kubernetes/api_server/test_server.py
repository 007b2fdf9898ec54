from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from starlette.testclient import TestClient

from local_aws.kubernetes.api_server.authentication import Authenticator
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.api_server.server import Server
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import config_map, deployment

MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


@pytest.fixture
def http(cluster: Cluster) -> Iterator[TestClient]:
    """Return a client with the administrator's token."""
    server = Server(cluster, Authenticator(admin_token="admin", webhook="http://webhook"))  # noqa: S106 - a test's
    with TestClient(server.app, headers={"Authorization": "Bearer admin"}) as client:
        yield client


@pytest.fixture
def reviews(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put a webhook in place that knows the token `joe`; returns the tokens that it is asked."""
    asked: list[str] = []

    def review(request: httpx.Request) -> httpx.Response:
        token = json.loads(request.content)["spec"]["token"]
        asked.append(token)
        if token == "broken":  # noqa: S105 - a test's
            return httpx.Response(500)
        status = {"authenticated": token == "joe", "user": {"username": "joe", "groups": ["team"]}}  # noqa: S105 - a test's
        return httpx.Response(200, json={"status": status})

    class Client(httpx.AsyncClient):
        def __init__(self, **_: object) -> None:
            super().__init__(transport=httpx.MockTransport(review))

    monkeypatch.setattr("local_aws.kubernetes.api_server.authentication.httpx.AsyncClient", Client)
    return asked


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_webhook_knows_a_token_once(http: TestClient, reviews: list[str]) -> None:
    """Its answer serves for a moment; the user's groups count."""
    who = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    for _ in range(2):
        answer = http.post(path, json=who, headers=bearer("joe"))
        assert answer.status_code == 201
        assert answer.json()["status"]["userInfo"] == {
            "username": "joe",
            "groups": ["team", "system:authenticated"],
        }
    assert reviews == ["joe"]


@pytest.mark.usefixtures("reviews")
@pytest.mark.parametrize("token", ["stranger", "broken"])
def test_unknown_token_is_refused(http: TestClient, token: str) -> None:
    answer = http.get("/api/v1/pods", headers=bearer(token))
    assert answer.status_code == 401
    assert answer.json()["reason"] == "Unauthorized"


@pytest.mark.usefixtures("reviews")
def test_known_user_without_a_role_is_forbidden(http: TestClient) -> None:
    answer = http.get(MAPS, headers=bearer("joe"))
    assert answer.status_code == 403
    assert answer.json()["message"] == (
        'configmaps is forbidden: User "joe" cannot list resource "configmaps" in API group ""'
        ' in the namespace "default"'
    )


def test_request_without_a_token_sees_health_only(http: TestClient) -> None:
    del http.headers["Authorization"]
    assert http.get("/readyz").text == "ok"
    answer = http.get("/api/v1/pods")
    assert answer.status_code == 403
    assert 'User "system:anonymous" cannot list resource "pods"' in answer.json()["message"]


def test_only_who_may_impersonates(http: TestClient, reviews: list[str]) -> None:
    assert http.get(MAPS, headers={"Impersonate-User": "joe"}).status_code == 403
    groups = {"Impersonate-User": "joe", "Impersonate-Group": "system:masters"}
    assert http.get(MAPS, headers=groups).status_code == 200
    answer = http.get(MAPS, headers={**bearer("joe"), **groups})
    assert 'User "joe" cannot impersonate resource "users"' in answer.json()["message"]
    assert reviews == ["joe"]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", f"{MAPS}/missing", 404),
        ("DELETE", f"{MAPS}/missing", 404),
        ("GET", "/api/v1/namespaces/default/widgets", 404),
        ("GET", "/api/v1/configmaps/a", 404),
        ("GET", "/api/v1/namespaces/default/nodes", 404),
        ("GET", f"{MAPS}/kube-root-ca.crt/status", 404),
        ("GET", "/nonsense", 404),
        ("GET", f"{MAPS}?fieldSelector=data.a=1", 400),
        ("GET", f"{MAPS}?labelSelector=a%20b%20c", 400),
    ],
)
def test_wrong_path_is_refused(http: TestClient, method: str, path: str, code: int) -> None:
    answer = http.request(method, path)
    assert answer.status_code == code
    body = answer.json()
    assert (body["kind"], body["status"], body["code"]) == ("Status", "Failure", code)


def test_lists_are_selected(http: TestClient) -> None:
    for name, labels in (("a", {"x": "1"}), ("b", {"x": "2"})):
        assert http.post(MAPS, json=config_map(name, labels=labels)).status_code == 201

    def names(query: str) -> list[str]:
        items = http.get(f"{MAPS}?{query}").json()["items"]
        return [one["metadata"]["name"] for one in items]

    assert names("labelSelector=x%3D1") == ["a"]
    assert names("fieldSelector=metadata.name%3Db") == ["b"]
    assert names("fieldSelector=metadata.name!%3Dkube-root-ca.crt") == ["a", "b"]


def test_collection_is_deleted_by_selector(http: TestClient) -> None:
    for name, labels in (("a", {"x": "1"}), ("b", {"x": "2"})):
        http.post(MAPS, json=config_map(name, labels=labels))
    assert http.delete(f"{MAPS}?labelSelector=x%3D1").status_code == 200
    left = [one["metadata"]["name"] for one in http.get(MAPS).json()["items"]]
    assert left == ["b", "kube-root-ca.crt"]


def test_scale_is_a_view_of_a_workload(http: TestClient) -> None:
    http.post(DEPLOYMENTS, json=deployment())
    path = f"{DEPLOYMENTS}/web/scale"
    scale = http.get(path).json()
    assert (scale["kind"], scale["spec"]) == ("Scale", {"replicas": 2})
    assert scale["status"]["selector"] == "app=web"
    changed = http.patch(
        path,
        json={"spec": {"replicas": 5}},
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert changed.json()["spec"] == {"replicas": 5}
    assert http.get(f"{DEPLOYMENTS}/web").json()["spec"]["replicas"] == 5


def test_apply_of_an_unknown_field_is_refused(http: TestClient) -> None:
    answer = http.patch(
        f"{MAPS}/a?fieldManager=test",
        json={**config_map("a"), "dat": {}},
        headers={"Content-Type": "application/apply-patch+yaml"},
    )
    assert ".dat: field not declared in schema" in answer.json()["message"]


def test_patch_of_unknown_type_is_refused(http: TestClient) -> None:
    http.post(MAPS, json=config_map("a"))
    answer = http.patch(f"{MAPS}/a", json={}, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_bug_is_answered_with_a_status(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("spec")

    monkeypatch.setattr(cluster, "create", fail)
    server = Server(cluster, Authenticator(admin_token="admin", webhook=None))  # noqa: S106 - a test's
    with TestClient(server.app, headers=bearer("admin"), raise_server_exceptions=False) as client:
        answer = client.post(MAPS, json=config_map())
    assert answer.status_code == 500
    assert answer.json()["message"] == "Internal error occurred: KeyError('spec')"


def test_warnings_are_headers(http: TestClient) -> None:
    answer = http.post(MAPS, json={**config_map("a"), "dat": {}})
    assert answer.headers["warning"] == '299 - "unknown field \\"dat\\""'


def test_table_and_metadata_are_given_where_asked(http: TestClient) -> None:
    http.post(MAPS, json=config_map("a"))

    def get(path: str, form: str) -> Json:
        accept = f"application/json;as={form};g=meta.k8s.io;v=v1"
        body: Json = http.get(path, headers={"Accept": accept}).json()
        return body

    table = get(MAPS, "Table")
    assert [one["name"] for one in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert table["rows"][0]["cells"][:2] == ["a", 1]
    assert get(f"{MAPS}/a", "Table")["rows"][0]["cells"][0] == "a"
    assert "data" not in get(f"{MAPS}/a", "PartialObjectMetadata")
    assert get(MAPS, "PartialObjectMetadataList")["kind"] == "PartialObjectMetadataList"


def test_eviction_respects_the_budget(http: TestClient, cluster: Cluster) -> None:
    pods = "/api/v1/namespaces/default/pods"
    budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    container = {"name": "a", "image": "a"}
    pod = {"metadata": {"name": "a", "labels": {"x": "y"}}, "spec": {"containers": [container]}}
    http.post(pods, json=pod)
    merge = {"Content-Type": "application/merge-patch+json"}
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    assert http.patch(f"{pods}/a/status", json=ready, headers=merge).status_code == 200
    spec = {"maxUnavailable": 0, "selector": {"matchLabels": {"x": "y"}}}
    assert http.post(budgets, json={"metadata": {"name": "a"}, "spec": spec}).status_code == 201
    refused = http.post(f"{pods}/a/eviction", json={"metadata": {"name": "a"}})
    assert refused.status_code == 429
    assert "Cannot evict pod as it would violate" in refused.json()["message"]
    http.delete(f"{budgets}/a")
    assert http.post(f"{pods}/a/eviction", json={}).status_code == 201
    assert cluster.store.get(("", "pods"), "default", "a") is None

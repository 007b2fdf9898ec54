from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from starlette.testclient import TestClient

from local_aws.kubernetes.api_server.access import Authenticator, User
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.api_server.server import Server
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, config_map, deployment, pod, service

MAPS = "/api/v1/namespaces/default/configmaps"
PODS, SERVICES = "/api/v1/namespaces/default/pods", "/api/v1/namespaces/default/services"
TABLES = yaml.safe_load(Path(__file__).with_name("tables.yaml").read_text("utf-8"))
WRONG = yaml.safe_load(Path(__file__).with_name("wrong_requests.yaml").read_text("utf-8"))


@pytest.fixture
def http(state: Cluster) -> Iterator[TestClient]:
    """Return a client with the administrator's token."""
    server = Server(state, Authenticator("admin", "http://webhook"))
    with TestClient(
        server.app, headers={"Authorization": "Bearer admin"}, raise_server_exceptions=False
    ) as client:
        yield client


def test_webhook_knows_a_token_once(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answer serves for a moment; the user's groups count."""
    asked: list[str] = []

    async def review(_: object, token: str) -> User | None:
        asked.append(token)
        groups = ("team", "system:authenticated")
        return User(name="joe", groups=groups) if token == "joe" else None  # noqa: S105 - a test's

    monkeypatch.setattr(Authenticator, "_review", review)
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team"}
    binding = {"metadata": {"name": "team"}, "roleRef": role, "subjects": [subject]}
    bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings"
    assert http.post(bindings, json=binding).status_code == 201
    calls = {("joe", MAPS): 200, ("joe", "/api/v1/nodes"): 403, ("joe", "/apis"): 200}
    calls |= {("stranger", MAPS): 401}
    for (token, path), code in calls.items():
        assert http.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == code
    assert asked == ["joe", "stranger"]


def test_request_without_a_token_sees_health_only(http: TestClient) -> None:
    del http.headers["Authorization"]
    assert http.get("/readyz").text == "ok"
    message = http.get("/api/v1/pods").json()["message"]
    assert 'User "system:anonymous" cannot list resource "pods"' in message


def test_one_group_version_is_told(http: TestClient) -> None:
    """As a helm that starts many watches at once asks, which otherwise sees no such kind."""
    for path, name in (("/api/v1", "serviceaccounts"), ("/apis/apps/v1", "deployments")):
        told = http.get(path).json()
        assert told["groupVersion"] == path.split("/", 2)[2]
        assert name in [one["name"] for one in told["resources"]]
    assert http.get("/apis/apps/v9").status_code == 404
    assert http.get("/version").json()["gitVersion"] == "v1.36.0-local", "it says what it is"


@pytest.mark.parametrize(("method", "path", "headers", "code"), WRONG)
def test_wrong_request_is_refused(
    http: TestClient, method: str, path: str, headers: dict[str, str], code: int
) -> None:
    http.post(MAPS, json=config_map())
    body = http.request(method, f"/api/v1{path}", headers=headers).json()
    assert (body["kind"], body["status"], body["code"]) == ("Status", "Failure", code)


ODD: list[object] = [None, 1, "text", [], [1], {"a": 1}]


@pytest.mark.parametrize("field", ["metadata", "metadata.labels", "spec", "spec.ports"])
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_odd_object_is_no_bug(http: TestClient, field: str, value: object) -> None:
    """It is taken or refused, however it is sent."""
    odd = changed(service(), field, value)
    assert http.post(SERVICES, json=odd).status_code < 500
    http.post(SERVICES, json=service())
    assert http.put(f"{SERVICES}/web", json=odd).status_code < 500
    for kind in ("apply-patch+yaml", "merge-patch+json", "strategic-merge-patch+json"):
        headers = {"Content-Type": f"application/{kind}"}
        assert http.patch(f"{SERVICES}/web", json=odd, headers=headers).status_code < 500


@pytest.mark.parametrize("body", [b"[1]", b"{", b"a: [", b"text"])
def test_body_that_is_no_object_is_refused(http: TestClient, body: bytes) -> None:
    answer = http.post(MAPS, content=body)
    assert answer.status_code == 400
    assert "the object provided is unrecognized" in answer.json()["message"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("labelSelector=x%3D1", ["a"]),
        ("labelSelector=x", ["a", "b"]),
        ("labelSelector=y", []),
        ("fieldSelector=metadata.name%3D%3Db,metadata.namespace%3Ddefault", ["b"]),
        ("", ["a", "b"]),
    ],
)
def test_lists_are_selected(http: TestClient, query: str, names: list[str]) -> None:
    for name, labels in (("a", {"x": "1"}), ("b", {"x": "2"})):
        assert http.post(MAPS, json=config_map(name, labels=labels)).status_code == 201
    listed = http.get(f"{MAPS}?{query}").json()
    assert listed["kind"] == "ConfigMapList"
    assert [one["metadata"]["name"] for one in listed["items"]] == names


def test_dry_run_leaves_no_trace(http: TestClient, state: Cluster) -> None:
    revision = state.store.revision
    assert http.post(f"{MAPS}?dryRun=All", json=config_map()).json()["metadata"]["uid"]
    assert http.get(f"{MAPS}/settings").status_code == 404
    assert state.store.revision == revision


def test_bug_is_answered_with_a_status(
    state: Cluster, http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("spec")

    monkeypatch.setattr(state, "create", fail)
    answer = http.post(MAPS, json=config_map())
    assert answer.status_code == 500
    assert answer.json()["message"] == "Internal error occurred: KeyError('spec')"


def test_a_pod_that_asks_for_a_device_tolerates_its_taint(http: TestClient) -> None:
    """As on EKS (ExtendedResourceToleration)."""
    asking = pod("gpu")
    asking["spec"]["containers"][0]["resources"] = {"limits": {"nvidia.com/gpu": "1"}}
    assert http.post(PODS, json=asking).status_code == 201
    added = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    assert added in http.get(f"{PODS}/gpu").json()["spec"]["tolerations"]


def test_scheduler_binds_a_pod(http: TestClient) -> None:
    """The pod gets its node, and that node's zone."""
    zone = {"topology.kubernetes.io/zone": "eu-west-1a"}
    http.post("/api/v1/nodes", json={"metadata": {"name": "n", "labels": {**zone, "x": "y"}}})
    http.post(PODS, json=pod())
    assert http.post(f"{PODS}/web/binding", json={"target": {"name": "n"}}).status_code == 201
    bound = http.get(f"{PODS}/web").json()
    assert (bound["spec"]["nodeName"], bound["metadata"]["labels"]) == ("n", zone)
    (said,) = bound["status"]["conditions"]
    assert (said["type"], said["status"]) == ("PodScheduled", "True")


MADE = {"node": {"metadata": {"name": "web"}}, "pod": pod(), "deployment": deployment()}
MADE |= {"config_map": config_map("web"), "service": service()}
MADE["balanced"] = service(type="LoadBalancer")


@pytest.mark.parametrize(("path", "made", "status", "cells"), TABLES)
def test_tables_show_what_the_report_needs(
    http: TestClient, path: str, made: str, status: Json | None, cells: list[object]
) -> None:
    """The name, and what is told of a kind."""
    assert http.post(path, json=MADE[made]).status_code == 201
    if status is not None:
        merge = {"Content-Type": "application/merge-patch+json"}
        http.patch(f"{path}/web/status", json={"status": status}, headers=merge)
    accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}
    of_one, of_all = (http.get(one, headers=accept).json() for one in (f"{path}/web", path))
    rows = [*of_one["rows"], *(one for one in of_all["rows"] if one["cells"][0] == "web")]
    assert [one["cells"] for one in rows] == [["web", *cells]] * 2
    assert len(of_one["columnDefinitions"]) == len(rows[0]["cells"])

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kube.values import look_up
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.objects import Json
from tests.unit.kube.pod_specs import RESTRICTED
from tests.unit.local_aws.kubernetes.manifests import (
    changed,
    config_map,
    deployment,
    manifest,
    pod,
    service,
)

NAMESPACE = manifest("namespace")
DEFAULTS = yaml.safe_load(Path(__file__).with_name("defaults.yaml").read_text("utf-8"))


def create(state: Cluster, obj: Json, namespace: str = "default") -> Json:
    resource = state.registry.by_kind(obj["apiVersion"], obj["kind"])
    return state.create(resource, namespace if resource.namespaced else "", obj)


def update(state: Cluster, old: Json, new: Json, subresource: str = "") -> Json:
    resource = state.registry.by_kind(old["apiVersion"], old["kind"])
    return state.update(resource, old, new, subresource=subresource)


def delete(state: Cluster, obj: Json) -> None:
    state.delete(state.registry.by_kind(obj["apiVersion"], obj["kind"]), obj)


def found(state: Cluster, obj: Json) -> Json:
    metadata = obj["metadata"]
    key = state.registry.by_kind(obj["apiVersion"], obj["kind"]).key
    return state.store.get(key, metadata.get("namespace", ""), metadata["name"]) or {}


@pytest.mark.parametrize(("kind", "values", "path", "value"), DEFAULTS)
def test_new_object_gets_identity_and_defaults(
    state: Cluster, kind: str, values: Json, path: str, value: object
) -> None:
    made: Json = {"deployment": deployment, "pod": pod, "service": service}
    created = create(state, made[kind](**values) if kind in made else manifest(kind, **values))
    assert created["metadata"]["uid"]
    assert created["metadata"]["creationTimestamp"].endswith("Z")
    assert look_up(created, *path.split(".")) == value


def test_only_probes_that_are_there_get_defaults(state: Cluster) -> None:
    probed = pod()
    probed["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"port": 80}}
    (container,) = create(state, probed)["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"] == {"port": 80, "scheme": "HTTP"}
    assert "livenessProbe" not in container


def test_service_gets_an_address_and_keeps_it(state: Cluster) -> None:
    first, second = create(state, service("a")), create(state, service("b"))
    assert first["spec"]["clusterIP"].startswith("172.20.")
    assert first["spec"]["clusterIP"] != second["spec"]["clusterIP"]
    assert first["spec"]["clusterIPs"] == [first["spec"]["clusterIP"]]
    wanted = changed(service("a"), "spec.ports", [{"port": 81}])
    kept = update(state, first, wanted)
    assert kept["spec"]["clusterIP"] == first["spec"]["clusterIP"]
    with pytest.raises(ApiError, match="may not change once set") as refusal:
        update(state, kept, changed(kept, "spec.clusterIP", "172.20.9.9"))
    assert refusal.value.code == 422


@pytest.mark.parametrize(
    ("obj", "namespace", "code", "words"),
    [
        (config_map("taken"), "default", 409, 'configmaps "taken" already exists'),
        (config_map(), "missing", 404, 'namespaces "missing" not found'),
        (config_map(namespace="other"), "default", 400, "namespace of the data, other, is not"),
        (changed(config_map(), "data", 1), "default", 400, "handled as a ConfigMap: data"),
        (changed(config_map(), "metadata", {}), "default", 422, "metadata.name: Required value"),
        (pod(serviceAccountName="x"), "default", 403, 'serviceaccount "x" not found'),
    ],
)
def test_wrong_object_is_refused(
    state: Cluster, obj: Json, namespace: str, code: int, words: str
) -> None:
    create(state, config_map("taken"))
    with pytest.raises(ApiError) as refusal:
        create(state, obj, namespace)
    assert words in str(refusal.value)
    assert refusal.value.code == code


def test_namespace_says_which_pods_it_takes(state: Cluster) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    create(state, changed(NAMESPACE, "metadata.labels", labels))
    wrong = changed(pod(), "metadata.namespace", "web")
    with pytest.raises(ApiError, match='violates PodSecurity "restricted:latest": allowPriv'):
        create(state, wrong, "web")
    assert create(state, {**wrong, "spec": RESTRICTED}, "web")["metadata"]["uid"]
    assert create(state, deployment(), "web")["metadata"]["uid"]


def test_spec_and_status_are_written_apart(state: Cluster) -> None:
    """A generation counts changes of the spec only; a write that changes nothing is none."""
    first = create(state, changed(deployment(), "status", {"replicas": 9}))
    assert "status" not in first
    assert update(state, first, deployment()) is first
    both = changed(changed(first, "spec.replicas", 3), "status.replicas", 2)
    by_status = update(state, first, both, "status")
    assert (by_status["spec"]["replicas"], by_status["status"]) == (2, {"replicas": 2})
    both = changed(changed(by_status, "spec.replicas", 3), "status.replicas", 5)
    by_spec = update(state, by_status, both)
    assert (by_spec["spec"]["replicas"], by_spec["status"]) == (3, {"replicas": 2})
    generations = [one["metadata"]["generation"] for one in (first, by_status, by_spec)]
    assert generations == [1, 1, 2]


def test_finalizer_holds_an_object(state: Cluster) -> None:
    """It is marked as going away, and gone with its last finalizer."""
    held = create(state, config_map(finalizers=["example.com/hold"]))
    delete(state, held)
    waiting = found(state, held)
    assert waiting["metadata"]["deletionTimestamp"]
    update(state, waiting, changed(waiting, "metadata.finalizers", []))
    assert not found(state, held)


def test_namespace_goes_when_it_is_freed(state: Cluster) -> None:
    """Nothing new comes in until then."""
    created = create(state, NAMESPACE)
    delete(state, created)
    waiting = found(state, created)
    assert waiting["status"]["phase"] == "Terminating"
    with pytest.raises(ApiError, match="because it is being terminated") as refusal:
        create(state, config_map("new"), "web")
    assert (refusal.value.code, refusal.value.reason) == (403, "Forbidden")
    update(state, waiting, changed(waiting, "spec.finalizers", []), "finalize")
    assert not found(state, created)


def test_custom_kind_comes_and_goes_with_its_definition(state: Cluster) -> None:
    definition = create(state, manifest("widgets"))
    conditions = {one["type"]: one["status"] for one in definition["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}}
    assert create(state, {**widget, "spec": {"size": 2}})["spec"] == {"size": 2}
    delete(state, definition)
    assert state.registry.find("example.com/v1", "widgets") is None
    assert state.store.select(("example.com", "widgets")) == []


def test_apply_takes_back_what_its_manager_leaves_out(state: Cluster) -> None:
    """Another manager's fields stay, and so does what was created otherwise."""
    resource = state.registry.by_kind("v1", "ConfigMap")
    create(state, changed(config_map(), "data", {"created": "1"}))

    def apply(manager: str, **data: str) -> Json:
        config = changed(config_map(), "data", data)
        values: Json = state.apply(resource, "default", config, manager=manager)["data"]
        return values

    apply("one", a="1", b="1")
    apply("two", b="1", c="1")
    assert apply("one", d="1") == {"created": "1", "b": "1", "c": "1", "d": "1"}

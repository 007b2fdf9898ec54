from __future__ import annotations

import pytest

from guardrails.kubernetes_objects.names import RULES
from tests.unit.guardrails.kubernetes_objects.objects import (
    Json,
    environment,
    item,
    values,
    workload,
)


@pytest.mark.parametrize(
    ("kind", "version", "name", "right"),
    [
        ("ConfigMap", "v1", "kube-root-ca.crt", True),
        ("ConfigMap", "v1", "Settings", False),
        ("ConfigMap", "v1", "a" * 253, True),
        ("ConfigMap", "v1", "a" * 254, False),
        ("Service", "v1", "web", True),
        ("Service", "v1", "web.front", False),
        ("Service", "v1", "2nd", False),
        ("Namespace", "v1", "2nd", True),
        ("Namespace", "v1", "team.a", False),
        ("Namespace", "v1", "a" * 64, False),
        ("ClusterRole", "rbac.authorization.k8s.io/v1", "team:developers", True),
        ("ClusterRole", "rbac.authorization.k8s.io/v1", "team/developers", False),
        ("ClusterRole", "rbac.authorization.k8s.io/v1", "..", False),
    ],
)
def test_each_kind_has_its_names(kind: str, version: str, name: str, *, right: bool) -> None:
    """Kubernetes documentation, "Object Names and IDs"."""
    named = {**item(kind, name), "apiVersion": version}
    assert (values(RULES, "KUBE17", environment(named)) == []) is right


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("app.kubernetes.io/name", "web", True),
        ("app", "", True),
        ("app", "Web_1.2-rc", True),
        ("app", "-web", False),
        ("app", "a" * 64, False),
        ("app", 1, False),
        ("app", None, False),
        ("/app", "web", False),
        ("Example.com/app", "web", False),
        ("example.com/a/b", "web", False),
        ("a" * 64, "web", False),
    ],
)
def test_labels_have_their_characters(key: str, value: object, *, right: bool) -> None:
    """Kubernetes documentation, "Labels and Selectors"."""
    labelled = item("ConfigMap")
    labelled["metadata"]["labels"] = {key: value}
    assert (values(RULES, "KUBE17", environment(labelled)) == []) is right


def test_two_containers_have_two_names() -> None:
    """Those that prepare count as well."""
    twins = workload(pod={"initContainers": [{"name": "main"}, {"name": "Main"}]})
    assert values(RULES, "KUBE17", environment(twins)) == [
        "Deployment/web container main",
        "Deployment/web container Main",
    ]


def ingress(path_type: str, *, version: str = "networking.k8s.io/v1") -> Json:
    """Return an Ingress with one path."""
    spec = {"rules": [{"http": {"paths": [{"path": "/", "pathType": path_type}]}}]}
    return {**item("Ingress", spec=spec), "apiVersion": version}


def test_a_path_type_has_capitals() -> None:
    """`prefix` passes the JSON schema, and nothing else."""
    assert values(RULES, "KUBE18", environment(ingress("Prefix"))) == []
    assert values(RULES, "KUBE18", environment(ingress("value"))) == []
    assert values(RULES, "KUBE18", environment(ingress("prefix"))) == [
        "Ingress/web pathType prefix"
    ]


def test_a_custom_kind_has_words_of_its_own() -> None:
    """The same field may take others there."""
    assert values(RULES, "KUBE18", environment(ingress("regex", version="example.com/v1"))) == []


def test_a_volume_may_come_from_a_claim_of_a_stateful_set() -> None:
    """It has the claim's name."""
    mounted = {"volumeMounts": [{"name": "data"}]}
    claims = [{"metadata": {"name": "data"}}]
    stateful = workload("StatefulSet", container=mounted, volumeClaimTemplates=claims)
    assert values(RULES, "KUBE19", environment(stateful)) == []
    assert values(RULES, "KUBE19", environment(workload(container=mounted))) == [
        "Deployment/web volumeMount data"
    ]

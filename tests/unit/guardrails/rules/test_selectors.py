from __future__ import annotations

import pytest

from assembly.kinds import CHART
from tests.unit.guardrails.rules.objects import (
    LABELS,
    Json,
    environment,
    item,
    values,
    workload,
)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({}, id="without a selector"),
        pytest.param({"type": "ExternalName", "selector": {"app": "api"}}, id="a name elsewhere"),
        pytest.param({"selector": LABELS}, id="of the pods"),
    ],
)
def test_a_service_that_leads_somewhere_is_right(spec: Json) -> None:
    """Who writes endpoints by hand needs no selector."""
    assert values("KUBE2", environment(workload(), item("Service", spec=spec))) == []


def test_a_service_selects_in_its_own_namespace() -> None:
    """The same labels elsewhere don't count."""
    elsewhere = item("Service", namespace="other", spec={"selector": LABELS})
    assert values("KUBE2", environment(workload(), elsewhere)) == ["Service/web selector"]


def test_a_service_may_send_to_a_bare_pod() -> None:
    """Pods come from Deployments and also by themselves."""
    pod = {**item("Pod", spec={"containers": []})}
    pod["metadata"]["labels"] = LABELS
    service = item("Service", spec={"selector": LABELS})
    assert values("KUBE2", environment(pod, service)) == []


def test_a_port_by_number_needs_no_name() -> None:
    """A container need not list its ports."""
    service = item(
        "Service", spec={"selector": LABELS, "ports": [{"port": 80, "targetPort": 8080}]}
    )
    assert values("KUBE3", environment(workload(), service)) == []


@pytest.mark.parametrize(
    ("service", "found"),
    [
        pytest.param({"selector": {"app": "${Name}"}}, [], id="a label that is filled in"),
        pytest.param(
            {"selector": {"tier": "${Name}"}}, ["Service/web selector"], id="no such label"
        ),
        pytest.param({"selector": {"k8s-app": "kube-dns"}}, [], id="an add-on's pods"),
        pytest.param(
            {"selector": {"app.kubernetes.io/name": "aws-node", "app": "web"}},
            ["Service/web selector"],
            id="not quite an add-on's",
        ),
    ],
)
def test_pods_may_be_those_of_somebody_else(service: Json, found: list[str]) -> None:
    """Add-ons have labels that are known; a label that isn't known may be the right one."""
    assert values("KUBE2", environment(workload(), item("Service", spec=service))) == found


@pytest.mark.parametrize(
    ("chart", "silent"),
    [
        ({"Namespace": "shop"}, True),
        ({"Namespace": {"Ref": "Namespace"}}, True),
        ({"Namespace": "other"}, False),
        ({"Namespace": "shop", "ClusterName": "other"}, False),
    ],
)
def test_a_chart_may_make_the_pods(chart: Json, *, silent: bool) -> None:
    """Its objects are not in the templates."""
    service = item("Service", spec={"selector": {"app": "api"}})
    release = {"Type": CHART, "Properties": {"ClusterName": "test", **chart}}
    found = values("KUBE2", environment(workload(), service, Chart=release))
    assert found == ([] if silent else ["Service/web selector"])


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "CronJob", "ReplicationController"])
def test_every_kind_that_makes_pods_counts(kind: str) -> None:
    """Also one whose pods come and go."""
    pods: Json = {"metadata": {"labels": LABELS}, "spec": {"containers": []}}
    made = {
        "Pod": {**item("Pod"), "spec": pods["spec"]},
        "CronJob": item("CronJob", spec={"jobTemplate": {"spec": {"template": pods}}}),
    }.get(kind, item(kind, spec={"template": pods}))
    made["metadata"]["labels"] = LABELS
    service = item("Service", spec={"selector": LABELS})
    assert values("KUBE2", environment(made, service)) == []


def test_the_items_of_a_list_are_looked_at() -> None:
    """Kubectl applies them one by one."""
    service = item("Service", spec={"selector": {"app": "api"}})
    together = {"apiVersion": "v1", "kind": "List", "items": [workload(), service]}
    assert values("KUBE2", environment(together)) == ["Service/web selector"]


def test_pods_may_be_in_a_namespace_that_is_filled_in() -> None:
    """Where the Service is, or elsewhere: nothing is said, neither of their ports."""
    spec = {"selector": LABELS, "ports": [{"port": 80, "targetPort": "http"}]}
    there = environment(workload(namespace="${Namespace}"), item("Service", spec=spec))
    assert values("KUBE2", there) == []
    assert values("KUBE3", there) == []

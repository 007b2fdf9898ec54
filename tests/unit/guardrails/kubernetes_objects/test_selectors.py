from __future__ import annotations

import pytest

from guardrails.kubernetes_objects.selectors import RULES, selects
from tests.unit.guardrails.kubernetes_objects.objects import (
    LABELS,
    Json,
    environment,
    item,
    values,
    workload,
)


def expression(operator: str, *of: str) -> Json:
    """Return a selector of one expression about `app`."""
    return {"matchExpressions": [{"key": "app", "operator": operator, "values": list(of)}]}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ({}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": "front"}}, False),
        (expression("In", "api", "web"), True),
        (expression("In", "api"), False),
        (expression("NotIn", "api"), True),
        (expression("NotIn", "web"), False),
        (expression("Exists"), True),
        (expression("DoesNotExist"), False),
        (expression("Gt", "1"), False),
        ({"matchLabels": {"app": "web"}, **expression("NotIn", "web")}, False),
    ],
)
def test_a_selector_matches_as_in_kubernetes(selector: Json, *, matches: bool) -> None:
    """All of its parts must hold."""
    assert selects(selector, LABELS) is matches


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
    assert values(RULES, "KUBE2", environment(workload(), item("Service", spec=spec))) == []


def test_a_service_selects_in_its_own_namespace() -> None:
    """The same labels elsewhere don't count."""
    elsewhere = item("Service", namespace="other", spec={"selector": LABELS})
    assert values(RULES, "KUBE2", environment(workload(), elsewhere)) == ["Service/web selector"]


def test_a_service_may_send_to_a_bare_pod() -> None:
    """Pods come from Deployments and also by themselves."""
    pod = {**item("Pod", spec={"containers": []})}
    pod["metadata"]["labels"] = LABELS
    service = item("Service", spec={"selector": LABELS})
    assert values(RULES, "KUBE2", environment(pod, service)) == []


def test_a_port_by_number_needs_no_name() -> None:
    """A container need not list its ports."""
    service = item(
        "Service", spec={"selector": LABELS, "ports": [{"port": 80, "targetPort": 8080}]}
    )
    assert values(RULES, "KUBE3", environment(workload(), service)) == []


def test_a_workload_without_a_selector_is_refused() -> None:
    """The API server demands one."""
    assert values(RULES, "KUBE1", environment(workload(selector={}))) == ["Deployment/web selector"]

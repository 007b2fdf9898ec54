from __future__ import annotations

import pytest

from guardrails.kubernetes_objects.ports import RULES
from tests.unit.guardrails.kubernetes_objects.objects import (
    Json,
    environment,
    item,
    values,
    workload,
)


def of_container(*ports: Json) -> list[str]:
    """Return what is wrong with the ports of a container."""
    found = values(RULES, "KUBE16", environment(workload(container={"ports": list(ports)})))
    return [value.removeprefix("Deployment/web main ") for value in found]


def of_service(*ports: Json) -> list[str]:
    """Return what is wrong with the ports of a Service."""
    found = values(RULES, "KUBE16", environment(item("Service", spec={"ports": list(ports)})))
    return [value.removeprefix("Service/web ") for value in found]


@pytest.mark.parametrize("name", ["http", "grpc-web", "a", "h2", "9p", "value", "fifteen-letters"])
def test_a_name_that_kubernetes_takes_is_right(name: str) -> None:
    """Up to 15 letters, digits and hyphens, a letter among them."""
    assert of_container({"containerPort": 80, "name": name}) == []


@pytest.mark.parametrize(
    "name", ["HTTP", "8080", "-http", "http-", "grpc--web", "sixteen-letters1", "a_b"]
)
def test_a_name_that_kubernetes_refuses_is_found(name: str) -> None:
    """IANA_SVC_NAME, as the API server calls it."""
    assert of_container({"containerPort": 80, "name": name}) == [name]


@pytest.mark.parametrize("number", [-1, 65536, "80", None])
def test_a_number_that_is_no_port_is_found(number: object) -> None:
    """1 to 65535; 0 may be filled in at deploy."""
    assert of_container({"containerPort": number}) == [f"containerPort {number}"]
    assert of_service({"port": number}) == [f"port {number}"]


def test_one_port_needs_no_name() -> None:
    """Two do."""
    assert of_service({"port": 80}) == []
    assert of_service({"port": 53, "protocol": "UDP"}, {"port": 53, "name": "tcp"}) == [
        "53 without a name"
    ]


def test_one_number_may_have_two_protocols() -> None:
    """DNS has."""
    assert (
        of_service({"port": 53, "protocol": "UDP", "name": "udp"}, {"port": 53, "name": "tcp"})
        == []
    )

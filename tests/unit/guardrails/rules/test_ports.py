from __future__ import annotations

import pytest

from tests.unit.guardrails.rules.objects import LABELS, Json, environment, item, values, workload

PORTS = [{"name": "http", "containerPort": 8080}]


@pytest.mark.parametrize(
    ("container", "found"),
    [
        pytest.param(
            {"ports": PORTS, "readinessProbe": {"httpGet": {"port": "http"}}}, [], id="name"
        ),
        pytest.param(
            {"ports": PORTS, "readinessProbe": {"tcpSocket": {"port": 8080}}}, [], id="number"
        ),
        pytest.param(
            {"ports": PORTS, "livenessProbe": {"httpGet": {"port": "https"}}},
            ["livenessProbe https"],
            id="another name",
        ),
        pytest.param(
            {
                "ports": PORTS,
                "readinessProbe": {"httpGet": {"port": "http"}},
                "startupProbe": {"grpc": {"port": 9090}},
            },
            ["startupProbe 9090"],
            id="another number than the other probe",
        ),
        pytest.param(
            {
                "ports": PORTS,
                "readinessProbe": {"httpGet": {"port": 10254}},
                "livenessProbe": {"httpGet": {"port": 10254}},
            },
            [],
            id="a number that isn't listed",
        ),
        pytest.param(
            {
                "ports": [{"containerPort": 8080}, {"containerPort": 8443}],
                "livenessProbe": {"httpGet": {"port": 10254}},
            },
            [],
            id="a number beside several ports",
        ),
        pytest.param({"livenessProbe": {"httpGet": {"port": 80}}}, [], id="a number, no ports"),
        pytest.param(
            {"livenessProbe": {"httpGet": {"port": "web"}}},
            ["livenessProbe web"],
            id="name, no ports",
        ),
        pytest.param(
            {"ports": "${Ports}", "livenessProbe": {"httpGet": {"port": "x"}}}, [], id="not known"
        ),
        pytest.param({"ports": 1, "livenessProbe": {"httpGet": "x"}}, [], id="no fields"),
    ],
)
def test_a_probe_asks_a_port_of_its_container(container: Json, found: list[str]) -> None:
    """Its name is the container's, and no other's."""
    there = environment(workload(container=container))
    assert values("KUBE27", there) == [f"Deployment/web main {each}" for each in found]


@pytest.mark.parametrize(
    ("ports", "port", "found"),
    [
        (PORTS, {"port": 80, "targetPort": 8080}, []),
        (PORTS, {"port": 8080}, []),
        (PORTS, {"port": 80, "targetPort": 9090}, []),
        (PORTS, {"port": 80, "targetPort": "https"}, ["https"]),
        (PORTS, {"port": 80, "targetPort": "http", "protocol": "UDP"}, ["http"]),
        (PORTS, {"port": 80, "targetPort": "${Port}"}, []),
        ("${Ports}", {"port": 80, "targetPort": "https"}, []),
    ],
)
def test_a_service_sends_to_a_port_of_its_pods(ports: object, port: Json, found: list[str]) -> None:
    """By name and protocol; a number needs no entry in the list."""
    service = item("Service", spec={"selector": LABELS, "ports": [port]})
    there = environment(workload(container={"ports": ports}), service)
    assert values("KUBE3", there) == [f"Service/web {each}" for each in found]

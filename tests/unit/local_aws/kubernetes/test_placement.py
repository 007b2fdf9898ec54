from __future__ import annotations

import pytest

from kube.values import Json
from local_aws.kubernetes.placement import choose, lacks
from tests.unit.kube.pod_specs import node, pod

TAINT = {"key": "team", "value": "data", "effect": "NoSchedule"}


def asking(node_name: str = "", /, **requests: object) -> Json:
    containers = [{"name": "a", "resources": {"requests": requests}}]
    return pod(containers=containers, nodeName=node_name)


def test_pod_goes_where_there_is_room() -> None:
    found, _ = choose(asking(cpu="1"), [node("a"), node("b")], [asking("a", cpu="1500m")])
    assert found is not None
    assert found["metadata"]["name"] == "b"


def test_reasons_are_counted_as_by_the_scheduler() -> None:
    nodes = [
        node("a", labels={"disk": "hdd"}),
        node("b", labels={"disk": "hdd"}),
        node("c", labels={"disk": "ssd"}, taints=[TAINT]),
        node("d", labels={"disk": "ssd"}, room={"cpu": "1"}),
        node("e", labels={"disk": "ssd"}, spec={"unschedulable": True}),
        node("f", labels={"disk": "ssd"}, room={"pods": "0"}),
        node("g", ready="False"),
    ]
    wanted = asking(cpu="1500m")
    wanted["spec"]["nodeSelector"] = {"disk": "ssd"}
    found, why = choose(wanted, nodes, [])
    assert found is None
    assert why == (
        "0/7 nodes are available: 1 Insufficient cpu, 1 Too many pods,"
        " 1 node(s) had untolerated taint(s), 1 node(s) were not ready, 1 node(s) were unschedulable,"
        " 2 node(s) didn't match Pod's node affinity/selector."
    )
    assert choose(wanted, [], []) == (None, "no nodes available to schedule pods")


def test_pods_spread_over_zones_then_nodes() -> None:
    nodes = [node("a1", "a"), node("a2", "a"), node("b1", "b"), node("b2", "b")]
    placed: list[Json] = []
    for _ in range(4):
        found, _why = choose(pod(labels={"app": "web"}), nodes, placed)
        assert found is not None
        placed.append(pod(labels={"app": "web"}, nodeName=found["metadata"]["name"]))
    names = [each["spec"]["nodeName"] for each in placed]
    assert {name[0] for name in names[:2]} == {"a", "b"}
    assert sorted(names) == ["a1", "a2", "b1", "b2"]


@pytest.mark.parametrize(
    ("requests", "lacking"),
    [
        ({"cpu": "2", "memory": "8Gi"}, []),
        ({"cpu": "2100m"}, ["Insufficient cpu"]),
        ({"cpu": "3", "memory": "9Gi"}, ["Insufficient cpu", "Insufficient memory"]),
        ({"nvidia.com/gpu": 1}, ["Insufficient nvidia.com/gpu"]),
        ({"nvidia.com/gpu": 0}, []),
    ],
)
def test_node_lacks_room(requests: dict[str, object], lacking: list[str]) -> None:
    assert lacks(node("n"), asking(**requests), []) == lacking


def test_pods_on_a_node_take_room() -> None:
    others = [asking(cpu="1"), asking(cpu="1"), asking()]
    found = lacks(node("n"), asking(cpu="1"), others)
    assert found == ["Too many pods", "Insufficient cpu"]
    assert lacks(node("n"), asking(cpu="0"), [asking(cpu="3")]) == []

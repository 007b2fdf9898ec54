from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from kube.values import Json, Unknown
from local_aws.kubernetes.placement import Placement, lacks
from tests.unit.kube.pod_specs import node, pod
from tests.unit.kube.test_any_shape import EXTRA, TAINTED, odd_objects

ZONE = "topology.kubernetes.io/zone"
HOLE = Unknown("${Value}")
TAINT = {"key": "team", "value": "data", "effect": "NoSchedule"}


def on(node_name: str, **labels: str) -> Json:
    return pod(labels=labels, nodeName=node_name)


def small_pod(cpu: str, **labels: str) -> Json:
    resources = {"requests": {"cpu": cpu}}
    container = {"name": "a", "image": "a", "resources": resources}
    return pod(labels=labels, containers=[container])


def test_pod_goes_where_there_is_room() -> None:
    busy = {**small_pod("1500m"), "spec": {**small_pod("1500m")["spec"], "nodeName": "a"}}
    found, _ = Placement([node("a"), node("b")], [busy]).choose(small_pod("1"))
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
    ]
    wanted = small_pod("1500m")
    wanted["spec"]["nodeSelector"] = {"disk": "ssd"}
    found, why = Placement(nodes, []).choose(wanted)
    assert found is None
    assert why == (
        "0/6 nodes are available: 1 Insufficient cpu, 1 Too many pods,"
        " 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable,"
        " 2 node(s) didn't match Pod's node affinity/selector."
    )
    assert Placement([], []).choose(wanted) == (None, "no nodes available to schedule pods")


def spread(when: str, key: str = ZONE, **values: object) -> Json:
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": when,
        "labelSelector": {"matchLabels": {"app": "web"}},
        **values,
    }


def web_pod(*constraints: Json, **labels: str) -> Json:
    return pod(labels={"app": "web", **labels}, topologySpreadConstraints=list(constraints))


def test_pods_spread_over_zones_then_nodes_by_default() -> None:
    nodes = [node("a1", "a"), node("a2", "a"), node("b1", "b"), node("b2", "b")]
    around = Placement(nodes, [])
    names = []
    for _ in range(4):
        found, _why = around.choose(web_pod())
        assert found is not None
        names.append(found["metadata"]["name"])
        around.add(on(names[-1], app="web"))
    assert {name[0] for name in names[:2]} == {"a", "b"}
    assert sorted(names) == ["a1", "a2", "b1", "b2"]


def test_required_spread_is_held() -> None:
    """Zone b has no room, so a second pod in zone a would make them uneven."""
    nodes = [node("a", "a"), node("b", "b", room={"pods": "0"})]
    around = Placement(nodes, [on("a", app="web")])
    found, why = around.choose(web_pod(spread("DoNotSchedule")))
    assert found is None
    assert "1 node(s) didn't match pod topology spread constraints" in why
    found, _ = around.choose(web_pod(spread("ScheduleAnyway")))
    assert found is not None


def test_tainted_nodes_count_as_places_unless_taints_are_honored() -> None:
    nodes = [node("a", "a"), node("b", "b", taints=[TAINT])]
    around = Placement(nodes, [on("a", app="web")])
    assert around.choose(web_pod(spread("DoNotSchedule")))[0] is None
    honored = spread("DoNotSchedule", nodeTaintsPolicy="Honor")
    assert around.choose(web_pod(honored))[0] is not None


def test_only_pods_of_the_same_revision_count_if_asked() -> None:
    nodes = [node("a", "a"), node("b", "b", room={"pods": "0"})]
    around = Placement(nodes, [on("a", app="web", **{"pod-template-hash": "1"})])
    new = {"pod-template-hash": "2"}
    assert around.choose(web_pod(spread("DoNotSchedule"), **new))[0] is None
    by_revision = spread("DoNotSchedule", matchLabelKeys=["pod-template-hash"])
    assert around.choose(web_pod(by_revision, **new))[0] is not None


def test_node_that_is_not_ready_or_outside_the_domains_takes_nothing() -> None:
    """A node without a zone is in none, so a spread over zones doesn't use it."""
    _, why = Placement([node("a", ready="False")], []).choose(web_pod())
    assert why == "0/1 nodes are available: 1 node(s) were not ready."
    nowhere = node("b")
    del nowhere["metadata"]["labels"][ZONE]
    around = Placement([node("a", room={"pods": "0"}), nowhere], [])
    _, why = around.choose(web_pod(spread("DoNotSchedule")))
    assert "1 node(s) didn't match pod topology spread constraints" in why


def test_zone_that_the_pod_can_not_reach_counts_not() -> None:
    nodes = [node("a", "a", labels={"disk": "ssd"}), node("b", "b")]
    wanted = web_pod(spread("DoNotSchedule"))
    wanted["spec"]["nodeSelector"] = {"disk": "ssd"}
    found, _ = Placement(nodes, [on("a", app="web")]).choose(wanted)
    assert found is not None


def asking(**requests: object) -> dict[str, Any]:
    return pod(containers=[{"name": "a", "resources": {"requests": requests}}])


@pytest.mark.parametrize(
    ("requests", "lacking"),
    [
        ({"cpu": "2", "memory": "8Gi"}, []),
        ({"cpu": "2100m"}, ["Insufficient cpu"]),
        ({"cpu": "3", "memory": "9Gi"}, ["Insufficient cpu", "Insufficient memory"]),
        ({"nvidia.com/gpu": 1}, ["Insufficient nvidia.com/gpu"]),
        ({"nvidia.com/gpu": 0}, []),
        ({"cpu": HOLE}, []),
    ],
)
def test_node_lacks_room(requests: dict[str, object], lacking: list[str]) -> None:
    assert lacks(node("n"), asking(**requests), []) == lacking


def test_pods_on_a_node_take_room() -> None:
    others = [asking(cpu="1"), asking(cpu="1"), asking()]
    found = lacks(node("n"), asking(cpu="1"), others)
    assert found == ["Too many pods", "Insufficient cpu"]
    assert lacks(node("n", room={"cpu": HOLE}), asking(cpu="64"), []) == []
    crowd = [asking(cpu="3")]
    assert lacks(node("n"), asking(cpu="0"), crowd) == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd_objects())
def test_nothing_raises(drawn: tuple[Any, Any]) -> None:
    _, odd = drawn
    lacks(odd, odd, [odd])
    if isinstance(odd, dict):
        Placement([odd, TAINTED], [odd, EXTRA]).choose(odd)

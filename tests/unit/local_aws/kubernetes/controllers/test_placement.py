from __future__ import annotations

from typing import Any

import pytest

from local_aws.kubernetes import objects
from local_aws.kubernetes.controllers import placement
from local_aws.kubernetes.controllers.placement import Placement
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import pod

ZONE = "topology.kubernetes.io/zone"


def node(name: str, zone: str = "a", **values: Any) -> Json:  # noqa: ANN401 - a node's fields are of all kinds
    return {
        "metadata": {
            "name": name,
            "labels": {ZONE: zone, "kubernetes.io/hostname": name, **values.get("labels", {})},
        },
        "spec": {"taints": values.get("taints", []), **values.get("spec", {})},
        "status": {
            "allocatable": {"cpu": "2", "memory": "8Gi", "pods": "3", **values.get("room", {})},
            "conditions": [{"type": "Ready", "status": values.get("ready", "True")}],
        },
    }


def on(node_name: str, **labels: str) -> Json:
    return pod(labels=labels, nodeName=node_name)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, True),
        ({"nodeSelector": {"disk": "ssd"}}, True),
        ({"nodeSelector": {"disk": "hdd"}}, False),
        ({"affinity": {"nodeAffinity": {}}}, True),
    ],
)
def test_selector_takes_a_node(spec: Json, *, expected: bool) -> None:
    assert placement.is_selected(node("n", labels={"disk": "ssd"}), spec) is expected


@pytest.mark.parametrize(
    ("key", "operator", "values", "expected"),
    [
        ("disk", "In", ["ssd"], True),
        ("disk", "In", ["hdd"], False),
        ("disk", "NotIn", ["ssd"], False),
        ("disk", "Exists", [], True),
        ("gpu", "DoesNotExist", [], True),
        ("cores", "Gt", ["3"], True),
        ("cores", "Lt", ["3"], False),
        ("disk", "Gt", ["3"], False),
    ],
)
def test_required_affinity_takes_a_node(
    key: str, operator: str, values: list[str], *, expected: bool
) -> None:
    """Terms are alternatives; the second one here matches nothing."""
    term = {"matchExpressions": [{"key": key, "operator": operator, "values": values}]}
    name = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["other"]}]}
    required = {"nodeSelectorTerms": [term, name]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    found = placement.is_selected(
        node("n", labels={"disk": "ssd", "cores": "4"}), {"affinity": affinity}
    )
    assert found is expected


TAINT = {"key": "team", "value": "data", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        (None, False),
        ({"key": "team", "value": "data", "effect": "NoSchedule"}, True),
        ({"key": "team", "value": "data"}, True),
        ({"key": "team", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "team", "value": "web"}, False),
        ({"key": "other", "operator": "Exists"}, False),
        ({"key": "team", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_taint_is_tolerated(toleration: Json | None, *, expected: bool) -> None:
    spec = {"tolerations": [toleration] if toleration else []}
    assert placement.tolerates(spec, node("n", taints=[TAINT])) is expected


def test_mild_taint_keeps_nobody_out() -> None:
    assert placement.tolerates({}, node("n", taints=[{**TAINT, "effect": "PreferNoSchedule"}]))


def small_pod(cpu: str, **labels: str) -> Json:
    resources = {"requests": {"cpu": cpu}}
    container = {"name": "a", "image": "a", "resources": resources}
    return pod(labels=labels, containers=[container])


def test_pod_goes_where_there_is_room() -> None:
    busy = {**small_pod("1500m"), "spec": {**small_pod("1500m")["spec"], "nodeName": "a"}}
    found, _ = Placement([node("a"), node("b")], [busy]).choose(small_pod("1"))
    assert found is not None
    assert objects.name(found) == "b"


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
        names.append(objects.name(found))
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

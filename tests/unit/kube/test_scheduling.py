from __future__ import annotations

from typing import Any

import pytest

from kube import scheduling
from kube.values import Unknown
from tests.unit.kube.pod_specs import node, pod

HOLE = Unknown("${Value}")
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, True),
        ({"nodeSelector": {"disk": "ssd"}}, True),
        ({"nodeSelector": {"disk": "hdd"}}, False),
        ({"nodeSelector": {}}, True),
        ({"nodeSelector": HOLE}, True),
        ({"nodeSelector": {"disk": HOLE}}, True),
        ({"affinity": {"nodeAffinity": {}}}, True),
        ({"affinity": HOLE}, True),
        ({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}}}, False),
        ({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{}]}}}}, False),
        ({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [HOLE]}}}}, True),
    ],
)
def test_selector_takes_a_node(spec: dict[str, Any], *, expected: bool) -> None:
    assert scheduling.is_selected(node("n", labels={"disk": "ssd"}), spec) is expected


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
    affinity = {"nodeAffinity": {REQUIRED: required}}
    found = scheduling.is_selected(
        node("n", labels={"disk": "ssd", "cores": "4"}), {"affinity": affinity}
    )
    assert found is expected


@pytest.mark.parametrize(("name", "expected"), [("n", True), ("other", False)])
def test_a_term_may_name_a_node(name: str, *, expected: bool) -> None:
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name]}]}
    affinity = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [term]}}}
    assert scheduling.is_selected(node("n", labels={}), {"affinity": affinity}) is expected


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
        ({"operator": "Equal"}, False),
        ({}, False),
        (HOLE, True),
        ({"key": HOLE, "operator": "Exists"}, True),
        ({"key": "team", "value": HOLE}, True),
    ],
)
def test_taint_is_tolerated(toleration: dict[str, Any] | None, *, expected: bool) -> None:
    spec = {"tolerations": [toleration] if toleration else []}
    assert scheduling.tolerates(spec, node("n", taints=[TAINT])) is expected


def test_mild_taint_keeps_nobody_out() -> None:
    assert scheduling.tolerates({}, node("n", taints=[{**TAINT, "effect": "PreferNoSchedule"}]))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists"}]}, True),
        ({"nodeSelector": {"disk": "hdd"}, "tolerations": [{"operator": "Exists"}]}, False),
        ({"nodeSelector": {"disk": "ssd"}}, False),
        ({"tolerations": HOLE}, True),
    ],
)
def test_labels_and_taints_let_a_pod_in(spec: dict[str, Any], *, expected: bool) -> None:
    tainted = node("n", labels={"disk": "ssd"}, taints=[TAINT])
    assert scheduling.takes(tainted, pod(**spec)) is expected


def test_node_whose_labels_are_unknown_may_be_selected() -> None:
    unlabelled = {**node("n"), "metadata": {"name": "n", "labels": HOLE}}
    assert scheduling.is_selected(unlabelled, {"nodeSelector": {"disk": "ssd"}})


GPU = "nvidia.com/gpu"


@pytest.mark.parametrize(
    ("asks", "taint", "expected"),
    [
        ({"limits": {GPU: 1}}, {"key": GPU, "value": "true"}, True),
        ({"requests": {GPU: 1}}, {"key": GPU}, True),
        ({"requests": {GPU: 1}}, {"key": GPU, "effect": "NoExecute"}, False),
        ({"requests": {GPU: 1}}, {"key": "team"}, False),
        ({"requests": {"cpu": 1}}, {"key": "cpu"}, False),
        ({"requests": {"x.kubernetes.io/y": 1}}, {"key": "x.kubernetes.io/y"}, False),
        ({}, {"key": GPU}, False),
    ],
)
@pytest.mark.parametrize("field", ["containers", "initContainers"])
def test_a_pod_that_asks_for_a_device_tolerates_a_taint_of_its_name(
    field: str, asks: dict[str, Any], taint: dict[str, Any], *, expected: bool
) -> None:
    spec = scheduling.tolerating({field: [{"name": "main", "resources": asks}]})
    tainted = node("n", taints=[{"effect": "NoSchedule", **taint}])
    assert scheduling.tolerates(spec, tainted) is expected


def test_tolerations_that_are_unknown_stay_so() -> None:
    spec = {"containers": [{"resources": {"limits": {GPU: 1}}}], "tolerations": HOLE}
    assert scheduling.tolerating(spec) == spec

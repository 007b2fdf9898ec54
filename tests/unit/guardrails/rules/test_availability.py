from __future__ import annotations

import pytest

from guardrails.rules.availability import allowed_disruptions
from kube.values import Unknown
from tests.unit.guardrails.rules.objects import (
    FARGATE,
    LABELS,
    Json,
    environment,
    item,
    values,
    workload,
)


def budget(**limit: object) -> Json:
    """Return a disruption budget for the workload."""
    spec = {"selector": {"matchLabels": LABELS}, **limit}
    return item("PodDisruptionBudget", spec=spec)


def scaler(**spec: object) -> Json:
    """Return an autoscaler of the workload."""
    reference = {"kind": "Deployment", "name": "web"}
    return item("HorizontalPodAutoscaler", spec={"scaleTargetRef": reference, **spec})


@pytest.mark.parametrize(
    ("spec", "replicas", "allowed"),
    [
        ({"maxUnavailable": 1}, 1, 1),
        ({"maxUnavailable": 0}, 3, 0),
        ({"maxUnavailable": 5}, 3, 3),
        ({"maxUnavailable": "1%"}, 3, 1),
        ({"maxUnavailable": "0%"}, 3, 0),
        ({"minAvailable": 1}, 2, 1),
        ({"minAvailable": 2}, 2, 0),
        ({"minAvailable": "50%"}, 2, 1),
        ({"minAvailable": "50%"}, 3, 1),
        ({"minAvailable": "67%"}, 3, 0),
        ({"minAvailable": "100%"}, 9, 0),
        ({}, 3, 0),
        ({"maxUnavailable": Unknown("${Most}")}, 3, None),
        ({"minAvailable": Unknown("${Least}")}, 3, None),
    ],
)
def test_a_budget_lets_so_many_pods_go(
    spec: dict[str, object], replicas: int, allowed: int | None
) -> None:
    """Percentages are rounded up on both sides, as Kubernetes does it."""
    assert allowed_disruptions(spec, replicas=replicas) == allowed


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        pytest.param([workload()], ["Deployment/web 1 replica"], id="Kubernetes' default"),
        pytest.param([workload(replicas=2)], [], id="two"),
        pytest.param([workload(replicas=0)], [], id="switched off"),
        pytest.param([workload(replicas="${Count}")], [], id="filled in at deploy"),
        pytest.param(
            [workload(replicas=1), scaler(minReplicas="${Count}")], [], id="by an autoscaler"
        ),
        pytest.param([workload("DaemonSet")], [], id="a pod on each node"),
        pytest.param([workload(), scaler(minReplicas=2)], [], id="an autoscaler keeps two"),
        pytest.param(
            [workload(replicas=3), scaler()],
            ["Deployment/web 1 replica"],
            id="an autoscaler may go down to one",
        ),
    ],
)
def test_a_server_has_two_replicas(objects: list[Json], found: list[str]) -> None:
    """What counts is how many there are at least."""
    assert values("KUBE4", environment(*objects)) == found


def anti_affinity(kind: str, term: Json) -> Json:
    """Return the fields of a pod that keeps away from others."""
    return {"affinity": {"podAntiAffinity": {kind: [term]}}}


OWN = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": LABELS}}
OTHERS = {**OWN, "labelSelector": {"matchLabels": {"app": "api"}}}


@pytest.mark.parametrize(
    ("pod", "apart"),
    [
        ({"topologySpreadConstraints": [OWN]}, True),
        ({"topologySpreadConstraints": [OTHERS]}, False),
        (anti_affinity("requiredDuringSchedulingIgnoredDuringExecution", OWN), True),
        (
            anti_affinity(
                "preferredDuringSchedulingIgnoredDuringExecution",
                {"weight": 1, "podAffinityTerm": OWN},
            ),
            True,
        ),
        ({}, False),
    ],
)
def test_pods_are_kept_apart_from_their_own_kind(pod: Json, *, apart: bool) -> None:
    """A constraint about other pods keeps nothing apart."""
    found = values("KUBE5", environment(workload(pod=pod)))
    assert found == ([] if apart else ["Deployment/web spread"])


def test_pods_on_fargate_need_no_spread() -> None:
    """Each has a machine of its own."""
    on_fargate = environment(workload(namespace="run-here"), Profile=FARGATE)
    assert values("KUBE5", on_fargate) == []


def test_a_budget_of_another_namespace_protects_nothing() -> None:
    """Labels alone do not make a match."""
    elsewhere = {**budget(maxUnavailable=1), "metadata": {"name": "web", "namespace": "other"}}
    assert values("KUBE6", environment(workload(), elsewhere)) == ["Deployment/web budget"]


def test_a_budget_counts_all_workloads_that_it_covers() -> None:
    """Two of one replica each may lose one of the two."""
    other = {**workload(replicas=1), "metadata": {"name": "api", "namespace": "shop"}}
    objects = (workload(replicas=1), other, budget(minAvailable=1))
    assert values("KUBE7", environment(*objects)) == []


def test_a_number_that_is_filled_in_is_not_judged() -> None:
    """Nor is whether a budget covers pods whose labels are."""
    objects = (workload(replicas="${Count}"), budget(minAvailable=1))
    assert values("KUBE7", environment(*objects)) == []

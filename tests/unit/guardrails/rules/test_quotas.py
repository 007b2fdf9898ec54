from __future__ import annotations

import pytest

from guardrails.rules.quotas import let_in
from tests.unit.guardrails.rules.objects import Json, environment, item, values, workload


def web(
    replicas: object = 2, limits: Json | None = None, gone: object = 1, **requests: str
) -> Json:
    """Return pods of one container, of which an update takes some away first."""
    resources = {"requests": requests, "limits": limits or {}}
    strategy = {"rollingUpdate": {"maxUnavailable": gone}}
    return workload(container={"resources": resources}, replicas=replicas, strategy=strategy)


def quota(spec: Json | None = None, **hard: object) -> Json:
    """Return a quota; an underscore stands for a dot."""
    named = {name.replace("_", "."): amount for name, amount in hard.items()}
    return item("ResourceQuota", "quota", spec={"hard": named, **(spec or {})})


def in_range(kind: str, **edges: object) -> Json:
    """Return a LimitRange."""
    return item("LimitRange", "range", spec={"limits": [{"type": kind, **edges}]})


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        pytest.param([web(), quota(pods="2")], [], id="as many"),
        pytest.param(
            [web(gone=0), quota(pods="2")], ["ResourceQuota/quota pods 2"], id="none for an update"
        ),
        pytest.param(
            [web(gone=None), quota(pods="2")], ["ResourceQuota/quota pods 2"], id="by default"
        ),
        pytest.param([web(gone=0), quota(pods="3")], [], id="one for an update"),
        pytest.param([web(), quota(pods="1")], ["ResourceQuota/quota pods 1"], id="too many"),
        pytest.param([web("${Count}"), quota(pods="1")], [], id="an unknown number"),
        pytest.param(
            [web("${Count}"), quota(pods="0")], ["Deployment/web pods 1"], id="none at all"
        ),
        pytest.param([web(), quota(pods="many")], [], id="an amount that is none"),
        pytest.param([web(), quota({"scopes": ["BestEffort"]}, pods="1")], [], id="only some"),
        pytest.param(
            [web(cpu="600m"), quota(requests_cpu="1")],
            ["ResourceQuota/quota requests.cpu 1"],
            id="too much",
        ),
        pytest.param(
            [web(cpu="600m"), quota(cpu="1")], ["ResourceQuota/quota cpu 1"], id="in short"
        ),
        pytest.param([web(cpu="500m"), quota(cpu="1")], [], id="just enough"),
        pytest.param(
            [web(), quota(requests_cpu="1")], ["Deployment/web main requests.cpu"], id="unstated"
        ),
        pytest.param(
            [workload(pod={"initContainers": [{"name": "first"}]}), quota(requests_cpu="1")],
            ["Deployment/web first requests.cpu", "Deployment/web main requests.cpu"],
            id="unstated of an init container",
        ),
        pytest.param(
            [workload(pod={"resources": {"requests": {"cpu": "1"}}}), quota(requests_cpu="9")],
            [],
            id="stated of the whole pod",
        ),
        pytest.param(
            [web(), quota(limits_cpu="1"), item("LimitRange", "l", spec={})], [], id="by a range"
        ),
        pytest.param([web(limits={"cpu": "1"}), quota(requests_cpu="2")], [], id="by its limit"),
        pytest.param(
            [web(cpu="600m"), in_range("Pod", max={"cpu": "500m"})],
            ["Deployment/web pod 0.6 cpu"],
            id="more than all of a pod may",
        ),
        pytest.param([web(cpu="600m"), in_range("Pod", max={"cpu": "1"})], [], id="in its range"),
        pytest.param(
            [web(limits={"cpu": "2"}, cpu="600m"), in_range("Container", max={"cpu": "1"})],
            ["Deployment/web main 2 cpu"],
            id="a limit beyond its range",
        ),
        pytest.param(
            [web(limits={"cpu": "2"}, cpu="600m"), in_range("Container", min={"cpu": "1"})],
            ["Deployment/web main 0.6 cpu"],
            id="a request below its range",
        ),
        pytest.param(
            [web(cpu="600m"), in_range("PersistentVolumeClaim", max={"cpu": "1m"})],
            [],
            id="a range of claims",
        ),
        pytest.param(
            [web(), item("ResourceQuota", "q", namespace="other", spec={"hard": {"pods": "0"}})],
            [],
            id="of another namespace",
        ),
    ],
)
def test_a_quota_lets_in_what_is_declared(objects: list[Json], found: list[str]) -> None:
    """A Deployment stays without pods, and its deploy is green."""
    assert values("KUBE32", environment(*objects)) == found


@pytest.mark.parametrize(
    ("nodes", "most", "found"),
    [(3, "4", ["ResourceQuota/quota pods 4"]), (3, "5", []), (2, "4", [])],
)
def test_a_quota_counts_pods_of_daemon_sets(nodes: int, most: str, found: list[str]) -> None:
    """One on each desired node that lets it in."""
    sizes = {"MinSize": 1, "MaxSize": 9, "DesiredSize": nodes}
    properties = {"ClusterName": "test", "InstanceTypes": ["m7g.large"], "ScalingConfig": sizes}
    group = {"Type": "AWS::EKS::Nodegroup", "Properties": properties}
    objects = [web(), workload("DaemonSet"), quota(pods=most)]
    assert values("KUBE32", environment(*objects, Nodes=group)) == found


@pytest.mark.parametrize(
    ("hard", "expected"),
    [
        ({"requests.cpu": "2500m"}, {"web": 2}),
        ({"cpu": "2500m"}, {"web": 2}),
        # The scarcer of two decides.
        ({"requests.cpu": "2500m", "pods": "1"}, {"web": 1}),
        ({"pods": "1", "requests.cpu": "2500m"}, {"web": 1}),
        ({"requests.cpu": "3"}, {}),
        ({"requests.memory": "1Gi"}, {}),
        ({"services": "0"}, {}),
    ],
)
def test_how_many_pods_a_quota_lets_in(hard: dict[str, str], expected: dict[str, int]) -> None:
    """What it has no room for never asks a node for anything."""
    counted = item("ResourceQuota", "quota", spec={"hard": hard})
    asking = workload(container={"resources": {"requests": {"cpu": "1"}}}, replicas=3)
    found = let_in(environment(asking, counted))
    assert {owner.name: count for owner, count in found.items()} == expected


@pytest.mark.parametrize("count", ["${Count}", 0])
def test_only_of_known_numbers_a_quota_lets_in_fewer(count: object) -> None:
    """Nobody says that there are none of what a deploy counts."""
    container = {"resources": {"requests": {"cpu": "1"}}}
    few = workload("StatefulSet", container=container, replicas=3)
    others = workload(container=container, replicas=count)
    found = let_in(environment(others, few, quota(cpu="2")))
    assert {owner.kind: most for owner, most in found.items()} == {"StatefulSet": 2}


BOTH = (("Deployment", 2), ("StatefulSet", 3))


def test_what_one_workload_takes_of_a_quota_is_gone_for_another() -> None:
    """They are let in one after the other."""
    container = {"resources": {"requests": {"cpu": "1"}}}
    first, other = (workload(kind, container=container, replicas=count) for kind, count in BOTH)
    found = let_in(environment(first, other, quota(cpu="4")))
    assert {owner.kind: count for owner, count in found.items()} == {
        "Deployment": 2,
        "StatefulSet": 2,
    }

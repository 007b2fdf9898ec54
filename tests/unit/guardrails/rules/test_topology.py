from __future__ import annotations

import pytest

from tests.unit.guardrails.rules.objects import LABELS, Json, environment, values, workload

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
OWN = {"labelSelector": {"matchLabels": LABELS}}


def subnet(zone: str) -> Json:
    """Return a subnet."""
    return {"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": zone}}


def group(**properties: object) -> Json:
    """Return a node group of two zones."""
    usual = {
        "ClusterName": "test",
        "Subnets": [{"Ref": "A"}, {"Ref": "B"}],
        "ScalingConfig": {"MaxSize": 4},
    }
    return {"Type": "AWS::EKS::Nodegroup", "Properties": {**usual, **properties}}


def spread(key: str, **fields: object) -> Json:
    """Return pods that must be spread."""
    constraint = {"topologyKey": key, "whenUnsatisfiable": "DoNotSchedule", **OWN, **fields}
    return workload(pod={"topologySpreadConstraints": [constraint]})


def apart(
    key: str, *, kind: str = "podAntiAffinity", replicas: object = 2, **fields: object
) -> Json:
    """Return pods that must be apart, or together."""
    term = {"topologyKey": key, **OWN, **fields}
    pod = {"affinity": {kind: {REQUIRED: [term, None]}}}
    return workload(pod=pod, replicas=replicas)


@pytest.mark.parametrize(
    ("web", "properties", "found"),
    [
        pytest.param(spread(ZONE), {}, [], id="over zones"),
        pytest.param(spread("zone"), {}, ["zone"], id="over a label that no node has"),
        pytest.param(spread("zone", whenUnsatisfiable="ScheduleAnyway"), {}, [], id="only a wish"),
        pytest.param(spread("rack"), {"Labels": {"rack": "1"}}, [], id="over a label of the group"),
        pytest.param(spread("rack"), {"LaunchTemplate": {"Id": "lt-1"}}, [], id="of user data"),
        pytest.param(spread("${Key}"), {}, [], id="over one that isn't known"),
        pytest.param(spread(ZONE, minDomains=3), {}, [], id="over zones that may come"),
        pytest.param(spread("k8s.amazonaws.com/x"), {}, [], id="over a label of a component"),
        pytest.param(apart(ZONE, replicas=9), {"Subnets": [{"Ref": "X"}]}, [], id="unknown zones"),
        pytest.param(apart(ZONE, replicas=1), {}, [], id="one and its successor"),
        pytest.param(apart(ZONE), {}, [f"{ZONE} 3"], id="two and a successor"),
        pytest.param(apart(ZONE, matchLabelKeys=["pod-template-hash"]), {}, [], id="two of each"),
        pytest.param(apart(ZONE, replicas="${Count}"), {}, [], id="an unknown number"),
        pytest.param(apart(HOST, replicas=3), {}, [], id="as many nodes"),
        # A quarter of four may go first.
        pytest.param(apart(HOST, replicas=4), {}, [], id="all nodes, one after the other"),
        pytest.param(apart(HOST, replicas=5), {}, [f"{HOST} 5"], id="more nodes"),
        pytest.param(apart(HOST, replicas=5), {"ScalingConfig": {}}, [], id="unknown nodes"),
        pytest.param(
            apart(HOST, replicas=3),
            {"ScalingConfig": {"MaxSize": 9, "DesiredSize": 3}},
            [f"{HOST} 4"],
            id="a successor without a node",
        ),
        pytest.param(
            apart(HOST, replicas=9, labelSelector={"matchLabels": {"app": "x"}}),
            {},
            [],
            id="apart from others",
        ),
        pytest.param(apart(HOST, replicas=9, namespaces=["x"]), {}, [], id="elsewhere"),
        pytest.param(apart(ZONE, kind="podAffinity"), {}, [], id="beside each other"),
    ],
)
def test_there_are_nodes_and_zones_enough(web: Json, properties: Json, found: list[str]) -> None:
    """For pods that must be apart, an update's included."""
    there = environment(web, Group=group(**properties), A=subnet("a-b-1a"), B=subnet("a-b-1b"))
    assert [
        each.rpartition("] ")[2].removeprefix("Deployment/web ") for each in values("KUBE26", there)
    ] == found

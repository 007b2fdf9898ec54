"""The controllers together, against each server: what a cluster shows, a moment later."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from local_aws.kubernetes import client as kinds
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import DAEMON_SETS, DEPLOYMENTS, NODES, PODS, Kind
from local_aws.kubernetes.controllers.nodes import NODE_GROUP
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import manifest, pod
from tests.unit.local_aws.kubernetes.servers import Cluster, eventually

ZONE = "topology.kubernetes.io/zone"
ALL: Json = yaml.safe_load(Path(__file__).with_name("workloads.yaml").read_text(encoding="utf-8"))
# A bare pod may come before the account that it runs as.
pytestmark = pytest.mark.usefixtures("namespace")


def sized(desired: int) -> dict[str, int]:
    return {"minSize": 0, "desiredSize": desired, "maxSize": 9}


@contextmanager
def group(cluster: Cluster, **values: object) -> Iterator[str]:
    """Have another node group for a while; it is gone, with its nodes, afterwards."""
    cluster.aws.groups["extra"] = manifest("node_group", nodegroupName="extra", **values)
    try:
        yield "extra"
    finally:
        del cluster.aws.groups["extra"]
        eventually(lambda: not nodes_of(cluster))


def nodes_of(cluster: Cluster, name: str = "extra") -> list[Json]:
    """Return a group's nodes, all of them ready."""
    nodes = cluster.client.list(NODES, label_selector=f"{NODE_GROUP}={name}")
    return nodes if all(objects.is_true(node, "Ready") for node in nodes) else []


def test_a_group_that_nobody_manages_has_its_nodes(cluster: Cluster) -> None:
    """Its tags say what they are; a group of another cluster is none of ours."""
    cluster.aws.scaling_groups += ALL["scaling_groups"]
    eventually(lambda: len(cluster.client.list(NODES, label_selector="tier=batch")) == 2)
    for node in cluster.client.list(NODES, label_selector="tier=batch"):
        assert objects.labels(node)["kubernetes.io/arch"] == "amd64"
        assert NODE_GROUP not in objects.labels(node)
        assert node["spec"]["taints"] == [{"key": "tier", "value": "batch", "effect": "NoSchedule"}]
    cluster.aws.scaling_groups.clear()
    eventually(lambda: not cluster.client.list(NODES, label_selector="tier=batch"))


def test_a_group_has_its_nodes(cluster: Cluster) -> None:
    """Labels, taints, size and version are the group's, also when it changes."""
    taint = {"key": "team", "value": "data", "effect": "NO_SCHEDULE"}
    values = {"taints": [taint], "labels": {"tier": "data"}, "capacityType": "SPOT"}
    with group(cluster, scalingConfig=sized(3), **values) as name:
        eventually(lambda: len(nodes_of(cluster)) == 3)
        nodes = nodes_of(cluster)
        assert {objects.labels(one)[ZONE] for one in nodes} == {"eu-west-1a", "eu-west-1b"}
        for node in nodes:
            assert objects.labels(node).items() >= {NODE_GROUP: name, **ALL["labels"]}.items()
            assert objects.name(node) == objects.labels(node)["kubernetes.io/hostname"]
            assert node["spec"]["taints"] == [{**taint, "effect": "NoSchedule"}]
            capacity = node["status"]["capacity"]
            assert (capacity["cpu"], capacity["pods"]) == ("2", "29")
        taints = [{"key": "k", "effect": "NO_EXECUTE"}]
        changes = {"labels": {"b": "2"}, "taints": taints, "version": "1.37"}
        cluster.aws.groups[name] |= {"scalingConfig": sized(1), **changes}
        eventually(lambda: len(nodes_of(cluster)) == 1)
        (node,) = nodes_of(cluster)
        assert objects.labels(node)["b"] == "2"
        assert "tier" not in objects.labels(node)
        assert node["spec"]["taints"] == [{"key": "k", "effect": "NoExecute"}]
        assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.37.0-local"


def test_a_pod_runs_and_says_that_it_is_played(cluster: Cluster, namespace: str) -> None:
    """Each has an address of its own, and privileged ones may run, as on EKS."""
    container = {"name": "a", "image": "a", "securityContext": {"privileged": True}}
    for name in ("one", "two"):
        cluster.create(PODS, namespace, pod(name, containers=[container]))

    def ready() -> list[Json]:
        pods = cluster.client.list(PODS, namespace)
        return [one["status"] for one in pods if objects.is_true(one, "Ready")]

    eventually(lambda: len(ready()) == 2)
    one, two = ready()
    assert one["podIP"] != two["podIP"]
    assert one["podIP"].startswith("10.10.")
    assert one["phase"] == "Running"
    assert one["message"] == "Simulated by the local emulator: no container runs."


def test_a_selected_pod_has_a_node_on_fargate(cluster: Cluster, namespace: str) -> None:
    """The node is the pod's alone, and goes with it; a pod without the labels isn't taken."""
    for name, labels in (("on", {"tier": "api"}), ("off", {"tier": "web"})):
        cluster.create(PODS, namespace, pod(name, labels))
    everywhere = workload("DaemonSet", tolerations=[{"operator": "Exists"}])
    cluster.create(DAEMON_SETS, namespace, everywhere)

    def node_of(name: str) -> str:
        return str(cluster.get(PODS, namespace, name)["spec"].get("nodeName") or "")

    eventually(lambda: node_of("on") and node_of("off"))
    assert node_of("on").startswith("fargate-ip-10-10-")
    assert node_of("off").startswith("ip-10-10-")
    compute = "eks.amazonaws.com/compute-type"
    node = cluster.get(NODES, "", node_of("on"))
    assert objects.labels(node)[compute] == "fargate"
    assert [taint["key"] for taint in node["spec"]["taints"]] == [compute]
    # None is for Fargate's node.
    eventually(lambda: daemons(cluster, namespace) == (2, 2))
    cluster.client.delete(PODS, cluster.get(PODS, namespace, "on"))
    eventually(lambda: cluster.client.get(NODES, "", objects.name(node)) is None)


@pytest.mark.parametrize(
    ("labels", "spec", "words"),
    [
        ({}, {"nodeSelector": {"nowhere": "true"}}, "didn't match Pod's node affinity/selector."),
        (
            {"tier": "api"},
            {"volumes": [{"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}}]},
            "Pod not supported on Fargate: Fargate can't mount EBS volumes (spec.volumes[0])",
        ),
    ],
)
def test_a_pod_that_fits_nowhere_says_why(
    cluster: Cluster, namespace: str, labels: dict[str, str], spec: Json, words: str
) -> None:
    """In its status, where kubectl shows it, and where a failed deploy reads it."""
    cluster.create(kinds.CLAIMS, namespace, ALL["disk"])
    cluster.create(PODS, namespace, pod("odd", labels, **spec))

    def said() -> Json:
        return objects.condition(cluster.get(PODS, namespace, "odd"), "PodScheduled") or {}

    eventually(said)
    assert (said()["status"], said()["reason"]) == ("False", "Unschedulable")
    assert words in said()["message"]


def workload(kind: str, **spec: object) -> Json:
    """Return a workload of a kind, named app."""
    made = copy.deepcopy(ALL[kind])
    made["spec"]["template"]["spec"] |= spec
    return {"metadata": {"name": "app"}, **made}


def daemons(cluster: Cluster, namespace: str) -> tuple[int, int]:
    """Return how many pods of the DaemonSet are wanted and ready."""
    found = cluster.get(DAEMON_SETS, namespace, "app").get("status") or {}
    return found.get("desiredNumberScheduled", 0), found.get("numberReady") or 0


@pytest.mark.parametrize(
    "kind", [DEPLOYMENTS, kinds.STATEFUL_SETS, DAEMON_SETS], ids=lambda kind: kind.plural
)
def test_a_workload_rolls_out(cluster: Cluster, namespace: str, kind: Kind) -> None:
    """As kubectl sees it, first and after a change; then all pods are of the new template."""

    def rolled_out() -> list[str]:
        cluster.kubectl("rollout", "status", f"{kind.plural}/app", "-n", namespace, "--timeout=30s")
        pods = cluster.client.list(PODS, namespace)
        staying = [one for one in pods if not objects.is_terminating(one)]
        return [one["spec"]["containers"][0]["image"] for one in staying]

    made = cluster.create(kind, namespace, workload(kind.kind))
    assert rolled_out() == ["registry.example/web:1"] * 2
    newer = {"containers": [{"name": "web", "image": "registry.example/web:2"}]}
    cluster.client.patch(kind, made, {"spec": {"template": {"spec": newer}}})
    assert rolled_out() == ["registry.example/web:2"] * 2
    if kind != DAEMON_SETS:
        cluster.client.patch(kind, made, {"spec": {"replicas": 1}})
        eventually(lambda: len(cluster.client.list(PODS, namespace)) == 1)
    cluster.kubectl("delete", f"{kind.plural}/app", "-n", namespace, "--timeout", "30s")
    eventually(lambda: not cluster.client.list(PODS, namespace))


def test_a_job_completes(cluster: Cluster, namespace: str) -> None:
    cluster.create(kinds.JOBS, namespace, workload("Job"))
    wait = ("wait", "--for=condition=complete", "job/app", "-n", namespace, "--timeout", "30s")
    assert "condition met" in cluster.kubectl(*wait)
    (one,) = cluster.client.list(PODS, namespace)
    assert one["status"]["phase"] == "Succeeded"


def test_a_daemon_set_follows_the_nodes(cluster: Cluster, namespace: str) -> None:
    """A pod comes with a node, and goes with it."""
    chosen = workload("DaemonSet", nodeSelector={"daemons": "yes"})
    cluster.create(DAEMON_SETS, namespace, chosen)
    with group(cluster, scalingConfig=sized(2), labels={"daemons": "yes"}):
        eventually(lambda: daemons(cluster, namespace) == (2, 2))
    eventually(lambda: not cluster.client.list(PODS, namespace))


def test_pods_that_are_refused_are_told_of(cluster: Cluster, namespace: str) -> None:
    """By the Deployment's conditions, until they are made."""
    refused = workload("Deployment", serviceAccountName="absent")
    made = cluster.create(DEPLOYMENTS, namespace, refused)

    def found() -> Json:
        return cluster.get(DEPLOYMENTS, namespace, "app")

    eventually(lambda: objects.is_true(found(), "ReplicaFailure"))
    said = (objects.condition(found(), "ReplicaFailure") or {})["message"]
    assert 'serviceaccount "absent" not found' in said
    allowed = {"template": {"spec": {"serviceAccountName": "default"}}}
    cluster.client.patch(DEPLOYMENTS, made, {"spec": allowed})
    eventually(lambda: objects.is_true(found(), "Available"))
    assert objects.condition(found(), "ReplicaFailure") is None

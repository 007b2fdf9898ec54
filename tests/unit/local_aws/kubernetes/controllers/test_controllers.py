"""The controllers together, against the server: what a cluster shows, a moment later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import (
    CLAIMS,
    DAEMON_SETS,
    DEPLOYMENTS,
    DISRUPTION_BUDGETS,
    ENDPOINT_SLICES,
    NAMESPACES,
    NODES,
    PODS,
    REPLICA_SETS,
    SERVICES,
    Client,
)
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.fake_aws import FakeAws, node_group
from tests.unit.local_aws.kubernetes.manifests import changed, deployment, pod, service

pytestmark = pytest.mark.usefixtures("controllers")

GROUP = "eks.amazonaws.com/nodegroup"
ZONE = "topology.kubernetes.io/zone"


def eventually(check: Callable[[], object], seconds: float = 20) -> None:
    """Wait until a check holds."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)


@pytest.fixture
def create(kube_client: Client, namespace: str) -> Callable[[Any, Json], Json]:
    """Return what creates an object in the test's namespace."""

    def make(kind: Any, obj: Json) -> Json:  # noqa: ANN401 - a client's Kind
        metadata = {**obj["metadata"], "namespace": namespace}
        return kube_client.create(kind, {**obj, "metadata": metadata})

    return make


@contextmanager
def group(fake_aws: FakeAws, client: Client, **values: object) -> Iterator[str]:
    """Have another node group for a while; it is gone, with its nodes, afterwards."""
    name = "extra"
    fake_aws.groups[name] = node_group(nodegroupName=name, **values)
    try:
        yield name
    finally:
        del fake_aws.groups[name]
        eventually(lambda: not nodes_of(client, name))


def nodes_of(client: Client, name: str) -> list[Json]:
    return client.list(NODES, label_selector=f"{GROUP}={name}")


def sized(desired: int) -> dict[str, int]:
    return {"minSize": 0, "desiredSize": desired, "maxSize": 9}


def test_group_has_its_nodes(kube_client: Client, fake_aws: FakeAws) -> None:
    """Labels, taints, zones and versions follow the group, whose nodes go with it."""
    taint = {"key": "team", "value": "data", "effect": "NO_SCHEDULE"}
    values = {
        "scalingConfig": sized(3),
        "taints": [taint],
        "labels": {"tier": "data"},
        "instanceTypes": ["m7g.large", "m6i.large"],
        "capacityType": "SPOT",
    }
    with group(fake_aws, kube_client, **values) as name:
        eventually(lambda: len(nodes_of(kube_client, name)) == 3)
        eventually(lambda: all(objects.is_true(n, "Ready") for n in nodes_of(kube_client, name)))
        nodes = nodes_of(kube_client, name)
        assert sorted(objects.labels(one)[ZONE] for one in nodes)[1:] == [
            "eu-west-1b",
            "eu-west-1b",
        ] or (
            sorted(objects.labels(one)[ZONE] for one in nodes)[:2] == ["eu-west-1a", "eu-west-1a"]
        )
        for one in nodes:
            assert one["spec"]["taints"] == [
                {"key": "team", "value": "data", "effect": "NoSchedule"}
            ]
            assert objects.labels(one)["tier"] == "data"
            assert objects.labels(one)["eks.amazonaws.com/capacityType"] == "SPOT"
            assert one["status"]["nodeInfo"]["kubeletVersion"] == "v1.36.0-local"
        assert {objects.labels(one)["kubernetes.io/arch"] for one in nodes} == {"amd64", "arm64"}

        fake_aws.groups[name] = node_group(
            nodegroupName=name, scalingConfig=sized(1), labels={"other": "label"}, version="1.37"
        )

        def is_changed() -> bool:
            left = nodes_of(kube_client, name)
            return len(left) == 1 and (
                left[0]["status"]["nodeInfo"]["kubeletVersion"] == "v1.37.0-local"
            )

        eventually(is_changed)
        (left,) = nodes_of(kube_client, name)
        assert "tier" not in objects.labels(left)
        assert objects.labels(left)["other"] == "label"


def test_labels_and_taints_follow_the_group(kube_client: Client, fake_aws: FakeAws) -> None:
    """The node stays; a label that the group drops goes, one that an admin set stays."""
    with group(fake_aws, kube_client, scalingConfig=sized(1), labels={"a": "1"}) as name:
        eventually(lambda: nodes_of(kube_client, name))
        (before,) = nodes_of(kube_client, name)
        kube_client.patch(NODES, before, {"metadata": {"labels": {"own": "label"}}})
        fake_aws.groups[name]["labels"] = {"b": "2"}
        fake_aws.groups[name]["taints"] = [{"key": "k", "effect": "NO_EXECUTE"}]
        eventually(lambda: objects.labels(nodes_of(kube_client, name)[0]).get("b") == "2")
        (after,) = nodes_of(kube_client, name)
        assert objects.uid(after) == objects.uid(before)
        assert "a" not in objects.labels(after)
        assert objects.labels(after)["own"] == "label"
        assert after["spec"]["taints"] == [{"key": "k", "effect": "NoExecute"}]


def test_pod_runs_and_says_that_it_is_played(
    kube_client: Client, create: Callable[[Any, Json], Json], namespace: str
) -> None:
    create(PODS, pod())
    eventually(
        lambda: objects.is_true(kube_client.get(PODS, namespace, "web") or {"status": {}}, "Ready")
    )
    running = kube_client.get(PODS, namespace, "web")
    assert running is not None
    status = running["status"]
    assert status["phase"] == "Running"
    assert status["message"] == "Played by the local emulator: no container runs."
    assert objects.annotations(running)["local-aws/played"] == "true"
    assert status["podIP"].startswith("10.10.")
    node = kube_client.get(NODES, "", running["spec"]["nodeName"])
    assert node is not None
    assert objects.labels(running)[ZONE] == objects.labels(node)[ZONE]


def test_every_pod_has_an_address_of_its_own(
    kube_client: Client, create: Callable[[Any, Json], Json], namespace: str
) -> None:
    create(DEPLOYMENTS, deployment(replicas=6))

    def addresses() -> list[str]:
        pods = kube_client.list(PODS, namespace)
        return [one["status"]["podIP"] for one in pods if "podIP" in one["status"]]

    eventually(lambda: len(addresses()) == 6)
    assert len(set(addresses())) == 6


def test_pod_that_fits_nowhere_says_why(
    kube_client: Client, create: Callable[[Any, Json], Json], namespace: str
) -> None:
    create(PODS, pod(nodeSelector={"nowhere": "true"}))

    def why() -> str:
        found = kube_client.get(PODS, namespace, "web") or {"status": {}}
        return str((objects.condition(found, "PodScheduled") or {}).get("message", ""))

    eventually(why)
    assert "node(s) didn't match Pod's node affinity/selector." in why()
    left = kube_client.get(PODS, namespace, "web")
    assert left is not None
    assert left["status"]["phase"] == "Pending"


def test_selected_pod_has_a_node_on_fargate(kube_client: Client) -> None:
    """The node is the pod's alone, and goes with it; a pod without the labels isn't taken."""
    kube_client.create(NAMESPACES, {"metadata": {"name": "serverless-x"}})
    space = {"namespace": "serverless-x"}
    try:
        for name, labels in (("on", {"tier": "api"}), ("off", {"tier": "web"})):
            one = pod(name, labels)
            kube_client.create(PODS, {**one, "metadata": {**one["metadata"], **space}})

        def node_of(name: str) -> str:
            found = kube_client.get(PODS, "serverless-x", name)
            return str(found["spec"].get("nodeName", "")) if found else ""

        eventually(lambda: node_of("on") and node_of("off"))
        assert node_of("on").startswith("fargate-ip-10-10-")
        assert node_of("off").startswith("ip-10-10-")
        fargate = kube_client.get(NODES, "", node_of("on"))
        assert fargate is not None
        assert objects.labels(fargate)["eks.amazonaws.com/compute-type"] == "fargate"
        assert fargate["spec"]["taints"][0]["key"] == "eks.amazonaws.com/compute-type"
        agents = daemons(tolerations=[{"operator": "Exists"}])
        kube_client.create(DAEMON_SETS, {**agents, "metadata": {"name": "agent", **space}})

        def is_everywhere() -> bool:
            found = kube_client.get(DAEMON_SETS, "serverless-x", "agent") or {}
            return bool((found.get("status") or {}).get("numberReady"))

        eventually(is_everywhere)
        pods = kube_client.list(PODS, "serverless-x", label_selector="app=agent")
        assert all(one["spec"]["nodeName"].startswith("ip-") for one in pods)
        taken = kube_client.get(PODS, "serverless-x", "on")
        assert taken is not None
        kube_client.delete(PODS, taken)
        eventually(lambda: kube_client.get(NODES, "", objects.name(fargate)) is None)
    finally:
        space_object = kube_client.get(NAMESPACES, "", "serverless-x")
        assert space_object is not None
        kube_client.delete(NAMESPACES, space_object)


@pytest.mark.parametrize(
    ("spec", "field", "words"),
    [
        (
            {"nodeSelector": {"kubernetes.io/arch": "arm64"}},
            "spec.nodeSelector[kubernetes.io/arch]",
            "kubernetes.io/arch=arm64",
        ),
        (
            {"volumes": [{"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}}]},
            "spec.volumes[0]",
            "Fargate mounts no EBS",
        ),
    ],
)
def test_pod_that_fargate_can_not_run_waits(
    kube_client: Client, spec: Json, field: str, words: str
) -> None:
    kube_client.create(NAMESPACES, {"metadata": {"name": "serverless-y"}})
    claim = {
        "metadata": {"name": "disk", "namespace": "serverless-y"},
        "spec": {
            "storageClassName": "gp2",
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    one = pod("odd", {"tier": "api"}, **spec)
    metadata = {**one["metadata"], "namespace": "serverless-y"}
    try:
        kube_client.create(CLAIMS, claim)
        kube_client.create(PODS, {**one, "metadata": metadata})

        def why() -> str:
            found = kube_client.get(PODS, "serverless-y", "odd") or {"status": {}}
            return str((objects.condition(found, "PodScheduled") or {}).get("message", ""))

        eventually(why)
        assert why().startswith("Pod not supported on Fargate: ")
        assert words in why()
        assert f"({field})" in why()
    finally:
        space = kube_client.get(NAMESPACES, "", "serverless-y")
        assert space is not None
        kube_client.delete(NAMESPACES, space)
        eventually(lambda: kube_client.get(NAMESPACES, "", "serverless-y") is None)


def test_daemon_set_has_a_pod_per_node(
    kube_client: Client,
    fake_aws: FakeAws,
    create: Callable[[Any, Json], Json],
    namespace: str,
) -> None:
    create(DAEMON_SETS, daemons(nodeSelector={"daemons": "yes"}))

    def ready(count: int) -> bool:
        found = kube_client.get(DAEMON_SETS, namespace, "agent")
        assert found is not None
        status = found.get("status") or {}
        wanted = status.get("desiredNumberScheduled"), status.get("numberReady")
        return wanted == (count, count)

    eventually(lambda: ready(0))
    with group(fake_aws, kube_client, scalingConfig=sized(2), labels={"daemons": "yes"}):
        eventually(lambda: ready(2))
    eventually(lambda: ready(0))
    assert kube_client.list(PODS, namespace) == []


def test_service_has_the_endpoints_of_its_pods(
    kube_client: Client, create: Callable[[Any, Json], Json], namespace: str
) -> None:
    ports = [{"containerPort": 8080, "name": "http"}]
    create(DEPLOYMENTS, changed(deployment(), "spec.template.spec.containers.0.ports", ports))
    create(SERVICES, service(ports=[{"port": 80, "targetPort": "http"}]))

    def slices() -> list[Json]:
        return kube_client.list(ENDPOINT_SLICES, namespace)

    def addresses() -> set[str]:
        ready = [e for s in slices() for e in s["endpoints"] if e["conditions"]["ready"]]
        return {address for one in ready for address in one["addresses"]}

    eventually(lambda: len(addresses()) == 2)
    pods = kube_client.list(PODS, namespace)
    assert addresses() == {one["status"]["podIP"] for one in pods}
    (found,) = slices()
    assert found["ports"] == [{"name": "", "port": 8080, "protocol": "TCP"}]
    assert objects.labels(found)["kubernetes.io/service-name"] == "web"


def test_budget_counts_what_may_go(
    kube_client: Client, create: Callable[[Any, Json], Json], namespace: str
) -> None:
    create(DEPLOYMENTS, deployment(replicas=3))
    spec = {"minAvailable": "50%", "selector": {"matchLabels": {"app": "web"}}}
    create(DISRUPTION_BUDGETS, {"metadata": {"name": "web"}, "spec": spec})

    def status() -> Json:
        found = kube_client.get(DISRUPTION_BUDGETS, namespace, "web") or {}
        return found.get("status") or {}

    eventually(lambda: status().get("disruptionsAllowed") == 1)
    counts = {key: status()[key] for key in ("expectedPods", "currentHealthy", "desiredHealthy")}
    assert counts == {"expectedPods": 3, "currentHealthy": 3, "desiredHealthy": 2}


def test_history_is_limited(
    kube_client: Client, create: Callable[[Any, Json], Json], namespace: str
) -> None:
    """The oldest revisions go once the newest one runs."""
    create(DEPLOYMENTS, deployment(revisionHistoryLimit=1))
    for number in range(3):
        eventually(lambda: is_complete(kube_client, namespace))
        found = kube_client.get(DEPLOYMENTS, namespace, "web")
        assert found is not None
        image = f"registry.example/web:{number + 2}"
        template = {"spec": {"containers": [{"name": "web", "image": image}]}}
        kube_client.patch(DEPLOYMENTS, found, {"spec": {"template": template}})
    eventually(lambda: is_complete(kube_client, namespace))
    eventually(lambda: len(kube_client.list(REPLICA_SETS, namespace)) == 2)


def test_recreate_has_no_two_revisions_at_once(
    kube_client: Client, create: Callable[[Any, Json], Json], namespace: str
) -> None:
    create(DEPLOYMENTS, deployment(strategy={"type": "Recreate"}))
    eventually(lambda: is_complete(kube_client, namespace))
    found = kube_client.get(DEPLOYMENTS, namespace, "web")
    assert found is not None
    template = {"spec": {"containers": [{"name": "web", "image": "registry.example/web:2"}]}}
    kube_client.patch(DEPLOYMENTS, found, {"spec": {"template": template}})

    def images() -> set[str]:
        pods = kube_client.list(PODS, namespace)
        return {one["spec"]["containers"][0]["image"] for one in pods}

    seen: list[set[str]] = []

    def is_new() -> bool:
        seen.append(images())
        return seen[-1] == {"registry.example/web:2"}

    eventually(is_new)
    assert all(len(one) <= 1 for one in seen)


def test_pods_that_are_refused_show_in_the_conditions(
    kube_client: Client, create: Callable[[Any, Json], Json], namespace: str
) -> None:
    create(DEPLOYMENTS, changed(deployment(), "spec.template.spec.serviceAccountName", "absent"))

    def failure() -> str:
        found = kube_client.get(DEPLOYMENTS, namespace, "web") or {}
        return str((objects.condition(found, "ReplicaFailure") or {}).get("message", ""))

    eventually(failure)
    assert 'serviceaccount "absent" not found' in failure()


def daemons(**spec: object) -> Json:
    """Return a DaemonSet."""
    labels = {"app": "agent"}
    containers = [{"name": "agent", "image": "agent:1"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers, **spec}}
    return {
        "metadata": {"name": "agent"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def is_complete(client: Client, namespace: str) -> bool:
    """Tell whether the Deployment `web` runs its newest template, and nothing else."""
    found = client.get(DEPLOYMENTS, namespace, "web")
    assert found is not None
    status = found.get("status") or {}
    replicas = found["spec"]["replicas"]
    seen = [status.get(key) for key in ("replicas", "updatedReplicas", "availableReplicas")]
    is_observed = status.get("observedGeneration") == found["metadata"]["generation"]
    return bool(is_observed and seen == [replicas] * 3)

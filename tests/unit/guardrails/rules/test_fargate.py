from __future__ import annotations

import json

import pytest

from assembly.kinds import CHART
from guardrails.rules.selectors import ALB_TARGETS, NLB_TARGETS
from kube.fargate import DEFAULT_CLASS
from tests.unit.guardrails.rules.objects import (
    FARGATE,
    LABELS,
    Json,
    environment,
    item,
    values,
    workload,
)

GP3: Json = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "gp3", "annotations": {DEFAULT_CLASS: "true"}},
    "provisioner": "ebs.csi.aws.com",
}
EFS: Json = {**GP3, "metadata": {"name": "efs"}, "provisioner": "efs.csi.aws.com"}
VOLUME: Json = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]}


def refused(*objects: Json) -> list[str]:
    """Return what Fargate refuses."""
    return values("KUBE13", environment(*objects, Profile=FARGATE))


def claim(**spec: object) -> Json:
    """Return a claim in the namespace of the Fargate profile."""
    return item("PersistentVolumeClaim", "data", namespace="run-here", spec=spec)


@pytest.mark.parametrize("namespace", ["shop", "run"])
def test_what_no_profile_selects_runs_on_nodes(namespace: str) -> None:
    """The profile is for namespaces that begin with `run-`."""
    assert refused(workload(namespace=namespace, pod={"hostNetwork": True})) == []


@pytest.mark.parametrize(
    ("labels", "selected"),
    [
        pytest.param([], True, id="the whole namespace"),
        pytest.param([{"Key": "app", "Value": "web"}], True, id="a label"),
        pytest.param([{"Key": "app", "Value": "api"}], False, id="another value"),
        pytest.param(
            [{"Key": "app", "Value": "web"}, {"Key": "tier", "Value": "*"}],
            False,
            id="one is missing",
        ),
    ],
)
def test_a_profile_selects_by_labels_as_well(labels: list[Json], *, selected: bool) -> None:
    """All of its labels must be there."""
    selectors = [{"Namespace": "shop", "Labels": labels}]
    profile = {
        "Type": FARGATE["Type"],
        "Properties": {"ClusterName": "test", "Selectors": selectors},
    }
    found = environment(workload(pod={"hostNetwork": True}), Profile=profile)
    assert values("KUBE13", found) == (["Deployment/web hostNetwork"] if selected else [])


def test_fargate_runs_no_daemon_set() -> None:
    """There are no nodes to run one on."""
    assert refused(workload("DaemonSet", namespace="run-here")) == ["DaemonSet/web kind"]


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        pytest.param([claim(storageClassName="gp3"), GP3], True, id="by name"),
        pytest.param([claim(), GP3], True, id="by default"),
        pytest.param([claim(storageClassName="efs"), GP3, EFS], False, id="EFS"),
        pytest.param([claim(storageClassName="other")], False, id="a class of nobody knows what"),
        pytest.param([], False, id="a claim that is not in the templates"),
    ],
)
def test_fargate_mounts_no_ebs_volume(objects: list[Json], *, found: bool) -> None:
    """EFS it does mount."""
    mounted = workload(namespace="run-here", pod=VOLUME)
    assert refused(mounted, *objects) == (["Deployment/web volumes[0]"] if found else [])


def test_fargate_makes_no_ebs_volume_for_a_stateful_set() -> None:
    """Its claims are in itself."""
    wanted = [{"metadata": {"name": "data"}, "spec": {"storageClassName": "gp3"}}]
    stateful = workload("StatefulSet", namespace="run-here", volumeClaimTemplates=wanted)
    assert refused(stateful, GP3) == ["StatefulSet/web spec.volumeClaimTemplates[0]"]


@pytest.mark.parametrize(
    ("pod", "container", "field"),
    [
        ({"nodeSelector": {"kubernetes.io/arch": "arm64"}}, {}, "nodeSelector[kubernetes.io/arch]"),
        ({}, {"resources": {"requests": {"cpu": 32}}}, "containers"),
        ({"nodeSelector": {"kubernetes.io/arch": "amd64"}}, {}, None),
        ({"nodeSelector": {"kubernetes.io/arch": "${Architecture}"}}, {}, None),
    ],
)
def test_fargate_has_no_such_machine(pod: Json, container: Json, field: str | None) -> None:
    """Its largest size has 16 vCPU, and all are amd64."""
    found = refused(workload(namespace="run-here", pod=pod, container=container))
    assert found == ([f"Deployment/web {field}"] if field else [])


def test_another_clusters_profile_selects_nothing() -> None:
    """Two clusters may have the same namespaces."""
    other = {**FARGATE, "Properties": {**FARGATE["Properties"], "ClusterName": "other"}}
    pods = workload("DaemonSet", namespace="run-here")
    assert values("KUBE13", environment(pods, Profile=other)) == []


def service(**annotations: str) -> Json:
    """Return a load balancer before the workload."""
    made = item("Service", namespace="run-here", spec={"type": "LoadBalancer", "selector": LABELS})
    made["metadata"]["annotations"] = annotations
    return made


def ingress(target_type: str) -> Json:
    """Return an Ingress before the workload."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    made = item(
        "Ingress",
        namespace="run-here",
        spec={"rules": [{"http": {"paths": [{"backend": backend}]}}]},
    )
    made["metadata"]["annotations"] = {ALB_TARGETS: target_type}
    return made


def binding(target_type: str) -> Json:
    """Return a TargetGroupBinding before the workload."""
    spec = {"serviceRef": {"name": "web"}, "targetType": target_type}
    return item("TargetGroupBinding", namespace="run-here", spec=spec)


@pytest.mark.parametrize(
    ("objects", "found"),
    [
        ([service()], ["Service/web no target type"]),
        ([service(**{NLB_TARGETS: "instance"})], ["Service/web instance"]),
        ([service(**{NLB_TARGETS: "ip"})], []),
        ([service(**{NLB_TARGETS: "ip"}), ingress("instance")], ["Ingress/web instance"]),
        ([service(**{NLB_TARGETS: "ip"}), ingress("ip")], []),
        (
            [service(**{NLB_TARGETS: "ip"}), binding("instance")],
            ["TargetGroupBinding/web instance"],
        ),
        ([service(**{NLB_TARGETS: "ip"}), binding("ip")], []),
    ],
)
def test_targets_on_fargate_are_addresses(objects: list[Json], found: list[str]) -> None:
    """Whatever makes the targets."""
    pods = workload(namespace="run-here")
    assert values("KUBE14", environment(pods, *objects, Profile=FARGATE)) == found


def test_a_controller_may_make_them_by_default() -> None:
    """Its chart says so."""
    chart = {
        "Type": CHART,
        "Properties": {"ClusterName": "test", "Values": json.dumps({"defaultTargetType": "ip"})},
    }
    objects = (workload(namespace="run-here"), service())
    assert values("KUBE14", environment(*objects, Profile=FARGATE, Chart=chart)) == []


@pytest.mark.parametrize(
    ("account", "found"),
    [("web", ["Deployment/web Pod Identity"]), ("api", []), (None, [])],
)
def test_pod_identity_is_not_for_fargate(account: str | None, found: list[str]) -> None:
    """Its agent runs on nodes only."""
    pair = {"ServiceAccount": "web", "Namespace": "run-here", "RoleArn": "arn:aws:iam::1:role/web"}
    association = {
        "Type": "AWS::EKS::PodIdentityAssociation",
        "Properties": {"ClusterName": "test", **pair},
    }
    web = workload(namespace="run-here", pod={"serviceAccountName": account})
    there = environment(web, Profile=FARGATE, Association=association)
    assert values("KUBE13", there) == found
    daemon = workload("DaemonSet", namespace="run-here", pod={"serviceAccountName": account})
    there = environment(daemon, Profile=FARGATE, Association=association)
    assert "DaemonSet/web Pod Identity" not in values("KUBE13", there)

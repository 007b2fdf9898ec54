from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kube.fargate import may_select, selector_of_api, selects, size, unsupported
from kube.values import Unknown
from tests.unit.kube.pod_specs import ABSENT, changed

HOLE = Unknown("${Value}")


def selector(namespace: object, **labels: object) -> dict[str, Any]:
    return {
        "Namespace": namespace,
        "Labels": [{"Key": key, "Value": value} for key, value in labels.items()],
    }


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (selector("team-a"), True),
        ({"Namespace": "team-a"}, True),
        (selector("team-?"), True),
        (selector("team-*", app="web"), True),
        (selector("*", app="w*"), True),
        (selector("team-a", **{"a??": "web"}), True),
        (selector("team-b"), False),
        (selector("team"), False),
        (selector("team-a", app="api"), False),
        (selector("team-a", app="web", size="small"), False),
        # No other wildcards: these are characters.
        (selector("team-[a]"), False),
        (selector("team.a"), False),
        (selector(None), False),
        ({}, False),
        (None, False),
        ({"Namespace": "team-a", "Labels": [None]}, False),
    ],
)
def test_selector_wants_the_namespace_and_every_label(wanted: object, *, expected: bool) -> None:
    """With wildcards in keys and values too."""
    assert selects(wanted, "team-a", {"app": "web"}) is expected
    assert may_select(wanted, "team-a", {"app": "web"}) is expected


@pytest.mark.parametrize(
    ("wanted", "namespace", "labels"),
    [
        (selector(HOLE), "team-a", {}),
        (selector("team-a"), HOLE, {}),
        (selector("team-a", app=HOLE), "team-a", {"app": "web"}),
        (selector("team-a", app="web"), "team-a", {"app": HOLE}),
        (selector("team-a", app="web"), "team-a", {HOLE: "web"}),
        (selector("team-a", app="web"), "team-a", HOLE),
        ({"Namespace": "team-a", "Labels": HOLE}, "team-a", {}),
        ({"Namespace": "team-a", "Labels": [HOLE]}, "team-a", {"app": "web"}),
        (HOLE, "team-a", {}),
    ],
)
def test_selector_may_take_what_is_unknown(wanted: object, namespace: str, labels: object) -> None:
    assert not selects(wanted, namespace, labels)
    assert may_select(wanted, namespace, labels)


def test_any_namespace_is_any() -> None:
    assert selects(selector("*", app="*"), HOLE, {"app": HOLE})


def test_selector_of_the_api_is_the_same() -> None:
    wanted = selector_of_api({"namespace": "team-*", "labels": {"app": "web"}})
    assert wanted == selector("team-*", app="web")
    assert selector_of_api({"namespace": "a"}) == selector("a")


def pod_of(cpu: object = "0", memory: object = "0") -> dict[str, Any]:
    return {"containers": [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}]}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (pod_of("250m", "256Mi"), ("0.25", "0.5")),
        (pod_of("250m", "257Mi"), ("0.25", "1")),
        (pod_of("251m", "256Mi"), ("0.5", "1")),
        (pod_of("1", "1Gi"), ("1", "2")),
        (pod_of("250m", "2Gi"), ("0.5", "3")),
        (pod_of("250m", "500M"), ("0.25", "1")),
        (pod_of("0.25", "268435456"), ("0.25", "0.5")),
        # No 9 GB come with 1 vCPU.
        (pod_of("1", "8Gi"), ("2", "9")),
        (pod_of("16", "100Gi"), ("16", "104")),
        ({"containers": [{}]}, ("0.25", "0.5")),
        (
            {**pod_of("1", "1Gi"), "initContainers": pod_of("2", "1Gi")["containers"]},
            ("2", "4"),
        ),
        (
            {
                **pod_of("1", "1Gi"),
                "initContainers": [
                    {**pod_of("1", "1Gi")["containers"][0], "restartPolicy": "Always"}
                ],
            },
            ("2", "4"),
        ),
        (pod_of("17"), None),
        (pod_of("1", "120Gi"), None),
        (pod_of(HOLE), None),
        ({**pod_of("1"), "resources": HOLE}, None),
    ],
)
def test_pod_pays_for_the_smallest_size(spec: object, expected: tuple[str, str] | None) -> None:
    """It holds the requests and Fargate's own 256 MB; of what is too large there is none."""
    found = size(spec)
    paid = None if found is None else (found.vcpus, found.gb)
    assert paid == (expected and tuple(map(Decimal, expected)))


DEPLOYMENT: dict[str, Any] = {
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "template": {
            "spec": {
                "nodeSelector": {"kubernetes.io/arch": "amd64"},
                "containers": [{"name": "web", "resources": {"requests": {"cpu": "1"}}}],
            }
        }
    },
}
SPEC = "spec/template/spec"
CONTAINER = f"{SPEC}/containers/0"
CLASSES = [
    {"metadata": {"name": "efs"}, "provisioner": "efs.csi.aws.com"},
    {"metadata": {"name": "gp3"}, "provisioner": "ebs.csi.aws.com"},
    {
        "metadata": {
            "name": "auto",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "ebs.csi.eks.amazonaws.com",
    },
]
CLAIMS: list[dict[str, Any]] = [
    {"metadata": {"name": "disk"}, "spec": {"storageClassName": "gp3"}},
    {"metadata": {"name": "by-default"}, "spec": {}},
    {"metadata": {"name": "share"}, "spec": {"storageClassName": "efs"}},
    {"metadata": {"name": "ready"}, "spec": {"storageClassName": ""}},
    {"metadata": {"name": "later"}, "spec": {"storageClassName": HOLE}},
    {"metadata": None, "spec": {"storageClassName": "gp3"}},
]


def claim(name: object) -> list[dict[str, Any]]:
    return [{"name": "v", "persistentVolumeClaim": {"claimName": name}}]


def affinity(*terms: dict[str, Any]) -> dict[str, Any]:
    required = {"nodeSelectorTerms": list(terms)}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


ARM = {"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]}


@pytest.mark.parametrize(
    ("path", "value", "field", "words"),
    [
        ("kind", "DaemonSet", "kind", "DaemonSet"),
        (f"{SPEC}/hostNetwork", True, "hostNetwork", "support hostNetwork"),
        (f"{SPEC}/hostPID", True, "hostPID", "support hostPID"),
        (f"{SPEC}/hostIPC", True, "hostIPC", "support hostIPC"),
        (
            f"{CONTAINER}/securityContext",
            {"privileged": True},
            "containers[0].securityContext.privileged",
            "privileged",
        ),
        (
            f"{SPEC}/initContainers",
            [{"ports": [{"hostPort": 80}]}],
            "initContainers[0].ports[0].hostPort",
            "host ports",
        ),
        (
            f"{CONTAINER}/resources/limits",
            {"nvidia.com/gpu": 1},
            "containers[0].resources.limits[nvidia.com/gpu]",
            "devices",
        ),
        (
            f"{CONTAINER}/resources/requests",
            {"aws.amazon.com/neuron": 1},
            "containers[0].resources.requests[aws.amazon.com/neuron]",
            "devices",
        ),
        (f"{SPEC}/volumes", [{"hostPath": {"path": "/"}}], "volumes[0]", "mount hostPath"),
        (
            f"{SPEC}/volumes",
            [{"awsElasticBlockStore": {"volumeID": "v"}}],
            "volumes[0]",
            "mount EBS",
        ),
        (f"{SPEC}/volumes", [{"csi": {"driver": "s3.csi.aws.com"}}], "volumes[0]", "mount S3"),
        (f"{SPEC}/volumes", claim("disk"), "volumes[0]", "mount EBS"),
        (f"{SPEC}/volumes", claim("by-default"), "volumes[0]", "mount EBS"),
        (
            f"{SPEC}/volumes",
            [{"ephemeral": {"volumeClaimTemplate": {"spec": {"storageClassName": "gp2"}}}}],
            "volumes[0]",
            "mount EBS",
        ),
        (
            "spec/volumeClaimTemplates",
            [{"spec": {"storageClassName": "gp3"}}],
            "spec.volumeClaimTemplates[0]",
            "mount EBS",
        ),
        (
            f"{SPEC}/nodeSelector",
            {"kubernetes.io/arch": "arm64", "kubernetes.io/os": "linux"},
            "nodeSelector[kubernetes.io/arch]",
            "arch=arm64",
        ),
        (f"{SPEC}/nodeSelector", {"team": "web"}, "nodeSelector[team]", "team=web"),
        (
            f"{SPEC}/affinity",
            affinity({"matchExpressions": [ARM]}),
            "affinity.nodeAffinity",
            "node affinity",
        ),
        (f"{CONTAINER}/resources/requests", {"cpu": "17"}, "containers", "16 vCPU"),
        (
            f"{CONTAINER}/resources/requests",
            {"ephemeral-storage": "200Gi"},
            "containers",
            "ephemeral storage",
        ),
    ],
)
def test_fargate_runs_not_everything(path: str, value: object, field: str, words: str) -> None:
    (found,) = unsupported(changed(DEPLOYMENT, path, value), claims=CLAIMS, classes=iter(CLASSES))
    at = field if field == "kind" or "Templates" in field else f"spec.template.spec.{field}"
    assert found[0] == at
    assert words in found[1]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("kind", "Deployment"),
        ("kind", "Service"),
        (f"{SPEC}/hostNetwork", False),
        (f"{CONTAINER}/ports", [{"containerPort": 80, "hostPort": 0}]),
        (f"{CONTAINER}/resources/requests", {"ephemeral-storage": "175Gi"}),
        (f"{SPEC}/volumes", claim("share")),
        (f"{SPEC}/volumes", claim("ready")),
        (f"{SPEC}/volumes", claim("unheard-of")),
        (f"{SPEC}/volumes", claim(None)),
        (f"{SPEC}/nodeSelector", {"topology.kubernetes.io/zone": "eu-west-1a"}),
        (f"{SPEC}/nodeSelector", ABSENT),
        (
            f"{SPEC}/affinity",
            affinity(
                {"matchExpressions": [ARM]}, {"matchFields": [{**ARM, "key": "metadata.name"}]}
            ),
        ),
        # What the deploy fills in may be all right.
        (f"{SPEC}/hostNetwork", HOLE),
        (f"{SPEC}/nodeSelector", {"kubernetes.io/arch": HOLE}),
        (f"{SPEC}/nodeSelector", HOLE),
        (f"{SPEC}/affinity", HOLE),
        (f"{SPEC}/volumes", claim(HOLE)),
        (f"{SPEC}/volumes", claim("later")),
        (f"{SPEC}/volumes", [{"hostPath": HOLE}]),
        (f"{CONTAINER}/resources/requests", {"cpu": HOLE}),
        (f"{CONTAINER}/securityContext", HOLE),
        (f"{CONTAINER}/ports", [{"hostPort": HOLE}]),
    ],
)
def test_fargate_runs_the_rest(path: str, value: object) -> None:
    """EFS among it, and volumes that somebody made before."""
    assert unsupported(changed(DEPLOYMENT, path, value), claims=CLAIMS, classes=CLASSES) == []

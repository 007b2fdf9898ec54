from __future__ import annotations

import copy
from typing import Any

import pytest

from kube.immutability import problems
from kube.values import Unknown, known
from tests.unit.kube.pod_specs import ABSENT, changed, pod

HOLE = Unknown("${Value}")
TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {
        "containers": [
            {
                "name": "web",
                "image": "web:1",
                "ports": [{"containerPort": 80}],
                "resources": {"requests": {"cpu": "1"}},
            }
        ]
    },
}
CLAIM_SPEC = {
    "accessModes": ["ReadWriteOnce"],
    "resources": {"requests": {"storage": "10Gi"}},
}


def of(kind: str, api_version: str, **content: Any) -> dict[str, Any]:  # noqa: ANN401  # fields are of all kinds
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, **content}


def workload(kind: str, **spec: Any) -> dict[str, Any]:  # noqa: ANN401  # as above
    selector = {"matchLabels": {"app": "web"}}
    return of(kind, "apps/v1", spec={"selector": selector, "template": TEMPLATE, **spec})


DEPLOYMENT = workload("Deployment")
STATEFUL_SET = workload(
    "StatefulSet",
    serviceName="web",
    volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": CLAIM_SPEC}],
)
JOB = of("Job", "batch/v1", spec={"template": TEMPLATE, "completions": 3, "parallelism": 2})
INDEXED = changed(JOB, "spec/completionMode", "Indexed")
SUSPENDED = changed(JOB, "spec/suspend", value=True)
POD = pod(tolerations=[{"key": "a", "operator": "Exists"}])
SERVICE = of("Service", "v1", spec={"ports": [{"port": 80}]})
HEADLESS = changed(SERVICE, "spec/clusterIP", "None")
FIXED = changed(SERVICE, "spec/clusterIP", "10.0.0.1")
BALANCED = changed(SERVICE, "spec/type", "LoadBalancer")
CLASSED = changed(BALANCED, "spec/loadBalancerClass", "a.example/b")
STORED = changed(BALANCED, "metadata/uid", "1")
SETTINGS = of("ConfigMap", "v1", data={"a": "1"}, immutable=True)
SECRET = of("Secret", "v1", stringData={"a": "1"}, immutable=True)
STORAGE_CLASS = of("StorageClass", "storage.k8s.io/v1", provisioner="p", parameters={"type": "gp3"})
VOLUME = of("PersistentVolume", "v1", spec={"capacity": {"storage": "1Gi"}, "csi": {"driver": "a"}})
BINDING = of("RoleBinding", "rbac.authorization.k8s.io/v1", roleRef={"kind": "Role", "name": "a"})
CLAIM = of("PersistentVolumeClaim", "v1", spec=CLAIM_SPEC)
CLASSED_CLAIM = changed(CLAIM, "spec/storageClassName", "gp3")
PRIORITY = of("PriorityClass", "scheduling.k8s.io/v1", value=1)
DRIVER = of("CSIDriver", "storage.k8s.io/v1", spec={})
CRD = of(
    "CustomResourceDefinition",
    "apiextensions.k8s.io/v1",
    spec={"group": "a", "scope": "Namespaced", "names": {"kind": "A", "plural": "as"}},
)
VERSIONED = changed(CRD, "spec/versions", [{"name": "v1", "storage": True}])
TARGETS = of("TargetGroupBinding", "elbv2.k8s.aws/v1beta1", spec={"targetType": "ip"})
QUOTA = of("ResourceQuota", "v1", spec={"scopes": ["NotTerminating", "BestEffort"]})


@pytest.mark.parametrize(
    ("obj", "path", "value", "words"),
    [
        (
            DEPLOYMENT,
            "spec/selector/matchLabels/app",
            "api",
            'spec.selector: Invalid value: {"matchLabels":{"app":"api"}}: field is immutable',
        ),
        (DEPLOYMENT, "spec/selector/matchLabels/kind", "b", "spec.selector: Invalid value"),
        (DEPLOYMENT, "spec/selector", ABSENT, "spec.selector: Invalid value: null"),
        (workload("DaemonSet"), "spec/selector/matchLabels/b", "c", "spec.selector: Invalid"),
        (workload("ReplicaSet"), "spec/selector/matchLabels/b", "c", "spec.selector: Invalid"),
        (STATEFUL_SET, "spec/serviceName", "api", "spec: Forbidden: updates to statefulset spec"),
        (STATEFUL_SET, "spec/serviceName", ABSENT, "spec: Forbidden: updates to statefulset"),
        (
            STATEFUL_SET,
            "spec/volumeClaimTemplates/0/spec/resources/requests/storage",
            "20Gi",
            "spec: Forbidden: updates to statefulset spec",
        ),
        (STATEFUL_SET, "spec/podManagementPolicy", "Parallel", "spec: Forbidden: updates to"),
        (JOB, "spec/template/spec/containers/0/image", "web:2", "spec.template: Invalid value"),
        (
            changed(JOB, "spec", {"template": TEMPLATE}),
            "spec/completions",
            2,
            "spec.completions: In",
        ),
        (
            changed(changed(JOB, "spec/completions", ABSENT), "spec/parallelism", 2),
            "spec/completions",
            1,
            "spec.completions: Invalid value: 1",
        ),
        (INDEXED, "spec/completions", 5, "spec.completions: Invalid value: 5"),
        (JOB, "spec/template/spec/containers/0/command", ["a"], "spec.template: Invalid value"),
        (
            changed(JOB, "spec/template/spec/containers/0/command", ["a", "b"]),
            "spec/template/spec/containers/0/command/0",
            "c",
            "spec.template: Invalid value",
        ),
        (
            changed(JOB, "spec/template/spec/containers/0/command", ["a", "b"]),
            "spec/template/spec/containers/0/command",
            "a b",
            "spec.template: Invalid value",
        ),
        (JOB, "spec/completions", 4, "spec.completions: Invalid value: 4: field is immutable"),
        (JOB, "spec/completionMode", "Indexed", "spec.completionMode: Invalid value"),
        (SUSPENDED, "spec/template/spec/containers/0/image", "b", "spec.template: Invalid value"),
        (POD, "spec/hostname", "b", "spec: Forbidden: pod updates may not change fields other"),
        (POD, "spec/containers/0/name", "b", "spec: Forbidden: pod updates may not change"),
        (POD, "spec/tolerations", [], "spec.tolerations: Forbidden: existing toleration can not"),
        (
            FIXED,
            "spec/clusterIP",
            "10.0.0.2",
            'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may',
        ),
        (FIXED, "spec/clusterIP", "None", "spec.clusterIPs[0]: Invalid value"),
        (SERVICE, "spec/clusterIP", "None", "spec.clusterIPs[0]: Invalid value"),
        (HEADLESS, "spec/clusterIP", "10.0.0.1", "spec.clusterIPs[0]: Invalid value"),
        (
            changed(SERVICE, "spec/ipFamilies", ["IPv4"]),
            "spec/ipFamilies",
            ["IPv6"],
            'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set',
        ),
        (CLASSED, "spec/loadBalancerClass", "a.example/c", "may not change once set"),
        (CLASSED, "spec/loadBalancerClass", ABSENT, "spec.loadBalancerClass: Invalid value: null"),
        (BALANCED, "spec/loadBalancerClass", "a.example/b", "spec.loadBalancerClass: Invalid"),
        (STORED, "spec/loadBalancerClass", "service.k8s.aws/nlb", "spec.loadBalancerClass"),
        (SETTINGS, "data/a", "2", "data: Forbidden: field is immutable when `immutable` is set"),
        (SETTINGS, "immutable", ABSENT, "immutable: Forbidden: field is immutable when"),
        (SECRET, "stringData/a", "2", "stringData: Forbidden: field is immutable when"),
        (SECRET, "type", "kubernetes.io/tls", "type: Invalid value"),
        (STORAGE_CLASS, "parameters/type", "gp2", "updates to parameters are forbidden."),
        (STORAGE_CLASS, "provisioner", "b", "updates to provisioner are forbidden."),
        (STORAGE_CLASS, "reclaimPolicy", "Retain", "updates to reclaimPolicy are forbidden."),
        (STORAGE_CLASS, "volumeBindingMode", "WaitForFirstConsumer", "volumeBindingMode: Invalid"),
        (VOLUME, "spec/csi/driver", "b", "spec.persistentvolumesource: Forbidden"),
        (VOLUME, "spec/volumeMode", "Block", "spec.volumeMode: Invalid value"),
        (CLAIM, "spec/accessModes", ["ReadWriteMany"], "spec: Forbidden: spec is immutable after"),
        (
            CLAIM,
            "spec/resources/requests/storage",
            "5Gi",
            "spec.resources.requests.storage: Forbidden: field can not be less than",
        ),
        (BINDING, "roleRef/name", "b", "roleRef: Invalid value"),
        (CLASSED_CLAIM, "spec/storageClassName", ABSENT, "spec: Forbidden: spec is immutable"),
        (VERSIONED, "spec/versions/0/name", "v2", 'status.storedVersions[0]: Invalid value: "v1"'),
        (PRIORITY, "value", 2, "value: Forbidden: may not be changed in an update."),
        (PRIORITY, "preemptionPolicy", "Never", "preemptionPolicy: Invalid value"),
        (DRIVER, "spec/attachRequired", False, "spec.attachRequired: Invalid value"),
        (of("RuntimeClass", "node.k8s.io/v1", handler="a"), "handler", "b", "handler: Invalid"),
        (
            of("IngressClass", "networking.k8s.io/v1", spec={"controller": "a"}),
            "spec/controller",
            "b",
            "spec.controller: Invalid value",
        ),
        (CRD, "spec/scope", "Cluster", "spec.scope: Invalid value"),
        (TARGETS, "spec/targetType", "instance", "spec.targetType: Invalid value"),
        (QUOTA, "spec/scopes", ["BestEffort"], "spec.scopes: Invalid value"),
    ],
)
def test_change_is_refused(obj: dict[str, Any], path: str, value: object, words: str) -> None:
    (problem,) = problems(obj, changed(obj, path, value))
    assert words in str(problem)


@pytest.mark.parametrize(
    ("obj", "path", "value"),
    [
        (DEPLOYMENT, "spec/template/metadata/labels/tier", "front"),
        (DEPLOYMENT, "spec/selector/matchExpressions", []),
        (STATEFUL_SET, "spec/replicas", 3),
        (STATEFUL_SET, "spec/template/spec/containers/0/image", "web:2"),
        # What the server would fill in, or reads as the same.
        (STATEFUL_SET, "spec/podManagementPolicy", "OrderedReady"),
        (STATEFUL_SET, "spec/volumeClaimTemplates/0/spec/volumeMode", "Filesystem"),
        (STATEFUL_SET, "spec/volumeClaimTemplates/0/kind", "PersistentVolumeClaim"),
        (
            STATEFUL_SET,
            "spec/volumeClaimTemplates/0/spec/resources/requests/storage",
            "10240Mi",
        ),
        (JOB, "spec/suspend", True),
        (JOB, "spec/selector", {"matchLabels": {"uid": "1"}}),
        (JOB, "spec/template/spec/dnsPolicy", "ClusterFirst"),
        (JOB, "spec/template/spec/containers/0/imagePullPolicy", "IfNotPresent"),
        (JOB, "spec/template/spec/containers/0/ports/0/protocol", "TCP"),
        (JOB, "spec/template/spec/containers/0/resources/requests/cpu", "1000m"),
        (JOB, "spec/template/spec/securityContext", {}),
        (changed(JOB, "spec", {"template": TEMPLATE}), "spec/completions", 1),
        (changed(INDEXED, "spec/parallelism", 5), "spec/completions", 5),
        (SUSPENDED, "spec/template/spec/nodeSelector", {"a": "b"}),
        (SUSPENDED, "spec/template/metadata/labels/b", "c"),
        (POD, "spec/containers/0/image", "web:2"),
        (POD, "spec/activeDeadlineSeconds", 5),
        (POD, "spec/tolerations/1", {"operator": "Exists"}),
        (POD, "spec/tolerations/0/tolerationSeconds", 5),
        (SERVICE, "spec/type", "NodePort"),
        # The one that it has may be pinned; one that it had is kept.
        (SERVICE, "spec/clusterIP", "10.0.0.1"),
        (FIXED, "spec/clusterIP", ABSENT),
        (HEADLESS, "spec/clusterIP", ABSENT),
        (FIXED, "spec", {"type": "ExternalName", "externalName": "a"}),
        (changed(SERVICE, "spec/type", "ExternalName"), "spec", {"clusterIP": "None"}),
        (CLASSED, "spec", {"type": "ClusterIP"}),
        (BALANCED, "spec/loadBalancerClass", "service.k8s.aws/nlb"),
        (changed(HEADLESS, "spec/ipFamilies", ["IPv4"]), "spec/ipFamilies", ["IPv6"]),
        (changed(SETTINGS, "immutable", value=False), "data/a", "2"),
        (SECRET, "type", "Opaque"),
        (SECRET, "data", {}),
        (SECRET, "stringData", ABSENT),
        (SERVICE, "spec/ipFamilies", ["IPv6"]),
        (changed(SERVICE, "spec/ipFamilies", ["IPv4"]), "spec/ipFamilies", ABSENT),
        (STORAGE_CLASS, "allowVolumeExpansion", True),
        (STORAGE_CLASS, "reclaimPolicy", "Delete"),
        (STORAGE_CLASS, "volumeBindingMode", "Immediate"),
        (VOLUME, "spec/capacity/storage", "2Gi"),
        (VOLUME, "spec/nodeAffinity", {"required": {"nodeSelectorTerms": []}}),
        (CLAIM, "spec/resources/requests/storage", "20Gi"),
        (CLAIM, "spec/storageClassName", "gp3"),
        (CLAIM, "spec/volumeName", "pv"),
        (BINDING, "subjects", [{"kind": "User", "name": "a"}]),
        (BINDING, "roleRef/apiGroup", "rbac.authorization.k8s.io"),
        (VERSIONED, "spec/versions/1", {"name": "v2", "storage": True}),
        (PRIORITY, "description", "b"),
        (DRIVER, "spec/attachRequired", True),
        (DRIVER, "spec/podInfoOnMount", True),
        (TARGETS, "spec/targetType", ABSENT),
        (QUOTA, "spec/scopes", ["BestEffort", "NotTerminating"]),
        # Another kind, or one of another group: another object.
        (DEPLOYMENT, "kind", "StatefulSet"),
        (of("Service", "serving.knative.dev/v1", spec={"clusterIP": "a"}), "spec/clusterIP", "b"),
        # What the deploy fills in may be the same.
        (DEPLOYMENT, "spec", HOLE),
        (DEPLOYMENT, "spec/selector", HOLE),
        (DEPLOYMENT, "spec/selector/matchLabels/app", HOLE),
        (STATEFUL_SET, "spec", HOLE),
        (STATEFUL_SET, "spec/serviceName", HOLE),
        (STATEFUL_SET, "spec", {HOLE: "a"}),
        (DEPLOYMENT, "spec/selector/matchLabels", {HOLE: "web"}),
        (JOB, "spec/template", HOLE),
        (JOB, "spec/template/spec", HOLE),
        (JOB, "spec/completions", HOLE),
        (INDEXED, "spec/parallelism", HOLE),
        (POD, "spec/containers", HOLE),
        (POD, "spec/containers/0", HOLE),
        (POD, "spec/tolerations", HOLE),
        (FIXED, "spec/clusterIP", HOLE),
        (FIXED, "spec/type", HOLE),
        (CLASSED, "spec", HOLE),
        (CLASSED, "spec/loadBalancerClass", HOLE),
        (SETTINGS, "data", HOLE),
        (CLAIM, "spec/resources", HOLE),
    ],
)
def test_change_is_taken(obj: dict[str, Any], path: str, value: object) -> None:
    """In both directions, where one of the two is unknown."""
    new = changed(obj, path, value)
    assert [str(problem) for problem in problems(obj, new)] == []
    if not known(value):
        assert [str(problem) for problem in problems(new, obj)] == []


@pytest.mark.parametrize(
    "obj",
    [DEPLOYMENT, STATEFUL_SET, JOB, POD, CLASSED, SETTINGS, STORAGE_CLASS, VOLUME, CLAIM, CRD],
)
def test_object_that_stays_changes_nothing(obj: dict[str, Any]) -> None:
    assert problems(obj, copy.deepcopy(obj)) == []


@pytest.mark.parametrize(
    ("kind", "version", "path"),
    [
        ("ControllerRevision", "apps/v1", "data/a"),
        ("IPAddress", "networking.k8s.io/v1", "spec/parentRef/name"),
        ("ServiceCIDR", "networking.k8s.io/v1", "spec/cidrs/0"),
        ("VolumeAttachment", "storage.k8s.io/v1", "spec/nodeName"),
        ("CertificateSigningRequest", "certificates.k8s.io/v1", "spec/request"),
        ("ClusterTrustBundle", "certificates.k8s.io/v1beta1", "spec/signerName"),
        ("ResourceClaim", "resource.k8s.io/v1", "spec/devices/a"),
        ("ResourceClaimTemplate", "resource.k8s.io/v1", "spec/spec/a"),
        ("VolumeSnapshot", "snapshot.storage.k8s.io/v1", "spec/source/a"),
        ("VolumeSnapshotContent", "snapshot.storage.k8s.io/v1", "spec/source/a"),
        ("NodePool", "karpenter.sh/v1", "spec/template/spec/nodeClassRef/kind"),
    ],
)
def test_fields_of_rarer_kinds_stay(kind: str, version: str, path: str) -> None:
    """Each kind has its own."""

    def made(value: str) -> dict[str, Any]:
        inner: Any = value
        for step in reversed(path.split("/")):
            inner = [inner] if step == "0" else {step: inner}
        return {"apiVersion": version, "kind": kind, "metadata": {"name": "it"}, **inner}

    assert len(problems(made("a"), made("b"))) == 1
    assert problems(made("a"), made("a")) == []

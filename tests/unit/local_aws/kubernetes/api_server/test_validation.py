"""What the server refuses, in the words of a real one. One row per mistake."""

from __future__ import annotations

import pytest

from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, config_map, deployment, pod, service

CONTAINER = "spec.template.spec.containers.0"
FIELD = "spec.template.spec.containers[0]"
RBAC = {"apiVersion": "rbac.authorization.k8s.io/v1"}
ROLE = {
    **RBAC,
    "kind": "Role",
    "metadata": {"name": "a"},
    "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
}
BINDING = {
    **RBAC,
    "kind": "RoleBinding",
    "metadata": {"name": "a"},
    "roleRef": {"kind": "Role", "name": "a"},
    "subjects": [{"kind": "Group", "name": "g"}],
}
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "a"},
    "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "a"}}},
}
INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "a"},
    "spec": {
        "rules": [
            {
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "a", "port": {"number": 80}}},
                        }
                    ]
                }
            }
        ]
    },
}
JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "a"},
    "spec": {
        "template": {
            "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}
        }
    },
}
GOOD = [
    deployment(),
    pod(),
    service(),
    config_map(),
    ROLE,
    BINDING,
    BUDGET,
    INGRESS,
    JOB,
    deployment(strategy={"type": "Recreate"}),
    service(type="LoadBalancer", loadBalancerSourceRanges=["10.0.0.0/8"]),
    service(clusterIP="None", ports=None),
    changed(deployment(), f"{CONTAINER}.resources", {"limits": {"cpu": 1, "memory": "1Gi"}}),
]
# Object, code, and a part of the message.
BAD: list[tuple[Json, int, str]] = [
    (
        changed(deployment(), "spec.replica", 1),
        400,
        (
            'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error:'
            ' unknown field "spec.replica"'
        ),
    ),
    (
        changed(deployment(), f"{CONTAINER}.imagePullPolicies", "Always"),
        400,
        f'unknown field "{FIELD}.imagePullPolicies"',
    ),
    (changed(deployment(), "spec.replicas", "two"), 400, "cannot unmarshal string into Go struct"),
    (
        changed(deployment(), f"{CONTAINER}.resources", {"limits": {"memory": "128Megs"}}),
        400,
        "quantities must match the regular expression",
    ),
    (
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "%"}},
        400,
        "illegal base64 data",
    ),
    (changed(deployment(), "metadata.name", "Web"), 422, 'metadata.name: Invalid value: "Web"'),
    (changed(service(), "metadata.name", "web_1"), 422, "a lowercase RFC 1123 label must"),
    (config_map(labels={"a": "no spaces"}), 422, 'metadata.labels: Invalid value: "no spaces"'),
    (config_map(labels={"a/b/c": "x"}), 422, 'metadata.labels: Invalid value: "a/b/c"'),
    (changed(config_map(), "data", {"a b": ""}), 422, "a valid config key must consist of"),
    (
        changed(deployment(), "spec.selector.matchLabels", {"app": "other"}),
        422,
        (
            'Deployment.apps "web" is invalid: spec.template.metadata.labels: Invalid value:'
            ' {"app":"web"}: `selector` does not match template `labels`'
        ),
    ),
    (changed(deployment(), "spec.selector", {}), 422, "empty selector is invalid for deployment"),
    (changed(deployment(), "spec", {}), 422, "spec.selector: Required value"),
    (changed(deployment(), "spec.replicas", -1), 422, "must be greater than or equal to 0"),
    (
        changed(deployment(), "spec.strategy", {"type": "Rolling"}),
        422,
        'Unsupported value: "Rolling": supported values: "Recreate", "RollingUpdate"',
    ),
    (
        changed(
            deployment(), "spec.strategy", {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}
        ),
        422,
        "may not be 0 when `maxSurge` is 0",
    ),
    (
        changed(deployment(), "spec.minReadySeconds", 600),
        422,
        "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
    ),
    (
        changed(deployment(), "spec.template.spec.restartPolicy", "Never"),
        422,
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ),
    (changed(deployment(), f"{CONTAINER}.image", ""), 422, f"{FIELD}.image: Required value"),
    (changed(deployment(), f"{CONTAINER}.name", "a_b"), 422, f'{FIELD}.name: Invalid value: "a_b"'),
    (
        changed(
            deployment(),
            f"{CONTAINER}.resources",
            {"requests": {"cpu": "1"}, "limits": {"cpu": "500m"}},
        ),
        422,
        (
            f'{FIELD}.resources.requests: Invalid value: "1": must be less than or equal to cpu limit'
            " of 500m"
        ),
    ),
    (
        changed(deployment(), f"{CONTAINER}.ports", [{"containerPort": 80, "name": "Http"}]),
        422,
        "must contain only alpha-numeric characters",
    ),
    (
        changed(deployment(), f"{CONTAINER}.ports", [{"containerPort": 80, "name": "a" * 16}]),
        422,
        "must be no more than 15 characters",
    ),
    (
        changed(deployment(), f"{CONTAINER}.ports", [{"containerPort": 70000}]),
        422,
        "must be between 1 and 65535, inclusive",
    ),
    (
        changed(deployment(), f"{CONTAINER}.volumeMounts", [{"name": "v", "mountPath": "/v"}]),
        422,
        f'{FIELD}.volumeMounts[0].name: Not found: "v"',
    ),
    (
        changed(deployment(), "spec.template.spec.tolerations", [{"effect": "NoSchedule"}]),
        422,
        "operator must be Exists when `key` is empty",
    ),
    (
        changed(JOB, "spec.template.spec.restartPolicy", "Always"),
        422,
        'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ),
    (service(ports=[]), 422, "spec.ports: Required value"),
    (service(ports=[{"port": 80}, {"port": 81}]), 422, "spec.ports[0].name: Required value"),
    (
        service(ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]),
        422,
        'spec.ports[1].name: Duplicate value: "a"',
    ),
    (service(type="External"), 422, 'spec.type: Unsupported value: "External"'),
    (service(loadBalancerClass="a/b"), 422, "may only be used when `type` is 'LoadBalancer'"),
    (
        service(type="LoadBalancer", loadBalancerSourceRanges=["10.0.0.0"]),
        422,
        "must be a valid CIDR value",
    ),
    (service(clusterIP="172.20.0.1"), 422, "provided IP is already allocated"),
    (
        changed(BUDGET, "spec.minAvailable", 1),
        422,
        "minAvailable and maxUnavailable cannot be both set",
    ),
    (changed(BUDGET, "spec.maxUnavailable", "half"), 422, "a valid percent string must be"),
    (
        changed(INGRESS, "spec.rules.0.http.paths.0.pathType", "prefix"),
        422,
        (
            'pathType: Unsupported value: "prefix": supported values: "Exact",'
            ' "ImplementationSpecific", "Prefix"'
        ),
    ),
    (changed(INGRESS, "spec.rules.0.http.paths.0.path", "a"), 422, "must be an absolute path"),
    (changed(INGRESS, "spec", {}), 422, "either `defaultBackend` or `rules` must be specified"),
    (changed(ROLE, "rules.0.verbs", []), 422, "rules[0].verbs: Required value"),
    (changed(ROLE, "rules.0.apiGroups", []), 422, "rules[0].apiGroups: Required value"),
    (changed(BINDING, "roleRef.kind", "Group"), 422, 'roleRef.kind: Unsupported value: "Group"'),
    (changed(BINDING, "subjects.0.kind", "Team"), 422, 'Unsupported value: "Team"'),
    (changed(pod(), "spec.serviceAccountName", "x"), 403, 'serviceaccount "x" not found'),
]


def create(cluster: Cluster, obj: Json) -> Json:
    resource = cluster.registry.by_kind(obj["apiVersion"], obj["kind"])
    assert resource is not None
    namespace = "default" if resource.namespaced else ""
    return cluster.create(resource, namespace, obj, Write(field_validation="Strict"))


@pytest.mark.parametrize("obj", GOOD)
def test_right_object_is_taken(cluster: Cluster, obj: Json) -> None:
    """So the refusals below come of the one mistake that each row makes."""
    assert create(cluster, obj)["metadata"]["uid"]


@pytest.mark.parametrize(("obj", "code", "message"), BAD, ids=[row[2][:60] for row in BAD])
def test_wrong_object_is_refused(cluster: Cluster, obj: Json, code: int, message: str) -> None:
    with pytest.raises(ApiError) as refusal:
        create(cluster, obj)
    assert message in str(refusal.value)
    assert refusal.value.code == code


IMMUTABLE: list[tuple[Json, str, object, str]] = [
    (
        deployment(),
        "spec",
        changed(deployment("api"), "x", 1)["spec"],
        'spec.selector: Invalid value: {"matchLabels":{"app":"api"}}: field is immutable',
    ),
    (service(), "spec.clusterIP", "172.20.9.9", "may not change once set"),
    (
        service(type="LoadBalancer", loadBalancerClass="a.example/b"),
        "spec.loadBalancerClass",
        "a.example/c",
        "spec.loadBalancerClass: Invalid value",
    ),
    (BINDING, "roleRef.name", "b", "cannot change roleRef"),
    (
        {**config_map(), "immutable": True},
        "data.a",
        "2",
        "field is immutable when `immutable` is set",
    ),
    (pod(), "spec.hostname", "other", "pod updates may not change fields other than"),
    (
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "a"},
            "provisioner": "ebs.csi.aws.com",
            "parameters": {"type": "gp3"},
        },
        "parameters.type",
        "gp2",
        "updates to parameters are forbidden.",
    ),
]


@pytest.mark.parametrize(
    ("obj", "path", "value", "message"), IMMUTABLE, ids=[row[3][:50] for row in IMMUTABLE]
)
def test_immutable_field_stays(
    cluster: Cluster, obj: Json, path: str, value: object, message: str
) -> None:
    created = create(cluster, obj)
    resource = cluster.registry.by_kind(obj["apiVersion"], obj["kind"])
    assert resource is not None
    with pytest.raises(ApiError) as refusal:
        cluster.update(resource, created, changed(created, path, value), Write())
    assert message in str(refusal.value)
    assert refusal.value.code == 422

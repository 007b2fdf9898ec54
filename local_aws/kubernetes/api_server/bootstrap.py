"""What every new cluster holds: namespaces, Kubernetes' own roles, the API server's Service."""

from __future__ import annotations

from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.objects import Json

_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_RBAC = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]

# What the roles view, edit and admin may touch, as Kubernetes' bootstrap policy lists it.
_WORKLOADS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "",
        (
            "configmaps",
            "persistentvolumeclaims",
            "pods",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "serviceaccounts",
            "services",
            "endpoints",
        ),
    ),
    (
        "apps",
        (
            "daemonsets",
            "deployments",
            "deployments/scale",
            "replicasets",
            "replicasets/scale",
            "statefulsets",
            "statefulsets/scale",
        ),
    ),
    ("autoscaling", ("horizontalpodautoscalers",)),
    ("batch", ("cronjobs", "jobs")),
    ("policy", ("poddisruptionbudgets",)),
    ("networking.k8s.io", ("ingresses", "networkpolicies")),
    ("discovery.k8s.io", ("endpointslices",)),
)
_READ_ONLY: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "",
        (
            "bindings",
            "events",
            "limitranges",
            "namespaces",
            "namespaces/status",
            "pods/log",
            "pods/status",
            "resourcequotas",
            "resourcequotas/status",
            "services/status",
            "persistentvolumeclaims/status",
        ),
    ),
    (
        "apps",
        (
            "controllerrevisions",
            "daemonsets/status",
            "deployments/status",
            "replicasets/status",
            "statefulsets/status",
        ),
    ),
    ("batch", ("cronjobs/status", "jobs/status")),
    ("autoscaling", ("horizontalpodautoscalers/status",)),
    ("policy", ("poddisruptionbudgets/status",)),
    ("networking.k8s.io", ("ingresses/status",)),
)


def _rule(groups: str, resources: tuple[str, ...], verbs: list[str]) -> Json:
    return {"apiGroups": [groups], "resources": list(resources), "verbs": verbs}


def _view() -> list[Json]:
    return [_rule(group, resources, _READ) for group, resources in (*_WORKLOADS, *_READ_ONLY)]


def _edit() -> list[Json]:
    return [
        *_view(),
        *(_rule(group, resources, _WRITE) for group, resources in _WORKLOADS),
        _rule("", ("secrets",), _READ + _WRITE),
        _rule("", ("pods/eviction",), ["create"]),
        _rule("", ("serviceaccounts",), ["impersonate"]),
        _rule("", ("pods/attach", "pods/exec", "pods/portforward", "pods/proxy"), _READ + _WRITE),
        _rule("coordination.k8s.io", ("leases",), _READ + _WRITE),
    ]


def _admin() -> list[Json]:
    return [
        *_edit(),
        _rule(_RBAC, ("rolebindings", "roles"), _READ + _WRITE),
        _rule("authorization.k8s.io", ("localsubjectaccessreviews",), ["create"]),
    ]


def _roles() -> dict[str, list[Json]]:
    paths = [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/openapi",
        "/openapi/*",
        "/version",
        "/version/",
    ]
    public = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
    reviews = ("selfsubjectaccessreviews", "selfsubjectrulesreviews")
    return {
        "cluster-admin": [
            _rule("*", ("*",), ["*"]),
            {"nonResourceURLs": ["*"], "verbs": ["*"]},
        ],
        "admin": _admin(),
        "edit": _edit(),
        "view": _view(),
        "system:discovery": [{"nonResourceURLs": [*public, *paths], "verbs": ["get"]}],
        "system:public-info-viewer": [{"nonResourceURLs": public, "verbs": ["get"]}],
        "system:basic-user": [
            _rule("authorization.k8s.io", reviews, ["create"]),
            _rule("authentication.k8s.io", ("selfsubjectreviews",), ["create"]),
        ],
    }


_BINDINGS = {
    "cluster-admin": ("system:masters",),
    "system:discovery": ("system:authenticated",),
    "system:basic-user": ("system:authenticated",),
    "system:public-info-viewer": ("system:authenticated", "system:unauthenticated"),
}


def furnish(cluster: Cluster) -> None:
    """Put into a new cluster what every cluster has."""
    write = Write(manager="kube-apiserver")

    def create(group: str, plural: str, namespace: str, obj: Json) -> None:
        cluster.create(cluster.registry.get(group, plural), namespace, obj, write)

    for name in _NAMESPACES:
        create("", "namespaces", "", {"metadata": {"name": name}})
    labels = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    for name, rules in _roles().items():
        create(
            _RBAC,
            "clusterroles",
            "",
            {"metadata": {"name": name, "labels": labels}, "rules": rules},
        )
    for name, groups in _BINDINGS.items():
        binding = {
            "metadata": {"name": name, "labels": labels},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": group} for group in groups],
        }
        create(_RBAC, "clusterrolebindings", "", binding)
    for name, value in (
        ("system-cluster-critical", 2000000000),
        ("system-node-critical", 2000001000),
    ):
        create(
            "scheduling.k8s.io", "priorityclasses", "", {"metadata": {"name": name}, "value": value}
        )
    service = {
        "metadata": {
            "name": "kubernetes",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "clusterIP": "172.20.0.1",
            "ports": [{"name": "https", "port": 443, "targetPort": 443}],
        },
    }
    create("", "services", "default", service)

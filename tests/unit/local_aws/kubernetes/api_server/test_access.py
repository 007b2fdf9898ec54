from __future__ import annotations

import contextlib
from typing import Any

import pytest

from local_aws.kubernetes.api_server import access
from local_aws.kubernetes.api_server.access import Target, User
from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.errors import ApiError

RBAC = "rbac.authorization.k8s.io/v1"
JOE = User(name="joe", groups=("developers",))


def allows(cluster: Cluster, user: User, verb: str, **target: str) -> bool:
    wanted = Target(**{"api_version": "v1", **({"plural": "pods"} | target)})
    with contextlib.suppress(ApiError):
        access.check(cluster.store, user, verb, wanted)
        return True
    return False


def grant(
    cluster: Cluster,
    *rules: dict[str, Any],
    namespace: str = "",
    subject: dict[str, str] | None = None,
    role: str = "granted",
) -> None:
    """Bind rules to a subject, the group of developers unless named: everywhere or in a namespace."""
    scope = "" if namespace else "Cluster"
    subject = subject or {"kind": "Group", "name": "developers"}
    made = {"metadata": {"name": "granted"}, "rules": list(rules)}
    kind = f"{scope}Role" if role == "granted" else "ClusterRole"
    reference = {"apiGroup": RBAC.partition("/")[0], "kind": kind, "name": role}
    subject = {"namespace": "default"} | subject if subject["kind"] == "ServiceAccount" else subject
    binding = {"metadata": {"name": role}, "roleRef": reference, "subjects": [subject]}
    for one, obj in ((f"{scope}Role", made), (f"{scope}RoleBinding", binding)):
        if rules or "Binding" in one:
            cluster.create(cluster.registry.by_kind(RBAC, one), namespace, obj, Write())


def rule(**values: list[str]) -> dict[str, Any]:
    return {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], **values}


@pytest.mark.parametrize(
    ("rules", "verb", "target", "expected"),
    [
        ([rule()], "get", {}, True),
        ([rule()], "list", {}, False),
        ([rule()], "get", {"plural": "secrets"}, False),
        ([rule()], "get", {"api_version": "apps/v1"}, False),
        ([rule()], "get", {"subresource": "log"}, False),
        ([rule(resources=["pods/log"])], "get", {"subresource": "log"}, True),
        ([rule(resources=["*/scale"])], "get", {"subresource": "scale"}, True),
        ([rule(resources=["*"])], "get", {"subresource": "log"}, True),
        ([rule(verbs=["*"])], "delete", {}, True),
        ([rule(apiGroups=["*"])], "get", {"api_version": "x.example/v1"}, True),
        ([rule(resourceNames=["a"])], "get", {"name": "a"}, True),
        ([rule(resourceNames=["a"])], "get", {"name": "b"}, False),
        ([rule(resourceNames=["a"])], "get", {}, False),
        ([rule(), rule(resources=["secrets"])], "get", {"plural": "secrets"}, True),
        ([], "get", {}, False),
    ],
)
def test_rules_cover(
    cluster: Cluster,
    rules: list[dict[str, Any]],
    verb: str,
    target: dict[str, str],
    *,
    expected: bool,
) -> None:
    grant(cluster, *rules)
    assert allows(cluster, JOE, verb, **target) is expected


def test_role_in_a_namespace_ends_there(cluster: Cluster) -> None:
    grant(cluster, rule(), rule(resources=["namespaces"]), namespace="default")
    assert allows(cluster, JOE, "get", namespace="default")
    assert allows(cluster, JOE, "get", plural="namespaces", name="default")
    assert not allows(cluster, JOE, "get", namespace="kube-system")
    assert not allows(cluster, JOE, "get")


@pytest.mark.parametrize(
    ("subject", "user"),
    [
        ({"kind": "User", "name": "joe"}, User(name="joe")),
        ({"kind": "Group", "name": "developers"}, User(name="x", groups=("developers",))),
        (
            {"kind": "ServiceAccount", "name": "robot"},
            User(name="system:serviceaccount:default:robot"),
        ),
    ],
)
def test_subject_is_who_it_names(cluster: Cluster, subject: dict[str, str], user: User) -> None:
    grant(cluster, rule(), subject=subject)
    assert allows(cluster, user, "get")
    assert not allows(cluster, User(name="other"), "get")


@pytest.mark.parametrize(
    ("group", "path", "expected"),
    [
        ("system:masters", "/metrics", True),
        ("system:authenticated", "/apis", True),
        ("system:authenticated", "/metrics", False),
        ("system:unauthenticated", "/readyz", True),
        ("system:unauthenticated", "/api", False),
    ],
)
def test_discovery_is_for_users_and_health_for_all(
    cluster: Cluster, group: str, path: str, *, expected: bool
) -> None:
    assert allows(cluster, User(name="x", groups=(group,)), "get", path=path) is expected


@pytest.mark.parametrize(
    ("role", "verb", "plural", "api_version", "expected"),
    [
        ("view", "list", "pods", "v1", True),
        ("view", "get", "secrets", "v1", False),
        ("view", "delete", "pods", "v1", False),
        ("edit", "get", "secrets", "v1", True),
        ("edit", "patch", "deployments", "apps/v1", True),
        ("edit", "create", "roles", RBAC, False),
        ("admin", "create", "roles", RBAC, True),
        ("admin", "get", "nodes", "v1", False),
        ("cluster-admin", "get", "nodes", "v1", True),
    ],
)
def test_roles_for_people_hold_what_they_should(
    cluster: Cluster, role: str, verb: str, plural: str, api_version: str, *, expected: bool
) -> None:
    grant(cluster, namespace="default", role=role)
    target = {"api_version": api_version, "plural": plural, "namespace": "default"}
    assert allows(cluster, JOE, verb, **target) is expected


def test_refusal_has_kubernetes_words(cluster: Cluster) -> None:
    target = Target(api_version="apps/v1", plural="deployments", namespace="web", name="a")
    with pytest.raises(ApiError) as refusal:
        access.check(cluster.store, JOE, "get", target)
    assert str(refusal.value) == (
        'deployments.apps "a" is forbidden: User "joe" cannot get resource "deployments" in API'
        ' group "apps" in the namespace "web"'
    )

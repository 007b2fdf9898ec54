from __future__ import annotations

from typing import Any

import pytest

from local_aws.kubernetes.api_server.authorization import Attributes, Authorizer, User
from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.errors import ApiError

GROUP = "rbac.authorization.k8s.io"
JOE = User(name="joe", groups=("developers", "system:authenticated"))


def allows(cluster: Cluster, user: User, verb: str, resource: str, **values: str) -> bool:
    attributes = Attributes(verb=verb, resource=resource, **values)
    return Authorizer(cluster.store).allows(user, attributes)


def grant(
    cluster: Cluster,
    rules: list[dict[str, Any]],
    *,
    namespace: str = "",
    subject: dict[str, str] | None = None,
) -> None:
    """Bind rules to a subject, the group of developers unless named: everywhere or in a namespace."""
    scope = "" if namespace else "cluster"
    kind = "Role" if namespace else "ClusterRole"
    role = {"metadata": {"name": "granted"}, "rules": rules}
    subject = subject or {"kind": "Group", "name": "developers"}
    binding = {
        "metadata": {"name": "granted"},
        "roleRef": {"kind": kind, "name": "granted"},
        "subjects": [subject],
    }
    for plural, obj in ((f"{scope}roles", role), (f"{scope}rolebindings", binding)):
        cluster.create(cluster.registry.get(GROUP, plural), namespace, obj, Write())


def rule(**values: list[str]) -> dict[str, Any]:
    return {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], **values}


@pytest.mark.parametrize(
    ("rules", "verb", "resource", "values", "expected"),
    [
        ([rule()], "get", "pods", {}, True),
        ([rule()], "list", "pods", {}, False),
        ([rule()], "get", "secrets", {}, False),
        ([rule()], "get", "pods", {"group": "apps"}, False),
        ([rule()], "get", "pods", {"subresource": "log"}, False),
        ([rule(resources=["pods/log"])], "get", "pods", {"subresource": "log"}, True),
        ([rule(resources=["*/scale"])], "get", "pods", {"subresource": "scale"}, True),
        ([rule(resources=["*"])], "get", "pods", {"subresource": "log"}, True),
        ([rule(verbs=["*"])], "delete", "pods", {}, True),
        ([rule(apiGroups=["*"])], "get", "pods", {"group": "x.example"}, True),
        ([rule(resourceNames=["a"])], "get", "pods", {"name": "a"}, True),
        ([rule(resourceNames=["a"])], "get", "pods", {"name": "b"}, False),
        ([rule(resourceNames=["a"])], "get", "pods", {}, False),
        ([rule(), rule(resources=["secrets"])], "get", "secrets", {}, True),
        ([], "get", "pods", {}, False),
    ],
)
def test_rules_cover(
    cluster: Cluster,
    rules: list[dict[str, Any]],
    verb: str,
    resource: str,
    values: dict[str, str],
    *,
    expected: bool,
) -> None:
    grant(cluster, rules)
    assert allows(cluster, JOE, verb, resource, **values) is expected


def test_role_in_a_namespace_ends_there(cluster: Cluster) -> None:
    grant(cluster, [rule()], namespace="default")
    assert allows(cluster, JOE, "get", "pods", namespace="default")
    assert not allows(cluster, JOE, "get", "pods", namespace="kube-system")
    assert not allows(cluster, JOE, "get", "pods")


@pytest.mark.parametrize(
    ("subject", "user"),
    [
        ({"kind": "User", "name": "joe"}, User(name="joe")),
        ({"kind": "Group", "name": "developers"}, User(name="x", groups=("developers",))),
        (
            {"kind": "ServiceAccount", "name": "robot", "namespace": "default"},
            User(name="system:serviceaccount:default:robot"),
        ),
    ],
)
def test_subject_is_who_it_names(cluster: Cluster, subject: dict[str, str], user: User) -> None:
    grant(cluster, [rule()], subject=subject)
    assert allows(cluster, user, "get", "pods")
    assert not allows(cluster, User(name="other"), "get", "pods")


def test_masters_may_do_everything(cluster: Cluster) -> None:
    assert allows(cluster, User(name="x", groups=("system:masters",)), "delete", "nodes")


@pytest.mark.parametrize(
    ("group", "path", "expected"),
    [
        ("system:authenticated", "/apis/apps/v1", True),
        ("system:authenticated", "/metrics", False),
        ("system:unauthenticated", "/readyz", True),
        ("system:unauthenticated", "/api", False),
    ],
)
def test_discovery_is_for_users_and_health_for_all(
    cluster: Cluster, group: str, path: str, *, expected: bool
) -> None:
    user = User(name="x", groups=(group,))
    attributes = Attributes(verb="get", path=path)
    assert Authorizer(cluster.store).allows(user, attributes) is expected


def test_roles_for_people_hold_what_they_should(cluster: Cluster) -> None:
    """Viewers see no Secrets, editors change no roles, admins do both in a namespace."""
    for name in ("view", "edit", "admin"):
        binding = {
            "metadata": {"name": name},
            "roleRef": {"kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "User", "name": name}],
        }
        bindings = cluster.registry.get(GROUP, "rolebindings")
        cluster.create(bindings, "default", binding, Write())

    def may(name: str, verb: str, resource: str, group: str = "") -> bool:
        user = User(name=name)
        return allows(cluster, user, verb, resource, group=group, namespace="default")

    assert may("view", "list", "pods")
    assert not may("view", "get", "secrets")
    assert not may("view", "delete", "pods")
    assert may("edit", "get", "secrets")
    assert may("edit", "patch", "deployments", "apps")
    assert not may("edit", "create", "roles", GROUP)
    assert may("admin", "create", "roles", GROUP)
    assert not may("admin", "get", "nodes")


def test_refusal_has_kubernetes_words(cluster: Cluster) -> None:
    authorizer = Authorizer(cluster.store)
    attributes = Attributes(
        verb="get", group="apps", resource="deployments", namespace="web", name="a"
    )
    with pytest.raises(ApiError) as refusal:
        authorizer.check(JOE, attributes)
    assert str(refusal.value) == (
        'deployments.apps "a" is forbidden: User "joe" cannot get resource "deployments" in API'
        ' group "apps" in the namespace "web"'
    )
    with pytest.raises(ApiError, match='forbidden: User "joe" cannot get path "/metrics"'):
        authorizer.check(JOE, Attributes(verb="get", path="/metrics"))

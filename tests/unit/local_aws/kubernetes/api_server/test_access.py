from __future__ import annotations

import pytest

from local_aws.kubernetes.api_server import access
from local_aws.kubernetes.api_server.access import Target, User
from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.objects import Json

GROUP = "rbac.authorization.k8s.io"
RBAC = f"{GROUP}/v1"
JOE = User(name="joe", groups=("developers",))
DEVELOPERS = {"kind": "Group", "name": "developers"}
PODS = {"api_version": "v1", "plural": "pods"}


def allows(state: Cluster, user: User, verb: str, **target: str) -> bool:
    try:
        access.check(state.store, user, verb, Target(**target))
    except ApiError as error:
        assert (error.code, error.reason) == (403, "Forbidden")  # noqa: PT017 - it says no
        return False
    return True


def bind(
    state: Cluster, role: str, *rules: Json, namespace: str = "", subject: Json = DEVELOPERS
) -> None:
    """Bind a role to a subject, everywhere or in a namespace, and create it if it has rules."""
    kind = "Role" if namespace and rules else "ClusterRole"
    objs: Json = {kind: {"metadata": {"name": role}, "rules": rules}} if rules else {}
    objs["RoleBinding" if namespace else "ClusterRoleBinding"] = {
        "metadata": {"name": role},
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
        "subjects": [subject],
    }
    for one, obj in objs.items():
        state.create(state.registry.by_kind(RBAC, one), namespace, obj, Write())


def rule(**values: list[str]) -> Json:
    return {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], **values}


@pytest.mark.parametrize(
    ("rules", "verb", "target", "expected"),
    [
        ([rule()], "get", {}, True),
        ([rule()], "list", {}, False),
        ([rule()], "get", {"plural": "secrets"}, False),
        ([rule()], "get", {"api_version": "apps/v1"}, False),
        ([rule(resources=["pods/log"])], "get", {"subresource": "log"}, True),
        ([rule(resources=["*/scale"])], "get", {"subresource": "scale"}, True),
        ([rule(resources=["*"])], "get", {"subresource": "log"}, True),
        ([rule(apiGroups=["*"])], "get", {"api_version": "x.example/v1"}, True),
        ([rule(resourceNames=["a"])], "get", {"name": "a"}, True),
        ([rule(resourceNames=["a"])], "get", {"name": "b"}, False),
        ([rule(), rule(resources=["secrets"])], "get", {"plural": "secrets"}, True),
    ],
)
def test_rules_cover(
    state: Cluster, rules: list[Json], verb: str, target: dict[str, str], *, expected: bool
) -> None:
    bind(state, "granted", *rules)
    assert allows(state, JOE, verb, **PODS | target) is expected


def test_role_in_a_namespace_ends_there(state: Cluster) -> None:
    bind(state, "granted", rule(resources=["pods", "namespaces"]), namespace="default")
    assert allows(state, JOE, "get", **PODS, namespace="default")
    assert allows(state, JOE, "get", api_version="v1", plural="namespaces", name="default")
    assert not allows(state, JOE, "get", **PODS, namespace="kube-system")
    assert not allows(state, JOE, "get", **PODS)


@pytest.mark.parametrize(
    ("subject", "user"),
    [
        ({"kind": "User", "name": "joe"}, User(name="joe")),
        (DEVELOPERS, User(name="x", groups=("developers",))),
        (
            {"kind": "ServiceAccount", "name": "robot", "namespace": "default"},
            User(name="system:serviceaccount:default:robot"),
        ),
    ],
)
def test_subject_is_who_it_names(state: Cluster, subject: dict[str, str], user: User) -> None:
    bind(state, "granted", rule(), subject=subject)
    assert allows(state, user, "get", **PODS)
    other = User(name=subject["name"], groups=("joe", "robot"))
    assert user.name == "joe" or not allows(state, other, "get", **PODS)


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
    state: Cluster, group: str, path: str, *, expected: bool
) -> None:
    assert allows(state, User(name="x", groups=(group,)), "get", path=path) is expected


@pytest.mark.parametrize(
    ("role", "verb", "api_version", "plural", "expected"),
    [
        ("view", "list", "v1", "pods", True),
        ("view", "get", "v1", "secrets", False),
        ("edit", "patch", "apps/v1", "deployments", True),
        ("edit", "create", RBAC, "roles", False),
        ("admin", "get", "v1", "nodes", False),
    ],
)
def test_roles_for_people_hold_what_they_should(
    state: Cluster, role: str, verb: str, api_version: str, plural: str, *, expected: bool
) -> None:
    bind(state, role, namespace="default")
    target = {"api_version": api_version, "plural": plural, "namespace": "default"}
    assert allows(state, JOE, verb, **target) is expected


def test_refusal_has_kubernetes_words(state: Cluster) -> None:
    target = Target(api_version="apps/v1", plural="deployments", namespace="web", name="a")
    with pytest.raises(ApiError) as refusal:
        access.check(state.store, JOE, "get", target)
    assert str(refusal.value) == (
        'deployments.apps "a" is forbidden: User "joe" cannot get resource "deployments" in API'
        ' group "apps" in the namespace "web"'
    )

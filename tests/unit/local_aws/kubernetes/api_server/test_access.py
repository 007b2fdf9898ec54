from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from local_aws.kubernetes.api_server import access
from local_aws.kubernetes.api_server.access import Target, User
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.objects import Json

GROUP = "rbac.authorization.k8s.io"
JOE = User(name="joe", groups=("developers",))
DEVELOPERS = {"kind": "Group", "name": "developers"}
PODS = {"api_version": "v1", "plural": "pods"}
CASES = yaml.safe_load(Path(__file__).with_name("access.yaml").read_text(encoding="utf-8"))


def cases(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", CASES[name], ids=str)


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
    defaults = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    of_role = {"metadata": {"name": role}, "rules": [defaults | rule for rule in rules]}
    objs: Json = {kind: of_role} if rules else {}
    objs["RoleBinding" if namespace else "ClusterRoleBinding"] = {
        "metadata": {"name": role},
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
        "subjects": [subject],
    }
    for one, obj in objs.items():
        state.create(state.registry.by_kind(f"{GROUP}/v1", one), namespace, obj)


@cases("rules")
def test_rules_cover(state: Cluster, case: Json) -> None:
    bind(state, "granted", *case["rules"])
    assert allows(state, JOE, case["verb"], **PODS | case["target"]) is case["allowed"]


def test_role_in_a_namespace_ends_there(state: Cluster) -> None:
    bind(state, "granted", {"resources": ["pods", "namespaces"]}, namespace="default")
    assert allows(state, JOE, "get", **PODS, namespace="default")
    assert allows(state, JOE, "get", api_version="v1", plural="namespaces", name="default")
    assert not allows(state, JOE, "get", **PODS, namespace="kube-system")
    assert not allows(state, JOE, "get", **PODS)


@cases("subjects")
def test_subject_is_who_it_names(state: Cluster, case: Json) -> None:
    bind(state, "granted", {}, subject=case["subject"])
    for key in ("user", "other"):
        name, *groups = [case[key]] if isinstance(case[key], str) else case[key]
        assert allows(state, User(name=name, groups=groups), "get", **PODS) is (key == "user")


@cases("paths")
def test_discovery_is_for_users_and_health_for_all(state: Cluster, case: Json) -> None:
    user = User(name="x", groups=(case["group"],))
    assert allows(state, user, "get", path=case["path"]) is case["allowed"]


@cases("roles")
def test_roles_for_people_hold_what_they_should(state: Cluster, case: Json) -> None:
    bind(state, case["role"], namespace="default")
    target = {"api_version": "v1", "namespace": "default", **case["target"]}
    assert allows(state, JOE, case["verb"], **target) is case["allowed"]


def test_refusal_has_kubernetes_words(state: Cluster) -> None:
    target = Target(api_version="apps/v1", plural="deployments", namespace="web", name="a")
    with pytest.raises(ApiError) as refusal:
        access.check(state.store, JOE, "get", target)
    assert str(refusal.value) == (
        'deployments.apps "a" is forbidden: User "joe" cannot get resource "deployments" in API'
        ' group "apps" in the namespace "web"'
    )

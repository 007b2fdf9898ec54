from __future__ import annotations

import json
from typing import Any

import pytest

from assembly.kinds import MANIFEST
from guardrails.catalogue import RULES
from tests.unit.guardrails.environments import of_resources

BY_ID = {rule.id: rule for rule in RULES}
WEB = {"kind": "ServiceAccount", "name": "web", "namespace": "kube-system"}
ADMINS = {"kind": "Group", "name": "system:admins"}


def binding(kind: str, name: str, subject: dict[str, str], whole: object = "") -> dict[str, Any]:
    """Return a binding in kube-system, or in the whole cluster."""
    metadata = {"name": "binding"} if whole else {"name": "binding", "namespace": "kube-system"}
    return {
        "kind": "ClusterRoleBinding" if whole else "RoleBinding",
        "metadata": metadata,
        "roleRef": {"kind": kind, "name": name},
        "subjects": [subject],
    }


def role(group: str, resource: str, verb: str) -> dict[str, Any]:
    """Return a ClusterRole."""
    rule = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
    return {"kind": "ClusterRole", "metadata": {"name": "own"}, "rules": [rule]}


@pytest.mark.parametrize(
    ("rule", "objects", "breaches"),
    [
        # The API server makes this one, for whatever serves an API of its own.
        ("RBAC1", [binding("Role", "extension-apiserver-authentication-reader", WEB)], 0),
        ("RBAC1", [binding("Role", "extension-apiserver-reader", WEB)], 1),
        # The controller manager's own accounts.
        ("RBAC2", [binding("Role", "x", {**WEB, "name": "horizontal-pod-autoscaler"})], 0),
        ("RBAC2", [binding("Role", "x", {**WEB, "name": "horizontal-autoscaler"})], 1),
        # Every namespace has this one.
        ("RBAC2", [binding("Role", "x", {**WEB, "name": "default"})], 0),
        # ACCESS4 has it.
        ("RBAC2", [binding("ClusterRole", "cluster-admin", ADMINS, "x")], 0),
        ("RBAC2", [binding("ClusterRole", "view", ADMINS, "x")], 1),
        # Nobody can change the pods of a Job.
        ("RBAC3", [role("batch", "jobs", "patch"), binding("ClusterRole", "own", WEB, "x")], 0),
        ("RBAC3", [role("batch", "jobs", "create"), binding("ClusterRole", "own", WEB, "x")], 1),
        # In one namespace, no power over the cluster.
        ("RBAC3", [binding("ClusterRole", "edit", WEB)], 0),
        ("RBAC3", [binding("ClusterRole", "edit", WEB, "x")], 1),
        ("RBAC6", [role("", "pods", "gets")], 1),
        ("RBAC6", [role("", "pods", "lists")], 1),
        # The API server refuses resources without a group.
        ("RBAC6", [{**role("", "", ""), "rules": [{"resources": ["pods"], "verbs": ["get"]}]}], 0),
        (
            "RBAC6",
            [{**role("", "", ""), "rules": [{"nonResourceURLs": ["/healthz"], "verbs": ["gett"]}]}],
            1,
        ),
        # KEP-5284: on what somebody may act as others.
        ("RBAC6", [role("authentication.k8s.io", "users", "impersonate:user-info")], 0),
        ("RBAC6", [role("", "pods", "impersonate-on:user-info:list")], 0),
        ("RBAC6", [role("app", "deployments", "get")], 1),
        # Verbs of those who serve a group, such as Rancher's.
        ("RBAC6", [role("management.cattle.io", "projects", "updatepsa")], 0),
        ("RBAC6", [role("", "namespaces", "updatepsa")], 0),
        ("RBAC6", [role("example.com", "doors", "lists")], 0),
    ],
)
def test_what_exists_and_what_gives_power(
    rule: str, objects: list[dict[str, Any]], breaches: int
) -> None:
    account = {"kind": "ServiceAccount", "metadata": {"name": "web", "namespace": "kube-system"}}
    written = {"ClusterName": "a", "Manifest": json.dumps([account, *objects])}
    made = of_resources(Manifest={"Type": MANIFEST, "Properties": written})
    assert len([*BY_ID[rule].check(made)]) == breaches

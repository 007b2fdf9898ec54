"""Who must not get what within the real clusters, and what grants nothing."""

from __future__ import annotations

from typing import Any

from tests.unit.guardrails.mutations import Mutation, in_resource, with_object

API = "rbac.authorization.k8s.io"
WEB = {"kind": "ServiceAccount", "name": "web", "namespace": "sample"}


def _binding(
    role: str, *subjects: dict[str, str], kind: str = "ClusterRole", namespace: str = ""
) -> dict[str, Any]:
    named = {"name": "binding", "namespace": namespace} if namespace else {"name": "binding"}
    return {
        "apiVersion": f"{API}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": named,
        "roleRef": {"apiGroup": API, "kind": kind, "name": role},
        "subjects": list(subjects or [WEB]),
    }


def _group(name: str, kind: str = "Group") -> dict[str, str]:
    return {"apiGroup": API, "kind": kind, "name": name}


def _role(rule: dict[str, list[str]]) -> dict[str, Any]:
    """Return a role and its binding to the web pods."""
    role = {
        "apiVersion": f"{API}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "own"},
        "rules": [rule],
    }
    return {"apiVersion": "v1", "kind": "List", "items": [role, _binding("own")]}


def _rule(group: str, resource: str, verb: str) -> dict[str, list[str]]:
    return {"apiGroups": [group], "resources": [resource], "verbs": [verb]}


# fmt: off
ROWS: tuple[tuple[str, str, str, dict[str, Any], str, str], ...] = (
    ("RBAC1", "a Role that nobody defines", "Dev", _binding("nobody", kind="Role", namespace="sample"), "RoleBinding/binding Role/nobody", "roleRef"),
    ("RBAC1", "a slip in a ClusterRole's name", "Prod", _binding("veiw", namespace="sample"), "RoleBinding/binding ClusterRole/veiw", "roleRef"),
    ("RBAC2", "a service account that nobody defines", "Prod", _binding("view", {**WEB, "name": "wbe"}, namespace="sample"), "RoleBinding/binding wbe", "kind, name and namespace"),
    ("RBAC2", "a service account of another namespace", "Dev", _binding("view", {**WEB, "namespace": "default"}, namespace="sample"), "RoleBinding/binding web", "kind, name and namespace"),
    ("RBAC2", "a group that no access entry gives", "Prod", _binding("view", _group("developers")), "ClusterRoleBinding/binding developers", "access entry"),
    ("RBAC3", "pods may do everything", "Prod", _role(_rule("*", "*", "*")), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods are cluster-admin", "Dev", _binding("cluster-admin"), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods are cluster-admin of their namespace", "Dev", _binding("cluster-admin", namespace="sample"), "RoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods edit the cluster", "Prod", _binding("edit"), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "every pod edits the cluster", "Prod", _binding("edit", _group("system:serviceaccounts")), "ClusterRoleBinding/binding system:serviceaccounts", "Role of their namespace"),
    ("RBAC3", "pods read every Secret", "Prod", _role(_rule("", "secrets", "list")), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods act as others", "Prod", _role(_rule("", "users", "impersonate")), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods escalate", "Dev", _role(_rule(API, "roles", "escalate")), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods start pods everywhere", "Dev", _role(_rule("apps", "deployments", "create")), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods delete whatever there is", "Prod", _role(_rule("*", "*", "deletecollection")), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods delete namespaces", "Dev", _role(_rule("", "namespaces", "delete")), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods get into others by a container of their own", "Prod", _role(_rule("", "pods/ephemeralcontainers", "update")), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods change every object on its way in", "Dev", _role(_rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations", "create")), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC3", "pods sign certificates", "Prod", _role(_rule("certificates.k8s.io", "signers", "sign")), "ClusterRoleBinding/binding web", "Role of their namespace"),
    ("RBAC2", "a slip in a group of Kubernetes", "Dev", _binding("view", _group("system:authentciated")), "ClusterRoleBinding/binding system:authentciated", "kind, name and namespace"),
    ("RBAC2", "a user whom nobody has", "Prod", _binding("cluster-admin", _group("bob", "User")), "ClusterRoleBinding/binding bob", "access entry"),
    ("RBAC2", "nobody", "Prod", {**_binding("view"), "subjects": []}, "ClusterRoleBinding/binding nobody", "kind, name and namespace"),
    ("RBAC4", "anonymous requests are served", "Dev", _binding("view", _group("system:anonymous", "User")), "ClusterRoleBinding/binding system:anonymous", "a group of your own"),
    ("RBAC4", "unauthenticated requests are served", "Prod", _binding("view", _group("system:unauthenticated")), "ClusterRoleBinding/binding system:unauthenticated", "a group of your own"),
    ("RBAC4", "everybody edits the cluster", "Dev", _binding("edit", _group("system:authenticated")), "ClusterRoleBinding/binding system:authenticated", "a group of your own"),
    ("RBAC6", "no such group", "Prod", _role(_rule("app", "deployments", "get")), "ClusterRole/own apiGroups app", "kubectl api-resources"),
    ("RBAC6", "a resource of another group", "Prod", _role(_rule("", "deployments", "get")), "ClusterRole/own resources deployments", "kubectl api-resources"),
    ("RBAC6", "a resource in the singular", "Dev", _role(_rule("", "pod", "get")), "ClusterRole/own resources pod", "plural"),
    ("RBAC6", "no such verb", "Dev", _role(_rule("", "pods", "gets")), "ClusterRole/own verbs gets", "get, list and watch"),
    ("RBAC4", "the Secrets of a namespace for the pods of all", "Prod", _binding("edit", _group("system:serviceaccounts"), namespace="sample"), "RoleBinding/binding system:serviceaccounts", "group of your own"),
    ("RBAC4", "a namespace for the pods of all to administer", "Dev", _binding("admin", _group("system:serviceaccounts"), namespace="sample"), "RoleBinding/binding system:serviceaccounts", "group of your own"),
    ("RBAC4", "a namespace for every node", "Prod", _binding("edit", _group("system:nodes"), namespace="sample"), "RoleBinding/binding system:nodes", "group of your own"),
    ("RBAC4", "the cluster for whatever joins", "Dev", _binding("edit", _group("system:bootstrappers")), "ClusterRoleBinding/binding system:bootstrappers", "group of your own"),
    ("RBAC3", "pods by the user that they are", "Prod", _binding("edit", _group("system:serviceaccount:sample:web", "User")), "ClusterRoleBinding/binding system:serviceaccount:sample:web", ""),
    ("RBAC3", "all pods of a namespace", "Dev", _binding("edit", _group("system:serviceaccounts:sample")), "ClusterRoleBinding/binding system:serviceaccounts:sample", ""),
)
# fmt: on

MUTATIONS = (
    *(
        Mutation(
            rule=rule,
            name=name,
            environment=environment,
            change=with_object(content),
            value=value,
            fix=fix,
        )
        for rule, name, environment, content, value, fix in ROWS
    ),
    Mutation(
        rule="RBAC5",
        name="a group to which nothing is bound",
        environment="Dev",
        change=in_resource(
            "Cluster",
            "AWS::EKS::AccessEntry",
            lambda entry: entry.update(KubernetesGroups=["developers"]),
            path="/ReadOnlyEntry",
        ),
        value="developers",
        fix="bind a role",
    ),
    Mutation(
        rule="ACCESS12",
        name="everybody with view reads Secrets",
        environment="Prod",
        change=with_object(
            {
                "apiVersion": f"{API}/v1",
                "kind": "ClusterRole",
                "metadata": {"name": "more", "labels": {f"{API}/aggregate-to-view": "true"}},
                "rules": [_rule("", "secrets", "get")],
            }
        ),
        value="ClusterRole/more view",
        fix="Remove the label",
    ),
)

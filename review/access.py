"""Who may do what in the cluster: access entries, and the RBAC bindings of their groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from review.environment import Environment, Resource
from review.labels import principal

WHOLE_CLUSTER = "the whole cluster"
ADMINISTRATION = "do everything"

POLICIES: Mapping[str, str] = MappingProxyType(
    {
        "AmazonEKSClusterAdminPolicy": ADMINISTRATION,
        "AmazonEKSAdminPolicy": "administer all but quotas and namespaces",
        "AmazonEKSAdminViewPolicy": "read everything (Secrets too)",
        "AmazonEKSEditPolicy": "change most objects (Secrets too)",
        "AmazonEKSViewPolicy": "read most objects (no Secrets)",
    }
)
"""What EKS access policies allow (EKS user guide, "Review access policy permissions")."""

CLUSTER_ROLES: Mapping[str, str] = MappingProxyType(
    {
        "cluster-admin": ADMINISTRATION,
        "admin": "administer all but quotas and namespaces",
        "edit": "change most objects (Secrets too)",
        "view": "read most objects (no Secrets)",
    }
)
"""What Kubernetes' own roles allow (Kubernetes, "Using RBAC authorization")."""

PEOPLE = "STANDARD"
"""The type of access entries of people and programs; the others are for nodes."""


@dataclass(frozen=True, kw_only=True, order=True)
class Grant:
    """One thing that a principal may do. `where` is a namespace, or the whole cluster.

    `handler` marks the role of the kubectl handler, which the stacks themselves use.
    """

    principal: str
    what: str
    where: str
    handler: bool = False

    @property
    def place(self) -> str:
        """Return where, in words."""
        return f"in {self.where}" if self.where == WHOLE_CLUSTER else f"in namespace `{self.where}`"

    @property
    def administers(self) -> bool:
        """Tell whether this makes somebody an administrator of the whole cluster."""
        return self.what == ADMINISTRATION and self.where == WHOLE_CLUSTER


def grants_of(environment: Environment) -> frozenset[Grant]:
    """Return everything that people and programs may do in the cluster of an environment."""
    return frozenset(grant for _, grants in entries_of(environment) for grant in grants)


def entries_of(environment: Environment) -> Iterator[tuple[Resource, tuple[Grant, ...]]]:
    """Yield the access entries of people and programs, each with what it allows."""
    bound = _bound(environment)
    for entry in environment.of_type("AWS::EKS::AccessEntry"):
        if entry.properties.get("Type", PEOPLE) == PEOPLE:
            yield entry, tuple(_of_entry(environment, entry, bound))


def is_handler(role: Resource | None) -> bool:
    """Tell whether a role is that of the kubectl handler."""
    return role is not None and "KubectlProvider" in role.path


def _of_entry(
    environment: Environment, entry: Resource, bound: Mapping[str, list[tuple[str, str]]]
) -> Iterator[Grant]:
    arn = entry.properties["PrincipalArn"]
    handler = is_handler(environment.target(entry.stack, arn))
    who = "the kubectl handler" if handler else principal(environment, entry.stack, arn)
    for policy in entry.properties.get("AccessPolicies", ()):
        name = environment.read(policy["PolicyArn"]).rpartition("/")[2]
        scope = policy["AccessScope"]
        for where in scope.get("Namespaces") or (WHOLE_CLUSTER,):
            what = POLICIES.get(name, f"do what `{name}` allows")
            yield Grant(principal=who, what=what, where=where, handler=handler)
    for group in entry.properties.get("KubernetesGroups", ()):
        for what, where in bound.get(group, ()):
            yield Grant(principal=who, what=what, where=where, handler=handler)


def _bound(environment: Environment) -> Mapping[str, list[tuple[str, str]]]:
    """Return what each Kubernetes group may do, and where, by the bindings of the stacks."""
    found: dict[str, list[tuple[str, str]]] = {}
    for item in environment.kubernetes_objects:
        if item.kind in {"RoleBinding", "ClusterRoleBinding"}:
            where = item.namespace or WHOLE_CLUSTER
            for group in _groups(item.content):
                found.setdefault(group, []).append((_allowed(item.content["roleRef"]), where))
    return found


def _groups(binding: Mapping[str, Any]) -> Iterator[str]:
    for subject in binding.get("subjects", ()):
        if subject["kind"] == "Group":
            yield subject["name"]


def _allowed(role: Mapping[str, str]) -> str:
    known = CLUSTER_ROLES if role["kind"] == "ClusterRole" else {}
    return known.get(role["name"], f"do what the {role['kind']} `{role['name']}` allows")

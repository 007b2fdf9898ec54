"""Who may do what in the cluster, and who may become whom."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import ACCESS_ENTRY, CLUSTER, ROLE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, cluster_key, of_one_cluster, role_of
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.rule import Finding, rule
from guardrails.rules.trust import humans_may_assume, open_statements
from kube.values import Json, Unknown, dicts, items, look_up, mapping, several, text

ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"
MASTERS = "system:masters"
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")


@rule("ACCESS1")
def _an_administrator(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        if not any(
            humans_may_assume(_principal(environment, value), text(value))
            for value in _administrators(environment, cluster)
        ):
            name = text(cluster.properties, "Name") or cluster.logical_id
            yield Finding(resource=cluster, value=name, location="Properties/AccessConfig")


def _administrators(environment: Environment, cluster: Resource) -> Iterator[object]:
    for entry in beside(environment, cluster, ACCESS_ENTRY):
        if any(map(_makes_administrator, several(entry.properties, "AccessPolicies"))):
            yield entry.properties.get("PrincipalArn")
    for item in _aws_auth(environment):
        if of_one_cluster(environment, cluster, item.resource):
            for mapped in _mapped(item):
                if MASTERS in items(mapped, "groups"):
                    yield mapped.get("rolearn") or mapped.get("userarn")


def _makes_administrator(policy: object) -> bool:
    arn, scope = look_up(policy, "PolicyArn"), look_up(policy, "AccessScope", "Type")
    # An unknown one may be the administrator's.
    named = text(arn).endswith(f"/{ADMINISTRATOR}") or text(arn).endswith("}")
    return named and (scope == "cluster" or isinstance(scope, Unknown))


def _principal(environment: Environment, value: object) -> Resource | None:
    return environment.target(value) or role_of(environment, value)


@rule("ACCESS2")
def _principal_twice(environment: Environment) -> Iterator[Finding]:
    seen: set[tuple[object, object]] = set()
    for entry in environment.resources(ACCESS_ENTRY):
        principal = text(entry.properties, "PrincipalArn")
        named = _principal(environment, principal)
        key = (cluster_key(environment, entry), named.node if named else principal)
        if key in seen and principal:
            yield Finding(
                resource=entry,
                value=named.logical_id if named else principal,
                location="Properties/PrincipalArn",
            )
        seen.add(key)


@rule("ACCESS3")
def _reserved_groups(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        for group in map(text, items(entry.properties, "KubernetesGroups")):
            # EKS gives nodes their groups by the entry's type, never by name.
            if group.startswith(RESERVED):
                yield Finding(resource=entry, value=group, location="Properties/KubernetesGroups")


@rule("ACCESS4")
def _administrators_by_group(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("ClusterRoleBinding", "RoleBinding"):
        if text(item.content, "roleRef", "name") == "cluster-admin":
            for subject in dicts(item.content, "subjects"):
                if subject.get("kind") == "Group":
                    yield _by_group(
                        item, f"Every member of {text(subject, 'name')} is an administrator."
                    )
    for item in _aws_auth(environment):
        if MASTERS in str(item.content.get("data")):
            yield _by_group(item, f"It maps a principal to {MASTERS}.")


def _by_group(item: KubernetesObject, detail: str) -> Finding:
    return Finding(
        resource=item.resource,
        value=f"{item.kind}/{item.name}",
        location="Properties/Manifest",
        detail=detail,
    )


@indexed
def _aws_auth(environment: Environment) -> list[KubernetesObject]:
    """Return the ConfigMaps that map principals to groups, the way before access entries."""
    return [item for item in environment.kubernetes_objects("ConfigMap") if item.name == "aws-auth"]


def _mapped(item: KubernetesObject) -> Iterator[Json]:
    data = mapping(item.content, "data")
    for written in (data.get("mapRoles"), data.get("mapUsers")):
        try:
            yield from dicts(structured(written, or_yaml=True))
        except ValueError:
            continue


@rule("ACCESS5")
def _wildcard_trust(environment: Environment) -> Iterator[Finding]:
    for role in environment.resources(ROLE):
        for who in open_statements(role):
            yield Finding(
                resource=role, value=who, location="Properties/AssumeRolePolicyDocument/Statement"
            )

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
from guardrails.rule import Family, Finding
from guardrails.rules.trust import humans_may_assume, open_statements
from kube.values import Json, Unknown, dicts, items, look_up, mapping, several, text

ACCESS = Family("Access")

ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"
MASTERS = "system:masters"
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")


@ACCESS.rule(
    "ACCESS1",
    reason="Nobody can administer the cluster: no administrator is a person's role or user. "
    "CloudFormation's role and the kubectl handler's don't count, for no human can use them.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html",
    fix="Add an access entry with AmazonEKSClusterAdminPolicy for a role that people may "
    "assume: access.roles, or access.entries.",
)
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


@ACCESS.rule(
    "ACCESS2",
    reason="EKS accepts one access entry for a principal; the second one fails the deploy with "
    "ResourceInUseException.",
    source="https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html",
    fix="Put all policies and groups of the principal into one entry.",
)
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


@ACCESS.rule(
    "ACCESS3",
    reason="EKS refuses an access entry with a reserved group such as system:masters.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/create-k8s-group-access-entry.html",
    fix="Name a group of your own and bind it to a role, or use an access policy.",
)
def _reserved_groups(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        for group in map(text, items(entry.properties, "KubernetesGroups")):
            # EKS gives nodes their groups by the entry's type, never by name.
            if group.startswith(RESERVED):
                yield Finding(resource=entry, value=group, location="Properties/KubernetesGroups")


@ACCESS.rule(
    "ACCESS4",
    reason="A group's name makes administrators: whoever can put a name into a group is one, "
    "and no list of access entries shows it.",
    source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
    fix="Give AmazonEKSClusterAdminPolicy to the principals by access entries instead.",
)
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


@ACCESS.rule(
    "ACCESS5",
    reason="Anybody may assume the role, from any account or any service account.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    fix="Name the principals in the role's trust policy, or bind them by a condition.",
)
def _wildcard_trust(environment: Environment) -> Iterator[Finding]:
    for role in environment.resources(ROLE):
        for who in open_statements(role):
            yield Finding(
                resource=role, value=who, location="Properties/AssumeRolePolicyDocument/Statement"
            )

"""Who may do what in the cluster, and who may become whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from guardrails.clusters import ACCESS_ENTRY, CLUSTER, beside, cluster_of
from guardrails.environment import Environment, Resource
from guardrails.intrinsics import text
from guardrails.rule import Finding, Rule
from guardrails.trust import humans_may_assume, open_statements

FAMILY = "Access"

ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")


def _an_administrator(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        entries = beside(environment, cluster, ACCESS_ENTRY)
        if not any(_makes_a_human_administrator(environment, entry) for entry in entries):
            name = text(cluster.properties.get("Name", cluster.logical_id))
            yield Finding(resource=cluster, value=name, location="Properties/AccessConfig")


def _makes_a_human_administrator(environment: Environment, entry: Resource) -> bool:
    principal = entry.properties.get("PrincipalArn")
    return any(
        text(policy.get("PolicyArn", "")).endswith(f"/{ADMINISTRATOR}")
        and policy.get("AccessScope", {}).get("Type") == "cluster"
        for policy in entry.properties.get("AccessPolicies", ())
    ) and humans_may_assume(environment.named_by(entry, principal), text(principal))


def _principal_twice(environment: Environment) -> Iterator[Finding]:
    seen: Counter[object] = Counter()
    for entry in environment.resources(ACCESS_ENTRY):
        cluster = cluster_of(environment, entry)
        where = cluster.node if cluster else text(entry.properties.get("ClusterName", ""))
        principal = entry.properties.get("PrincipalArn")
        named = environment.named_by(entry, principal)
        key = (where, named.node if named else text(principal))
        seen[key] += 1
        if seen[key] > 1:
            yield Finding(
                resource=entry,
                value=named.logical_id if named else text(principal),
                location="Properties/PrincipalArn",
            )


def _reserved_groups(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        for group in entry.properties.get("KubernetesGroups", ()):
            # EKS gives nodes their groups by the entry's type, never by name.
            if text(group).startswith(RESERVED):
                yield Finding(
                    resource=entry, value=text(group), location="Properties/KubernetesGroups"
                )


def _administrators_by_group(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("ClusterRoleBinding", "RoleBinding"):
        if item.content.get("roleRef", {}).get("name") != "cluster-admin":
            continue
        for subject in item.content.get("subjects") or ():
            if subject.get("kind") == "Group":
                yield Finding(
                    resource=item.resource,
                    value=f"{item.kind}/{item.name}",
                    location="Properties/Manifest",
                    detail=f"Every member of {subject.get('name')} is an administrator.",
                )
    for item in environment.kubernetes_objects("ConfigMap"):
        mapped = str(item.content.get("data", {}))
        if item.name == "aws-auth" and "system:masters" in mapped:
            yield Finding(
                resource=item.resource,
                value="ConfigMap/aws-auth",
                location="Properties/Manifest",
                detail="It maps a principal to system:masters.",
            )


def _wildcard_trust(environment: Environment) -> Iterator[Finding]:
    for role in environment.resources("AWS::IAM::Role"):
        for who in open_statements(role):
            yield Finding(
                resource=role, value=who, location="Properties/AssumeRolePolicyDocument/Statement"
            )


RULES = (
    Rule(
        id="ACCESS1",
        family=FAMILY,
        reason="Nobody can administer the cluster: no administrator is a person's role or user. "
        "CloudFormation's role and the kubectl handler's don't count, for no human can use them.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html",
        mend="Add an access entry with AmazonEKSClusterAdminPolicy for a role that people may "
        "assume: access.roles, or access.entries.",
        check=_an_administrator,
    ),
    Rule(
        id="ACCESS2",
        family=FAMILY,
        reason="EKS accepts one access entry for a principal; the second one fails the deploy with "
        "ResourceInUseException.",
        source="https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html",
        mend="Put all policies and groups of the principal into one entry.",
        check=_principal_twice,
    ),
    Rule(
        id="ACCESS3",
        family=FAMILY,
        reason="EKS refuses an access entry with a reserved group such as system:masters.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/create-k8s-group-access-entry.html",
        mend="Name a group of your own and bind it to a role, or use an access policy.",
        check=_reserved_groups,
    ),
    Rule(
        id="ACCESS4",
        family=FAMILY,
        reason="A group's name makes administrators: whoever can put a name into a group is one, "
        "and no list of access entries shows it.",
        source="https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
        mend="Give AmazonEKSClusterAdminPolicy to the principals by access entries instead.",
        check=_administrators_by_group,
    ),
    Rule(
        id="ACCESS5",
        family=FAMILY,
        reason="Anybody may assume the role, from any account or any service account.",
        source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        mend="Name the principals in the role's trust policy, or bind them by a condition.",
        check=_wildcard_trust,
    ),
)

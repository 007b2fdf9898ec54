"""Access to the cluster, and who can assume which role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from assembly.environment import Environment
from assembly.kinds import ACCESS_ENTRY, CLUSTER, ROLE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, cluster_key, of_one_cluster, role_of
from assembly.policies import principals
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.rule import Finding, breach, found, rule
from kube.values import Json, dicts, items, look_up, mapping, several, text, unsure

ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"
MASTERS = "system:masters"
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
_CLOUDFORMATION = re.compile(r"cfn-exec-role|cloudformation", re.IGNORECASE)
"""The role that deploys: `cdk bootstrap` calls it cdk-QUALIFIER-cfn-exec-role-ACCOUNT-REGION."""
_OIDC = re.compile(r"oidc|openidconnect", re.IGNORECASE)
_BINDS_THE_CALLER = ("aws:principal", "aws:sourceaccount", "aws:sourcearn", "sts:externalid")


@rule("ACCESS1")
def _an_administrator(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        if not any(humans_may_assume(environment, who) for who in _admins(environment, cluster)):
            name = text(cluster.properties, "Name") or cluster.logical_id
            yield breach(cluster, "AccessConfig", name)


def _admins(environment: Environment, cluster: Resource) -> Iterator[object]:
    for entry in beside(environment, cluster, ACCESS_ENTRY):
        if any(map(makes_administrator, several(entry.properties, "AccessPolicies"))):
            yield entry.properties.get("PrincipalArn")
    for item in aws_auth(environment):
        for mapped in _mapped(item) if of_one_cluster(environment, cluster, item.resource) else ():
            if MASTERS in items(mapped, "groups"):
                yield mapped.get("rolearn") or mapped.get("userarn")


def makes_administrator(policy: object) -> bool:
    """Tell whether an access policy makes an administrator of the whole cluster."""
    arn, scope = text(policy, "PolicyArn"), look_up(policy, "AccessScope", "Type")
    # An unknown one may be the administrator's.
    return arn.endswith((f"/{ADMINISTRATOR}", "}")) and (scope == "cluster" or unsure(scope))


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
            yield breach(entry, "PrincipalArn", named.logical_id if named else principal)
        seen.add(key)


@rule("ACCESS3")
def _reserved_groups(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        for group in map(text, items(entry.properties, "KubernetesGroups")):
            # EKS gives nodes their groups by the entry's type, never by name.
            if group.startswith(RESERVED):
                yield breach(entry, "KubernetesGroups", group)


@rule("ACCESS4")
def _administrators_by_group(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("ClusterRoleBinding", "RoleBinding"):
        if text(item.content, "roleRef", "name") == "cluster-admin":
            for subject in dicts(item.content, "subjects"):
                if subject.get("kind") == "Group":
                    group = text(subject, "name")
                    yield found(item, detail=f"Every member of {group} is an administrator.")
    for item in aws_auth(environment):
        if MASTERS in str(item.content.get("data")):
            yield found(item, detail=f"It maps a principal to {MASTERS}.")


def aws_auth(environment: Environment) -> list[KubernetesObject]:
    """Return the ConfigMaps that map principals to groups, the way before access entries."""
    return [item for item in environment.kubernetes_objects("ConfigMap") if item.name == "aws-auth"]


def _mapped(item: KubernetesObject) -> Iterator[Json]:
    for field in ("mapRoles", "mapUsers"):
        with suppress(ValueError):
            yield from dicts(structured(mapping(item.content, "data").get(field), or_yaml=True))


@rule("ACCESS5")
def _wildcard_trust(environment: Environment) -> Iterator[Finding]:
    trusts = ((role, who) for role in environment.resources(ROLE) for who in _open_statements(role))
    return (breach(role, "AssumeRolePolicyDocument/Statement", who) for role, who in trusts)


def humans_may_assume(environment: Environment, value: object) -> bool:
    """Tell whether people can act as a principal: a role made here, or one that exists.

    A role that exists can't be read here. It counts, unless its name is that of the role with which
    CloudFormation deploys.
    """
    principal, arn = _principal(environment, value), text(value)
    if principal is None:
        return bool(arn) and not _CLOUDFORMATION.search(arn)
    return principal.kind == "AWS::IAM::User" or any(
        _principals(statement, "AWS")
        or "sts:AssumeRoleWithSAML" in str(look_up(statement, "Action"))
        for statement in _allowed(principal)
    )


def _open_statements(role: Resource) -> Iterator[str]:
    for statement in _allowed(role):
        condition = mapping(statement, "Condition")
        tests = [each for tests in condition.values() for each in mapping(tests).items()]
        # The CDK fills a condition in whose keys hold the provider's address.
        unclear = unsure(look_up(statement, "Condition"), *condition.values())
        bound = unclear or any(key.lower().startswith(_BINDS_THE_CALLER) for key, _ in tests)
        if "*" in _principals(statement, "AWS") and not bound:
            yield "*"
        subjects = [str(value) for key, value in tests if key.endswith(":sub")]
        wide = any("system:serviceaccount:*" in subject for subject in subjects)
        for provider in _principals(statement, "Federated"):
            if _OIDC.search(provider) and (wide or not (subjects or unclear)):
                yield "any service account"


def _allowed(role: Resource) -> Iterator[object]:
    statements = several(role.properties, "AssumeRolePolicyDocument", "Statement")
    effects = ((each, look_up(each, "Effect")) for each in statements)
    return (each for each, effect in effects if effect == "Allow" or unsure(effect))


def _principals(statement: object, kind: str) -> list[str]:
    return [text(who) for of, who in principals(statement) if of == kind and text(who)]

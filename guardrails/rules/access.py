"""Access to the cluster, and who can assume which role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from assembly.environment import Environment
from assembly.kinds import ACCESS_ENTRY, CLUSTER, ROLE
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, objects_beside, role_of
from assembly.narrowed import narrowed
from assembly.policies import principals, statements
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.rule import Finding, breach, found, rule
from kube.values import Json, dicts, items, look_up, mapping, several, text, unsure

TRUST, USER = "AssumeRolePolicyDocument", "AWS::IAM::User"
POLICIES = {
    ROLE: TRUST,
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
}
"""Where a policy says who may use what: images, secrets, and the events of nodes."""
MASTERS = "system:masters"
CLOUDFORMATION = re.compile(r"(?i)cfn-exec-role|cloudformation")
"""The role that deploys: `cdk bootstrap` calls it cdk-QUALIFIER-cfn-exec-role-ACCOUNT-REGION."""
OIDC = re.compile(r"(?i)oidc|openidconnect")
CLAIMS = re.compile(r".+:(sub|repository(_owner)?(_id)?|job_workflow_ref)")
"""The claims of a token that say whose it is; anybody can ask for any audience."""
ANYBODY = re.compile(
    r"[*?].*|system:([*?].*|serviceaccount:\*.*)|(repo|project_path|repo_property|org)[:/][^:/@]*[*?].*"
    r"|organization:[^:]*[*?].*"
)
"""Subjects without an owner (GitHub docs, "OpenID Connect reference"; GitLab docs, "OpenID Connect in AWS"),
or without a namespace."""


@rule("ACCESS1")
def _an_administrator(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        if not any(by_humans(environment, who) for who in _admins(environment, cluster)):
            name = text(cluster.properties, "Name") or cluster.logical_id
            yield breach(cluster, "AccessConfig", name)


def _admins(environment: Environment, cluster: Resource) -> Iterator[object]:
    for entry in beside(environment, cluster, ACCESS_ENTRY):
        if any(map(makes_administrator, several(entry.properties, "AccessPolicies"))):
            yield entry.properties.get("PrincipalArn")
    for item in aws_auth(environment, cluster):
        for field in ("mapRoles", "mapUsers"):
            with suppress(ValueError):
                for each in dicts(structured(look_up(item.content, "data", field), or_yaml=True)):
                    if MASTERS in items(each, "groups"):
                        yield each.get("rolearn") or each.get("userarn")


def makes_administrator(policy: object) -> bool:
    """Tell whether an access policy makes an administrator of the whole cluster."""
    named, scope = text(policy, "PolicyArn"), look_up(policy, "AccessScope", "Type")
    # An unknown one may be the administrator's.
    return named.endswith(("/AmazonEKSClusterAdminPolicy", "}")) and (
        scope == "cluster" or unsure(scope)
    )


def by_humans(environment: Environment, value: object) -> bool:
    """Tell whether people can act as a principal: a role made here, or one that exists.

    A role that exists can't be read here. It counts, unless its name is that of the role with which
    CloudFormation deploys.
    """
    who = environment.target(value) or role_of(environment, value)
    if who is None:
        return bool(text(value)) and not CLOUDFORMATION.search(text(value))
    return who.kind == USER or any(
        kind == "AWS" or "sts:AssumeRoleWithSAML" in str(each.get("Action"))
        for each in statements(who.properties.get(TRUST))
        for kind, _ in principals(each)
    )


def aws_auth(environment: Environment, cluster: Resource | None = None) -> list[KubernetesObject]:
    """Return the ConfigMaps that map principals to groups, the way before access entries."""
    every = environment.kubernetes_objects("ConfigMap")
    here = objects_beside(environment, cluster, "ConfigMap") if cluster else every
    return [each for each in here if each.name == "aws-auth"]


@rule("ACCESS4")
def _administrators_by_group(environment: Environment) -> Iterator[Finding]:
    for item in aws_auth(environment):
        if MASTERS in str(item.content.get("data")):
            yield found(item, detail=f"It maps a principal to {MASTERS}.")


@rule("ACCESS5")
def _wildcard_trust(environment: Environment) -> Iterator[Finding]:
    for kind, path in POLICIES.items():
        for each in environment.resources(kind):
            for statement in statements(each.properties.get(path)):
                for value in _open_to(statement) if text(statement, "Effect") != "Deny" else ():
                    yield breach(each, f"{path}/Statement", value)


def _open_to(statement: Json) -> Iterator[str]:
    condition = mapping(statement, "Condition")
    # The CDK fills a condition in whose keys hold the provider's address.
    unclear = unsure(statement.get("Condition"), *condition.values())
    told = [x for how, x in condition.items() if not re.search("(?i)not|null", how)]
    tests = [each for tests in told for each in mapping(tests).items()]
    subjects = [[*map(text, several(said))] for key, said in tests if CLAIMS.fullmatch(key)]
    # All conditions must hold, and of the values of one any.
    wide = [next(filter(ANYBODY.fullmatch, each), "") for each in subjects]
    for kind, who in principals(statement):
        if (kind, who) == ("AWS", "*") and not (unclear or narrowed(statement)):
            yield "*"
        if kind == "Federated" and OIDC.search(text(who)) and all(wide) and (wide or not unclear):
            named = next(iter(wide), "")
            yield "any service account" if not named or named.startswith("system:") else named


@rule("ACCESS14")
def _unread(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        config = look_up(cluster.properties, "AccessConfig")
        # Without a word, the API makes a cluster of the mode CONFIG_MAP.
        mode = text(config, "AuthenticationMode") or "CONFIG_MAP"
        entries = any(beside(environment, cluster, ACCESS_ENTRY))
        if entries and mode == "CONFIG_MAP" and not unsure(config):
            yield breach(cluster, "AccessConfig/AuthenticationMode", mode, f"The mode is {mode}.")
        for item in aws_auth(environment, cluster) if mode == "API" else ():
            fix = "Use access entries, and remove the ConfigMap."
            yield found(item, detail="The mode is API.", fix=fix)

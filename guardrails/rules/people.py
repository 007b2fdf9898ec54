"""Who gets into a cluster by an access entry, and with what powers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assembly.environment import Environment
from assembly.kinds import CLUSTER
from assembly.links import cluster_of, kubectl_handlers, role_of
from assembly.policies import Call, allows, arn, documents, rendered, statements
from guardrails.rule import Finding, breach, rule
from guardrails.rules.access import humans_may_assume, makes_administrator
from guardrails.rules.access_entries import DATA, entries
from guardrails.rules.role_permissions import lacks
from guardrails.rules.roles import TABLE, names_of
from kube.values import dicts, flag, items, several, text, unsure

READER = re.compile(
    r"(ReadOnly|Viewer|Reader|Auditor|Observer)(?![a-z])"
    r"|(?<![A-Za-z])(read-?only|viewer|reader|auditor|observer)(?![a-z])"
)
ACCOUNT = re.compile(r"(arn:[^:]*:iam::)?(?P<account>\d{12})(:root)?")


@rule("ACCESS12")
def _readers_that_write(environment: Environment) -> Iterator[Finding]:
    for entry, _, role in entries(environment):
        arn_of = text(entry.properties, "PrincipalArn").rpartition("/")[2]
        own = (role.name, text(role.properties, "RoleName")) if role else (arn_of,)
        name = next(filter(READER.search, (entry.name, *own)), "")
        for policy in dicts(entry.properties, "AccessPolicies") if name else ():
            given = text(policy, "PolicyArn").rpartition("/")[2]
            if given in DATA["policies"] and given not in DATA["reading"]:
                detail = f"{name} says that it only reads; {given} lets it change things."
                yield breach(entry, "AccessPolicies", given, detail)
        policies = documents(environment, role) if name and role else []
        for action in DATA["changing"] if policies else ():
            cluster = arn(
                entry, "eks:{region}:{account}:cluster/{cluster}", **names_of(environment, entry)
            )
            if allows(environment, policies, Call(action=action, resource=cluster)):
                detail = f"{name} says that it only reads; its policies allow {action}."
                yield breach(entry, "PrincipalArn", action, detail)


@rule("ACCESS13")
def _no_kubeconfig(environment: Environment) -> Iterator[Finding]:
    for entry, _, role in entries(environment):
        people = humans_may_assume(environment, entry.properties.get("PrincipalArn"))
        if role is not None and people and cluster_of(environment, entry) is not None:
            for action, where in lacks(environment, role, TABLE["needs"]["cluster"], entry):
                detail = f"{role.path} doesn't allow {action} on {where}."
                yield breach(entry, "PrincipalArn", action, detail)


@rule("ACCESS15")
def _weak_handler(environment: Environment) -> Iterator[Finding]:
    handlers = kubectl_handlers(environment)
    own = [role_of(environment, each.properties.get("Role")) for each in handlers]
    for entry, _, role in entries(environment):
        policies: Sequence[object] = several(entry.properties, "AccessPolicies")
        unclear = unsure(*policies) or items(entry.properties, "KubernetesGroups")
        if role in own and role and not unclear and not any(map(makes_administrator, policies)):
            detail = f"The role of the kubectl handler, {role.path}, is no administrator."
            yield breach(entry, "AccessPolicies", entry.logical_id, detail)


@rule("ACCESS16")
def _administrator_by_accident(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        field = "BootstrapClusterCreatorAdminPermissions"
        if cluster.type == CLUSTER and flag(
            cluster.properties, "AccessConfig", field, default=True
        ):
            yield breach(cluster, f"AccessConfig/{field}", "creator")


@rule("ACCESS17")
def _whole_account(environment: Environment) -> Iterator[Finding]:
    for entry, _, role in entries(environment):
        trust = role.properties.get("AssumeRolePolicyDocument") if role else None
        for statement in statements(trust):
            for who in map(text, several(statement, "Principal", "AWS")):
                match = ACCOUNT.fullmatch(rendered(environment, who))
                own = match and match["account"] == entry.scope.stack.account
                if match and not own and role and not statement.get("Condition"):
                    detail = f"Everybody of account {match['account']} may assume {role.path}."
                    yield breach(role, "AssumeRolePolicyDocument", match["account"], detail)

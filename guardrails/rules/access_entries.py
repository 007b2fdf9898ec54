"""Access entries: what EKS takes in them, and whom they let in."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ACCESS_ENTRY, CLUSTER, ROLE
from assembly.links import (
    beside,
    cluster_key,
    cluster_of,
    kubectl_handlers,
    of_one_cluster,
    role_of,
)
from assembly.policies import HOLE, Call, allows, rendered
from assembly.references import Reference
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.access import aws_auth, humans_may_assume, makes_administrator
from guardrails.rules.role_permissions import lacks
from guardrails.rules.roles import TABLE, uses
from kube.values import Unknown, dicts, flag, items, known, look_up, several, table, text, unsure

DATA: Mapping[str, Any] = table(__file__, "access_policies.json")
STANDARD, NODE = "STANDARD", "AmazonEKSAutoNodePolicy"
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
FOR_NODES = ("EC2", "EC2_LINUX", "EC2_WINDOWS")
READER = re.compile(
    r"(ReadOnly|Viewer|Reader|Auditor|Observer)(?![a-z])"
    r"|(?<![A-Za-z])(read-?only|viewer|reader|auditor|observer)(?![a-z])"
)
SLIP = 0.8
ARN = re.compile(
    r"arn:aws[\w-]*:(iam::\d{12}:(role/(?!aws-service-role/)|user/).+|sts::\d{12}:federated-user/.+)"
)


@rule("ACCESS7")
def _no_such_policy(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        partition = entry.scope.stack.pseudo_parameters.get("AWS::Partition", HOLE)
        for policy in dicts(entry.properties, "AccessPolicies"):
            said = rendered(environment, policy.get("PolicyArn"))
            name = said.rpartition("/")[2]
            parts = said.rpartition("/")[0].split(":")
            wrong = ""
            if HOLE not in name and name not in DATA["policies"]:
                wrong = f"EKS has no access policy {name or 'without a name'}."
            elif (
                HOLE not in (parts[1:2] or [""])[0] and HOLE != partition != (parts[1:2] or [""])[0]
            ):
                wrong = f"{said} is of another partition than the stack, which is {partition}."
            elif HOLE not in said and parts[2:] != ["eks", "", "aws", "cluster-access-policy"]:
                wrong = f"{said} is not the ARN of an access policy."
            if wrong and "PolicyArn" in policy:
                arn = f"arn:{'aws' if partition == HOLE else partition}:eks::aws:cluster-access-policy"
                near = difflib.get_close_matches(name, DATA["policies"], 1)
                fix = f"Write {arn}/{near[0] if near else 'NAME'}; aws eks list-access-policies has the names."
                yield breach(entry, "AccessPolicies", name or said, wrong, fix=fix)


@rule("ACCESS8")
def _scope(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        there = _namespaces(environment).get(cluster_key(environment, entry), [])
        seen: set[str] = set()
        for policy in dicts(entry.properties, "AccessPolicies"):
            name = text(policy, "PolicyArn").rpartition("/")[2]
            scope = policy.get("AccessScope")
            wrong = "" if unsure(scope, look_up(scope, "Type")) else _wrong_scope(scope)
            if name in seen and known(name):
                wrong = "EKS takes a policy once in an entry."
            seen.add(name)
            if wrong:
                yield breach(entry, "AccessPolicies", name, f"{name}: {wrong}")
            for pattern in map(text, several(scope, "Namespaces")):
                near = difflib.get_close_matches(pattern, there, 1, SLIP)
                if (
                    near
                    and known(pattern)
                    and not any(fnmatchcase(each, pattern) for each in there)
                ):
                    detail = (
                        f"No namespace of the templates is called {pattern}; there is {near[0]}."
                    )
                    yield breach(entry, "AccessPolicies", pattern, detail)


def _wrong_scope(scope: object) -> str:
    kind, names = look_up(scope, "Type"), look_up(scope, "Namespaces")
    if kind not in ("cluster", "namespace"):
        return f"the scope is {kind!r}; EKS takes 'cluster' and 'namespace'."
    if kind == "namespace" and not names and not unsure(names):
        return "the scope is 'namespace', and it names none."
    return "the scope is 'cluster', and it names namespaces." if kind == "cluster" and names else ""


@indexed
def _namespaces(environment: Environment) -> Mapping[object, list[str]]:
    usual = ("default", "kube-system", "kube-public", "kube-node-lease")
    made = [
        (cluster_key(environment, each.resource), each.name)
        for each in environment.kubernetes_objects("Namespace")
    ]
    found = grouped(made)
    return {key: [*names, *usual] for key, names in found.items()}


@rule("ACCESS9")
def _type(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        kind = text(entry.properties, "Type") or STANDARD
        if isinstance(kind, Unknown) or kind == STANDARD:
            continue
        if kind not in DATA["types"]:
            detail = f"EKS has no type {kind}; it takes {', '.join(DATA['types'])}."
            yield breach(entry, "Type", text(kind), detail)
        policies = [text(each, "PolicyArn") for each in dicts(entry.properties, "AccessPolicies")]
        # https://docs.aws.amazon.com/eks/latest/userguide/auto-node-access-entry.html
        allowed = kind == "EC2" and all(each.endswith((f"/{NODE}", "}")) for each in policies)
        for field in ("AccessPolicies", "KubernetesGroups", "Username"):
            if entry.properties.get(field) and not (field == "AccessPolicies" and allowed):
                detail = f"An entry of type {kind} has {field}; only one of type STANDARD can."
                yield breach(entry, field, text(kind), detail)


@rule("ACCESS10")
def _type_of_use(environment: Environment) -> Iterator[Finding]:
    services = grouped(
        (use.role, use.row["service"])
        for use in uses(environment)
        if use.role is not None and use.row.get("service") in DATA["types"].values()
    )
    for entry in environment.resources(ACCESS_ENTRY):
        kind = text(entry.properties, "Type") or STANDARD
        role = role_of(environment, entry.properties.get("PrincipalArn"))
        if role is None or isinstance(kind, Unknown) or kind not in DATA["types"]:
            continue
        wanted, used = DATA["types"][kind], services.get(role, [])
        trust = [role.properties.get("AssumeRolePolicyDocument")]
        if used and wanted not in used:
            types = " or ".join(each for each, service in DATA["types"].items() if service in used)
            detail = (
                f"{role.path} is a role of nodes; the entry for it is of type {kind}, not {types}."
            )
        elif (
            wanted
            and not used
            and allows(
                environment, trust, Call(action="sts:AssumeRole", principal=wanted, resource="")
            )
            is False
        ):
            detail = f"The entry is of type {kind}, for nodes; {role.path} is none of theirs."
        else:
            continue
        yield breach(entry, "Type", text(kind), detail)
    for role, users in services.items():
        if len({*users}) > 1:
            detail = f"{role.path} is used by nodes and by Fargate."
            yield breach(role, "AssumeRolePolicyDocument", role.logical_id, detail)


@rule("ACCESS11")
def _refused(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        name, principal = text(entry.properties, "Username"), entry.properties.get("PrincipalArn")
        before, session, _ = name.partition("{{SessionName")
        if name.startswith(RESERVED):
            yield breach(
                entry, "Username", name, f"A user name can't begin with {name.split(':')[0]}:."
            )
        elif session and ":" not in before and known(name):
            yield breach(entry, "Username", name, "There must be a colon before {{SessionName}}.")
        target = environment.target(principal)
        if isinstance(principal, Reference) and target is not None:
            if target.kind not in (ROLE, "AWS::IAM::User"):
                detail = f"PrincipalArn names {target.path}, an {target.kind}."
                yield breach(entry, "PrincipalArn", target.logical_id, detail)
            elif not principal.attribute:
                detail = f"PrincipalArn is the name of {target.path}, not its ARN."
                yield breach(entry, "PrincipalArn", target.logical_id, detail)
        elif principal is not None and known(principal) and not ARN.fullmatch(text(principal)):
            detail = f"EKS takes the ARN of an IAM role or user, not {principal}."
            yield breach(entry, "PrincipalArn", text(principal), detail)


@rule("ACCESS12")
def _readers_that_write(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        principal = entry.properties.get("PrincipalArn")
        role = role_of(environment, principal)
        own = (
            text(principal).rpartition("/")[2]
            if role is None
            else text(role.properties, "RoleName")
        )
        names = (entry.name, own, role.name if role else "")
        name = next((each for each in names if READER.search(each)), "")
        for policy in dicts(entry.properties, "AccessPolicies") if name else ():
            given = text(policy, "PolicyArn").rpartition("/")[2]
            if given in DATA["policies"] and given not in DATA["reading"]:
                detail = f"{name} says that it only reads; {given} lets it change things."
                yield breach(entry, "AccessPolicies", given, detail)


@rule("ACCESS13")
def _no_kubeconfig(environment: Environment) -> Iterator[Finding]:
    need = TABLE["needs"]["cluster"]
    for entry in environment.resources(ACCESS_ENTRY):
        principal = entry.properties.get("PrincipalArn")
        role = role_of(environment, principal)
        cluster = cluster_of(environment, entry)
        if role is not None and cluster is not None and humans_may_assume(environment, principal):
            for action, where in lacks(environment, role, need, entry):
                detail = f"{role.path} doesn't allow {action} on {where}."
                yield breach(entry, "PrincipalArn", action, detail)


@rule("ACCESS14")
def _unused_entries(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        config = look_up(cluster.properties, "AccessConfig")
        mode = look_up(config, "AuthenticationMode")
        entries = list(beside(environment, cluster, ACCESS_ENTRY))
        # Without a word, CloudFormation makes a cluster of mode CONFIG_MAP.
        if entries and not unsure(config, mode) and mode not in ("API", "API_AND_CONFIG_MAP"):
            detail = f"The authentication mode is {mode or 'CONFIG_MAP'}."
            yield breach(cluster, "AccessConfig/AuthenticationMode", text(mode), detail)
        for item in aws_auth(environment) if mode == "API" else ():
            if of_one_cluster(environment, cluster, item.resource):
                detail = "In the authentication mode API, EKS doesn't read it."
                yield found(
                    item, detail=detail, fix="Use access entries, and remove the ConfigMap."
                )


@rule("ACCESS16")
def _administrator_by_accident(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        field = "BootstrapClusterCreatorAdminPermissions"
        if cluster.type == CLUSTER and flag(
            cluster.properties, "AccessConfig", field, default=True
        ):
            yield breach(cluster, f"AccessConfig/{field}", "creator")


@rule("ACCESS15")
def _weak_handler(environment: Environment) -> Iterator[Finding]:
    for handler in kubectl_handlers(environment):
        role = role_of(environment, handler.properties.get("Role"))
        own = [
            entry
            for entry in environment.resources(ACCESS_ENTRY)
            if role is not None
            and role_of(environment, entry.properties.get("PrincipalArn")) == role
        ]
        for entry in own:
            policies = several(entry.properties, "AccessPolicies")
            groups = items(entry.properties, "KubernetesGroups")
            if not groups and not unsure(policies) and not any(map(makes_administrator, policies)):
                detail = f"The role of the kubectl handler, {role.path if role else ''}, is no administrator."
                yield breach(entry, "AccessPolicies", entry.logical_id, detail)

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
    of_one_cluster,
    role_of,
)
from assembly.policies import HOLE, Call, alike, allows, arn, rendered
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.access import RESERVED, aws_auth
from guardrails.rules.roles import ASSUME, readable, uses
from kube.values import dicts, known, look_up, several, table, text, unsure

DATA: Mapping[str, Any] = table(__file__, "access_policies.json")
TYPES: Mapping[str, str | None] = DATA["types"]
STANDARD, FOR_AUTO_MODE = "STANDARD", "AmazonEKSAutoNodePolicy"
NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
SLIP = 0.8
PRINCIPAL = re.compile(
    r"arn:aws[\w-]*:(iam::\d{12}:(role/(?!aws-service-role/)|user/).+|sts::\d{12}:federated-user/.+)"
)


def entries(environment: Environment) -> Iterator[tuple[Resource, str, Resource | None]]:
    """Yield the entries, each with its type and with its role if that was made here."""
    for entry in environment.resources(ACCESS_ENTRY):
        kind = text(entry.properties, "Type") or STANDARD
        yield entry, kind, role_of(environment, entry.properties.get("PrincipalArn"))


@rule("ACCESS7")
def _no_such_policy(environment: Environment) -> Iterator[Finding]:
    for entry, _, _ in entries(environment):
        for policy in dicts(entry.properties, "AccessPolicies"):
            said = rendered(environment, policy.get("PolicyArn"))
            name = said.rpartition("/")[2]
            near = name if name in DATA["policies"] else ""
            wanted = arn(entry, f"eks::aws:cluster-access-policy/{near or 'NAME'}")
            if not near and HOLE not in name:
                near = next(iter(difflib.get_close_matches(name, DATA["policies"], 1)), "NAME")
                fix = f"Write {wanted.replace('NAME', near)}; aws eks list-access-policies has all."
                yield breach(
                    entry, "AccessPolicies", name, f"There is no {said}.", fix=readable(fix)
                )
            elif near and not alike(wanted, said):
                detail = f"It is {readable(said)}."
                fix = f"Write {readable(wanted)}."
                yield breach(entry, "AccessPolicies", name, detail, fix=fix)


@rule("ACCESS8")
def _scope(environment: Environment) -> Iterator[Finding]:
    machines = {use.role for use in uses(environment)} - {None}
    for entry, kind, role in entries(environment):
        there = _namespaces(environment).get(cluster_key(environment, entry), [])
        policies = dicts(entry.properties, "AccessPolicies")
        given = [
            entry.properties.get(each)
            for each in ("AccessPolicies", "KubernetesGroups", "Username")
        ]
        if kind == STANDARD and not any(given) and role not in machines:
            detail = "It has neither policies nor groups."
            fix = "Give it an access policy or a group, or remove it."
            yield breach(entry, "AccessPolicies", entry.logical_id, detail, fix=fix)
        names = [text(each, "PolicyArn").rpartition("/")[2] for each in policies]
        for index, (name, policy) in enumerate(zip(names, policies, strict=True)):
            scope = policy.get("AccessScope")
            wrong = "" if unsure(scope, look_up(scope, "Type")) else _wrong_scope(scope)
            if name in names[:index] and known(name):
                wrong = "EKS takes a policy once in an entry."
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
    return grouped(
        (cluster_key(environment, each.resource), name)
        for each in environment.kubernetes_objects("Namespace")
        for name in (each.name, *NAMESPACES)
    )


@rule("ACCESS9")
def _type(environment: Environment) -> Iterator[Finding]:
    for entry, kind, _ in entries(environment):
        if kind == STANDARD or not known(kind):
            continue
        if kind not in TYPES:
            detail = f"EKS has no type {kind}; it takes {', '.join(TYPES)}."
            yield breach(entry, "Type", kind, detail)
        policies = [text(each, "PolicyArn") for each in dicts(entry.properties, "AccessPolicies")]
        # https://docs.aws.amazon.com/eks/latest/userguide/auto-node-access-entry.html
        own = kind == "EC2" and all(each.endswith((f"/{FOR_AUTO_MODE}", "}")) for each in policies)
        for field in ("AccessPolicies", "KubernetesGroups", "Username"):
            if entry.properties.get(field) and not (field == "AccessPolicies" and own):
                detail = f"An entry of type {kind} has {field}; only one of type STANDARD can."
                yield breach(entry, field, kind, detail)


@rule("ACCESS10")
def _type_of_use(environment: Environment) -> Iterator[Finding]:
    services = grouped(
        (use.role, use.row["service"])
        for use in uses(environment)
        if use.role is not None and use.row.get("service") in TYPES.values()
    )
    for entry, kind, role in entries(environment):
        if role is None or kind not in TYPES:
            continue
        wanted, used = TYPES[kind], services.get(role, [])
        call = Call(action=ASSUME, principal=wanted or "", resource="")
        trust = [role.properties.get("AssumeRolePolicyDocument")]
        if used and wanted not in used:
            detail = f"{role.path} is a role of nodes, of {used[0]}; the entry is of type {kind}."
            yield breach(entry, "Type", kind, detail)
        elif entry.properties.get("AccessPolicies"):
            continue  # No entry for nodes, by ACCESS9.
        elif wanted and not used and allows(environment, trust, call) is False:
            detail = f"The entry is of type {kind}, for nodes; {role.path} is no role of nodes."
            yield breach(entry, "Type", kind, detail)
    for role, users in services.items():
        if len({*users}) > 1:
            detail = f"{role.path} is used by nodes and by Fargate, which need roles of their own."
            yield breach(role, "AssumeRolePolicyDocument", role.logical_id, detail)


@rule("ACCESS11")
def _refused(environment: Environment) -> Iterator[Finding]:
    for entry, _, _ in entries(environment):
        name = text(entry.properties, "Username")
        before, session, _ = name.partition("{{SessionName")
        if name.startswith(RESERVED):
            detail = f"A user name can't begin with {name.partition(':')[0]}:."
            yield breach(entry, "Username", name, detail)
        elif session and ":" not in before and known(name):
            yield breach(entry, "Username", name, "There must be a colon before {{SessionName}}.")
        value, detail = _wrong_principal(environment, entry.properties.get("PrincipalArn"))
        partition = arn(entry, "").split(":")[1]
        if not detail and value.startswith("arn:") and partition not in (HOLE, value.split(":")[1]):
            detail = f"{value} is of another partition than the stack, which is {partition}."
        if detail:
            yield breach(entry, "PrincipalArn", value, detail)


def _wrong_principal(environment: Environment, principal: object) -> tuple[str, str]:
    target = environment.target(principal)
    if isinstance(principal, Reference) and target is not None:
        if target.kind not in (ROLE, "AWS::IAM::User"):
            return target.logical_id, f"{target.path} is an {target.kind}."
        named = "" if principal.attribute else f"It is the name of {target.path}, not its ARN."
        return target.logical_id, named
    said = text(principal)
    wrong = said and known(said) and not PRINCIPAL.fullmatch(said)
    return said, f"EKS takes the ARN of an IAM role or user, not {said}." if wrong else ""


@rule("ACCESS14")
def _unread(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        config = look_up(cluster.properties, "AccessConfig")
        # Without a word, the API makes a cluster of the mode CONFIG_MAP.
        mode = text(config, "AuthenticationMode") or "CONFIG_MAP"
        entries = any(beside(environment, cluster, ACCESS_ENTRY))
        if entries and mode == "CONFIG_MAP" and not unsure(config):
            yield breach(cluster, "AccessConfig/AuthenticationMode", mode, f"The mode is {mode}.")
        for item in aws_auth(environment) if mode == "API" else ():
            if of_one_cluster(environment, cluster, item.resource):
                fix = "Use access entries, and remove the ConfigMap."
                yield found(item, detail="The mode is API.", fix=fix)

"""Access entries: what EKS takes in them, whom they let in, and with what powers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assembly.arns import HOLE, alike, arn, place_of, readable, rendered
from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import ACCESS_ENTRY, CLUSTER, ROLE
from assembly.links import beside, cluster_of, kubectl_handlers, of_one_cluster, role_of
from assembly.policies import Call, allows
from assembly.references import Reference
from assembly.resource import Resource
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.access import RESERVED, aws_auth, humans_may_assume, makes_administrator
from guardrails.rules.role_permissions import lacks, meant
from guardrails.rules.roles import ASSUME, TABLE, uses
from kube.values import dicts, flag, items, known, look_up, several, table, text, unsure

DATA: Mapping[str, Any] = table(__file__, "access_policies.json")
TYPES: Mapping[str, str | None] = DATA["types"]
STANDARD, FOR_AUTO_MODE = "STANDARD", "AmazonEKSAutoNodePolicy"
OF_STANDARD = ("AccessPolicies", "KubernetesGroups", "Username")
PRINCIPAL = re.compile(
    r"arn:(?P<partition>aws[\w-]*):"
    r"(iam::\d{12}:(role/(?!aws-service-role/)|user/).+|sts::\d{12}:federated-user/.+)"
)

READER = re.compile(
    r"(ReadOnly|Viewer|Reader|Auditor)(?![a-z])|\b(read-?only|viewer|reader|auditor)\b"
)
READING = ("AmazonEKSViewPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSSecretReaderPolicy")


def entries(environment: Environment) -> Iterator[tuple[Resource, str, Resource | None]]:
    """Yield the entries, each with its type and with its role if that was made here."""
    for entry in environment.resources(ACCESS_ENTRY):
        kind = text(entry.properties, "Type") or STANDARD
        yield entry, kind, role_of(environment, entry.properties.get("PrincipalArn"))


@rule("ACCESS7")
def _no_such_policy(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        for policy in dicts(entry.properties, "AccessPolicies"):
            said = rendered(environment, policy.get("PolicyArn"))
            name = said.rpartition("/")[2]
            wanted = arn(entry, f"eks::aws:cluster-access-policy/{meant(name, DATA['policies'])}")
            if HOLE not in name and not alike(wanted, said):
                fix = f"Write {readable(wanted)}; aws eks list-access-policies has all."
                yield breach(entry, "AccessPolicies", name, f"There is no {said}.", fix=fix)


@rule("ACCESS8")
def _scope(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        seen: set[str] = set()
        for policy in dicts(entry.properties, "AccessPolicies"):
            name = text(policy, "PolicyArn").rpartition("/")[2]
            wrong = _wrong_scope(policy.get("AccessScope"))
            if name in seen and known(name):
                wrong = "EKS takes a policy once in an entry."
            if wrong:
                yield breach(entry, "AccessPolicies", name, f"{name}: {wrong}")
            seen.add(name)


def _wrong_scope(scope: object) -> str:
    kind, names = look_up(scope, "Type"), look_up(scope, "Namespaces")
    if unsure(scope, kind, names):
        return ""
    if kind not in ("cluster", "namespace"):
        return f"the scope is {kind!r}; EKS takes 'cluster' and 'namespace'."
    if (kind == "namespace") is not bool(names):
        return f"the scope is {kind!r}, and it names {'' if names else 'no '}namespaces."
    return ""


@rule("ACCESS9")
def _type(environment: Environment) -> Iterator[Finding]:
    for entry, kind, _ in entries(environment):
        if kind not in TYPES and known(kind):
            detail = f"EKS has no type {kind}; it takes {', '.join(TYPES)}."
            yield breach(entry, "Type", kind, detail)
        policies = [text(each, "PolicyArn") for each in dicts(entry.properties, "AccessPolicies")]
        # https://docs.aws.amazon.com/eks/latest/userguide/auto-node-access-entry.html
        own = kind == "EC2" and all(each.endswith((f"/{FOR_AUTO_MODE}", "}")) for each in policies)
        for field in OF_STANDARD if kind != STANDARD and known(kind) else ():
            if entry.properties.get(field) and not (field == "AccessPolicies" and own):
                detail = f"An entry of type {kind} has {field}; only one of type STANDARD can."
                yield breach(entry, field, kind, detail)


@rule("ACCESS10")
def _type_of_use(environment: Environment) -> Iterator[Finding]:
    machines = grouped((use.role, use.row["service"]) for use in uses(environment) if use.role)
    for entry, kind, role in entries(environment):
        of_role = machines.get(role, ()) if role else ()
        wanted, used = TYPES.get(kind), {*of_role} & {*TYPES.values()}
        call = Call(action=ASSUME, principal=wanted or "", resource="")
        trust = [role.properties.get("AssumeRolePolicyDocument")] if role else []
        if used and wanted not in used and kind in TYPES:
            detail = f"The role is one of nodes, of {min(map(str, used))}; the entry is {kind}."
            yield breach(entry, "Type", kind, detail)
        elif wanted and role and not used and allows(environment, trust, call) is False:
            detail = f"The entry is of type {kind}, for nodes; {role.path} is no role of nodes."
            yield breach(entry, "Type", kind, detail)


@rule("ACCESS11")
def _refused(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        name = text(entry.properties, "Username")
        if name.startswith(RESERVED):
            detail = f"A user name can't begin with {name.partition(':')[0]}:."
            yield breach(entry, "Username", name, detail)
        value, detail = _wrong_principal(environment, entry)
        if detail:
            yield breach(entry, "PrincipalArn", value, detail)


def _wrong_principal(environment: Environment, entry: Resource) -> tuple[str, str]:
    principal = entry.properties.get("PrincipalArn")
    target, said = environment.target(principal), text(principal)
    if isinstance(principal, Reference) and target is not None:
        if target.kind not in (ROLE, "AWS::IAM::User"):
            return target.logical_id, f"{target.path} is an {target.kind}."
        named = "" if principal.attribute else f"It is the name of {target.path}, not its ARN."
        return target.logical_id, named
    if not said or not known(said):
        return "", ""
    match, partition = PRINCIPAL.fullmatch(said), place_of(entry)["partition"]
    if match is None:
        return said, f"EKS takes the ARN of an IAM role or user, not {said}."
    right = partition in (HOLE, match["partition"])
    return said, "" if right else f"It is of another partition than the stack, {partition}."


@rule("ACCESS12")
def _readers_that_write(environment: Environment) -> Iterator[Finding]:
    for entry, _, role in entries(environment):
        arn_of = text(entry.properties, "PrincipalArn").rpartition("/")[2]
        name = next(filter(READER.search, (entry.name, role.name if role else arn_of)), "")
        for policy in dicts(entry.properties, "AccessPolicies") if name else ():
            given = text(policy, "PolicyArn").rpartition("/")[2]
            if given in DATA["policies"] and given not in READING:
                detail = f"{name} says that it only reads; {given} lets it change things."
                yield breach(entry, "AccessPolicies", given, detail)


@rule("ACCESS13")
def _no_kubeconfig(environment: Environment) -> Iterator[Finding]:
    for entry, _, role in entries(environment):
        people = humans_may_assume(environment, entry.properties.get("PrincipalArn"))
        if role is not None and people and cluster_of(environment, entry) is not None:
            for action, where in lacks(environment, role, TABLE["needs"]["cluster"], entry):
                detail = f"{role.path} doesn't allow {action} on {where}."
                yield breach(entry, "PrincipalArn", action, detail)


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
    field = "BootstrapClusterCreatorAdminPermissions"
    for cluster in environment.resources(CLUSTER):
        on = flag(cluster.properties, "AccessConfig", field, default=True)
        if cluster.type == CLUSTER and on:
            yield breach(cluster, f"AccessConfig/{field}", "creator")

"""Access entries: what EKS takes in them, whom they let in, and with what powers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from assembly.arns import HOLE, alike, arn, place_of, readable, rendered
from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import ACCESS_ENTRY, ROLE
from assembly.links import kubectl_handlers, role_of
from assembly.nodes import is_self_managed
from assembly.policies import BUILT_IN, Call, allows
from assembly.references import Reference
from assembly.resource import Resource
from constructs_lib.specs.managed_policies import MANAGED, meant_by
from guardrails.rule import Finding, breach, rule
from guardrails.rules.access import TRUST, USER, by_humans, makes_administrator
from guardrails.rules.presence import is_missing, reached
from guardrails.rules.roles import ASSUME, TABLE, lacks, uses
from kube.values import dicts, items, several, table, text, unsure

DATA: Mapping[str, Any] = table(__file__, "access_policies.json")
TYPES: Mapping[str, str | None] = DATA["types"]
PRINCIPAL = re.compile(
    rf"arn:(?P<partition>aws[\w-]*|{HOLE}):"
    rf"(iam::(\d{{12}}|{HOLE}):(role/(?!aws-service-role/)|user/).+|sts::(\d{{12}}|{HOLE}):federated-user/.+)"
)
SURE = re.compile(rf"(arn:[^:]*:\w*:[^:{HOLE}]*:{HOLE}:)?[^/{HOLE}]*(/.*)?")
"""A principal of which only a deploy knows the account, or a part of the name."""
READER = re.compile(
    r"(ReadOnly|Viewer|Reader|Auditor)(?![a-z])|\b(read-?only|viewer|reader|auditor)\b"
)
READING = ("AmazonEKSViewPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSSecretReaderPolicy")


def _entries(environment: Environment) -> Iterator[tuple[Resource, str, Resource | None]]:
    """Yield the entries, each with its type, and with its role or user if that was made here."""
    for entry in environment.resources(ACCESS_ENTRY):
        kind = text(entry.properties, "Type") or "STANDARD"
        named = entry.properties.get("PrincipalArn")
        yield entry, kind, environment.target(named) or role_of(environment, named)


@rule("ACCESS2")
def _principal_twice(environment: Environment) -> Iterator[Finding]:
    seen: set[tuple[object, object]] = set()
    for entry, kind, named in _entries(environment):
        principal = text(entry.properties, "PrincipalArn")
        key = (entry.cluster_key, named.node if named else principal)
        if key in seen and principal:
            yield breach(entry, "PrincipalArn", named.logical_id if named else principal)
        seen.add(key)
        for use in uses(environment):
            made = named and use.role == named and kind in use.row.get("lets_in", ())
            beside = made and use.resource.cluster_key == key[0]
            # EKS makes none of its own where there is one already, nor for an Auto Scaling group.
            found = environment.order.waits_for(use.resource.node, entry.node) if beside else True
            if named and not found and not is_self_managed(use.resource):
                detail = f"EKS makes one for {named.path} with {use.resource.path}."
                fix = "Remove the entry: nodes and pods get in by that of EKS."
                yield breach(entry, "PrincipalArn", named.logical_id, detail, fix=fix)


@rule("ROLE4")
def _no_managed_policy(environment: Environment) -> Iterator[Finding]:
    for role in environment.resources(ROLE):
        for value in items(role.properties, "ManagedPolicyArns"):
            said = rendered(environment, value)
            if BUILT_IN.match(said) or said.rpartition(":policy/")[2] in MANAGED:
                meant = f"iam::aws:policy/{meant_by(said.rpartition('policy/')[2])}"
                source = "the AWS managed policy reference"
                yield from _slip(role, "ManagedPolicyArns", said, meant, source)


@rule("ACCESS7")
def _no_access_policy(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        for policy in dicts(entry.properties, "AccessPolicies"):
            said = rendered(environment, policy.get("PolicyArn"))
            wanted = meant_by(said.rpartition("policy/")[2], DATA["policies"])
            ours = f"eks::aws:cluster-access-policy/{wanted}"
            if said:
                source = "aws eks list-access-policies"
                yield from _slip(entry, "AccessPolicies", said, ours, source)


def _slip(resource: Resource, field: str, said: str, meant: str, source: str) -> Iterator[Finding]:
    name, wanted = said.rpartition("policy/")[2], arn(resource, meant)
    if HOLE not in name and not alike(wanted, said):
        detail = f"There is no {said} in the partition of the stack."
        fix = f"Write {wanted}; {source} has all."
        yield breach(resource, field, name, detail, fix=fix)


@rule("ACCESS8")
def _scope_of_nothing(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        cluster = entry.cluster_key
        for _, each in reached(entry.properties, "AccessPolicies.*.AccessScope.Namespaces.*"):
            name = text(each)
            # The API takes prefix* as well.
            if "*" not in name and is_missing(environment, (cluster, name)):
                yield breach(entry, "AccessPolicies", name, f"There is no namespace {name}.")


@rule("ACCESS10")
def _type_of_use(environment: Environment) -> Iterator[Finding]:
    services = ((use.role, use.row.get("service")) for use in uses(environment))
    machines: dict[Resource | None, list[str]] = grouped((x, y) for x, y in services if x and y)
    for entry, kind, role in _entries(environment):
        wanted, used = TYPES.get(kind), {*machines.get(role, ())} & {*TYPES.values()}
        call = Call(action=ASSUME, principal=wanted or "", resource="")
        trust, detail = [role.properties.get(TRUST)] if role else [], ""
        if used and wanted not in used and kind in TYPES:
            detail = f"The role is one of nodes, of {min(map(str, used))}; the entry is {kind}."
        elif wanted and role and not used and allows(environment, trust, call) is False:
            detail = f"The entry is of type {kind}, for nodes; {role.path} is no role of nodes."
        if detail:
            yield breach(entry, "Type", kind, detail)


@rule("ACCESS11")
def _wrong_principal(environment: Environment) -> Iterator[Finding]:
    for entry in environment.resources(ACCESS_ENTRY):
        principal, wrong = entry.properties.get("PrincipalArn"), ""
        target, said = environment.target(principal), rendered(environment, principal)
        match, partition = PRINCIPAL.fullmatch(said), place_of(entry)["partition"]
        if isinstance(principal, Reference) and target is not None:
            said = target.logical_id
            wrong = "" if principal.attribute else f"{said} is its name, not its ARN."
            wrong = wrong if target.kind in (ROLE, USER) else f"{said} is an {target.kind}."
        elif said and match is None and SURE.fullmatch(said):
            wrong = f"EKS takes the ARN of an IAM role or user, not {said}."
        elif match and match["partition"] not in (HOLE, partition) and partition != HOLE:
            wrong = f"It is of another partition than the stack, {partition}."
        if wrong:
            yield breach(entry, "PrincipalArn", readable(said), wrong)


@rule("ACCESS12")
def _readers_that_write(environment: Environment) -> Iterator[Finding]:
    for entry, _, role in _entries(environment):
        named = role.name if role else text(entry.properties, "PrincipalArn").rpartition("/")[2]
        name = next(filter(READER.search, (entry.name, named)), "")
        for policy in dicts(entry.properties, "AccessPolicies") if name else ():
            given = text(policy, "PolicyArn").rpartition("/")[2]
            if given in DATA["policies"] and given not in READING:
                detail = f"{name} says that it only reads; {given} lets it change things."
                yield breach(entry, "AccessPolicies", given, detail)


@rule("ACCESS13")
def _no_kubeconfig(environment: Environment) -> Iterator[Finding]:
    for entry, _, role in _entries(environment):
        if role is None or role.kind != ROLE or entry.cluster is None:
            continue
        if by_humans(environment, entry.properties["PrincipalArn"]):
            for action, where, _ in lacks(environment, role, TABLE["needs"]["cluster"], entry):
                detail = f"{role.path} doesn't allow {action} on {where}."
                yield breach(entry, "PrincipalArn", action, detail)


@rule("ACCESS15")
def _weak_handler(environment: Environment) -> Iterator[Finding]:
    handlers = kubectl_handlers(environment)
    own = [role_of(environment, each.properties.get("Role")) for each in handlers]
    for entry, _, role in _entries(environment):
        policies = several(entry.properties, "AccessPolicies")
        unclear = unsure(*policies) or items(entry.properties, "KubernetesGroups")
        if role in own and role and not unclear and not any(map(makes_administrator, policies)):
            detail = f"The role of the kubectl handler, {role.path}, is no administrator."
            yield breach(entry, "AccessPolicies", entry.logical_id, detail)

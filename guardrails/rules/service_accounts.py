"""Service accounts and their roles: which one uses which, and what has none; service_accounts.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, ASSOCIATION, CHART, MANIFEST
from assembly.links import cluster_key, role_of
from assembly.policies import FEDERATED, Call, allows
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.rule import Finding, breach, rule
from guardrails.rules.role_permissions import lacks, missing
from guardrails.rules.roles import TABLE, Use, uses
from guardrails.rules.workloads import place, pods
from kube.values import Json, dicts, known, mapping, text

COMPONENTS: Mapping[str, Any] = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
)
SYSTEM = "kube-system"
ANNOTATION = "eks.amazonaws.com/role-arn"
WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"

Account = tuple[object, str, str]
"""A service account: the key of its cluster, its namespace and its name."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Component:
    """An add-on or a chart; `row` is None for one that the table doesn't know."""

    resource: Resource
    namespace: str
    accounts: Mapping[str, str]
    row: Json | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Grant:
    """A role for a service account; `web` tells that its pods bring a token (IRSA)."""

    account: Account
    resource: Resource
    path: str
    value: object
    web: bool = False
    own: Component | None = None


@indexed
def components(environment: Environment) -> Sequence[Component]:
    """Return the add-ons and charts."""
    found = []
    for each in environment.resources(ADD_ON):
        row = COMPONENTS["add_ons"].get(text(each.properties, "AddonName"))
        usual = mapping(row).get("namespace", SYSTEM)
        namespace = text(each.properties, "NamespaceConfig", "Namespace") or usual
        accounts = mapping(row, "accounts")
        found.append(Component(resource=each, namespace=namespace, accounts=accounts, row=row))
    for each in environment.resources(CHART):
        row = COMPONENTS["charts"].get(text(each.properties, "Chart").rpartition("/")[2])
        namespace = text(each.properties, "Namespace") or "default"
        accounts = {}
        if row is not None:
            accounts = {text(_values(each), *row["account"]) or row["default"]: row["need"]}
        found.append(Component(resource=each, namespace=namespace, accounts=accounts, row=row))
    return found


def _values(chart: Resource) -> object:
    try:
        return structured(chart.properties.get("Values"), or_yaml=True)
    except ValueError:
        return None


@indexed
def grants(environment: Environment) -> Sequence[Grant]:
    """Return what gives a service account a role."""
    return tuple(_grants(environment))


def _grants(environment: Environment) -> Iterator[Grant]:
    for each in environment.resources(ASSOCIATION):
        account = (
            cluster_key(environment, each),
            text(each.properties, "Namespace"),
            text(each.properties, "ServiceAccount"),
        )
        value = each.properties.get("RoleArn")
        yield Grant(account=account, resource=each, path="RoleArn", value=value)
    for part in components(environment):
        each, cluster = part.resource, cluster_key(environment, part.resource)
        field = "PodIdentityAssociations"
        for pair in dicts(each.properties, field):
            account = (cluster, part.namespace, text(pair, "ServiceAccount"))
            value = pair.get("RoleArn")
            yield Grant(account=account, resource=each, path=field, value=value, own=part)
        roles = {"ServiceAccountRoleArn": each.properties.get("ServiceAccountRoleArn")}
        if part.row is not None and "role" in part.row:
            roles["Values"] = mapping(_values(each), *part.row["role"]).get(ANNOTATION)
        for path, value in roles.items():
            for name in part.accounts if value else ():
                account = (cluster, part.namespace, name)
                yield Grant(account=account, resource=each, path=path, value=value, web=True)
    for item in environment.kubernetes_objects("ServiceAccount"):
        if value := item.annotations.get(ANNOTATION):
            account = (*place(environment, item), item.name)
            path = "Manifest"
            yield Grant(account=account, resource=item.resource, path=path, value=value, web=True)


@rule("ROLE5")
def _unused(environment: Environment) -> Iterator[Finding]:
    for each, detail in _without_pods(environment):
        _, namespace, name = each.account
        yield breach(each.resource, each.path, f"{namespace}/{name}", detail)


@indexed
def _without_pods(environment: Environment) -> Sequence[tuple[Grant, str]]:
    """Return the roles of service accounts that no pod uses, each with what is there instead."""
    there, others, found = accounts(environment), _open(environment), []
    for each in grants(environment):
        cluster, namespace, name = each.account
        if each.web or not known([namespace, name]) or each.account in there:
            continue
        here = sorted(
            account for at, where, account in there if (at, where) == (cluster, namespace)
        )
        elsewhere = sorted(
            where for at, where, account in there if (at, account) == (cluster, name)
        )
        judged = here and not {(cluster, namespace), (cluster, "")} & others
        if each.own is not None and each.own.row is not None:
            here, judged = sorted(each.own.accounts), True
        if elsewhere:
            found.append((each, f"The service account {name} is in {', '.join(elsewhere)}."))
        elif judged:
            used = ", ".join(here) or "none that needs a role"
            found.append((each, f"No pod of {namespace} uses {name}; there is {used}."))
    return found


@indexed
def accounts(environment: Environment) -> frozenset[Account]:
    """Return the service accounts that something uses, or that stand in the templates."""
    objects = environment.kubernetes_objects("ServiceAccount")
    found = {(*place(environment, each), each.name) for each in objects}
    for each in pods(environment):
        name = text(each.spec, "serviceAccountName") or "default"
        found.add((*place(environment, each.owner), name))
    for part in components(environment):
        cluster = cluster_key(environment, part.resource)
        found |= {(cluster, part.namespace, name) for name in part.accounts}
    return frozenset(found)


@indexed
def _open(environment: Environment) -> frozenset[tuple[object, str]]:
    """Return the namespaces to which a chart, an add-on or a manifest that can't be read may add.

    Where it may add to any namespace of a cluster, the name is empty.
    """
    read = {each.resource.node for each in environment.kubernetes_objects()}
    unread = [each for each in environment.resources(MANIFEST) if each.node not in read]
    charts = [
        (part.resource, part.namespace if known(part.namespace) else "")
        for part in components(environment)
        if part.row is None
    ]
    added = [*charts, *((each, "") for each in unread)]
    return frozenset((cluster_key(environment, each), name) for each, name in added)


@rule("ROLE6")
def _without_role(environment: Environment) -> Iterator[Finding]:
    given = grouped((each.account, each) for each in grants(environment))
    for part in components(environment):
        cluster = cluster_key(environment, part.resource)
        for name, need in part.accounts.items() if mapping(part.row).get("must") else ():
            account = (cluster, part.namespace, name)
            astray = any(
                each.own is part or each.account[1] == part.namespace or each.account[2] == name
                for each, _ in _without_pods(environment)
            )
            if not need or account in given or astray or not known([part.namespace, name]):
                continue
            if not _nodes_do(environment, part, TABLE["needs"][need]):
                what = TABLE["needs"][need]
                detail = f"{part.namespace}/{name} has no role, which it needs {what['for']}."
                yield breach(part.resource, "", f"{part.namespace}/{name}", detail)


def _nodes_do(environment: Environment, part: Component, need: Json) -> bool:
    """Tell whether the nodes lend a component their role, or there is no node."""
    cluster = cluster_key(environment, part.resource)
    nodes = [
        use
        for use in uses(environment)
        if use.row.get("nodes") and cluster_key(environment, use.resource) == cluster
    ]
    lent = mapping(part.row).get("nodes") or not part.row
    if lent and not nodes:
        return True
    return any(
        use.role is None or not list(lacks(environment, use.role, need, use.resource))
        for use in nodes
    )


@rule("ROLE7")
def _no_web_identity(environment: Environment) -> Iterator[Finding]:
    for each in grants(environment):
        role = role_of(environment, each.value) if each.web else None
        if role is not None:
            _, namespace, name = each.account
            context = {
                ":sub": f"system:serviceaccount:{namespace}:{name}",
                ":aud": "sts.amazonaws.com",
            }
            call = Call(action=WEB_IDENTITY, principal=FEDERATED, context=context, resource="")
            trust = [role.properties.get("AssumeRolePolicyDocument")]
            if known([namespace, name]) and allows(environment, trust, call) is False:
                detail = f"{role.path} doesn't allow {namespace}/{name} {WEB_IDENTITY}."
                fix = (
                    f"In its trust policy, let the cluster's OIDC provider call {WEB_IDENTITY} with "
                    f"sub {context[':sub']} and aud {context[':aud']}."
                )
                yield breach(each.resource, each.path, f"{namespace}/{name}", detail, fix=fix)


@rule("ROLE8")
def _role_lacks(environment: Environment) -> Iterator[Finding]:
    needed = {
        (cluster_key(environment, part.resource), part.namespace, name): need
        for part in components(environment)
        for name, need in part.accounts.items()
    }
    for each in grants(environment):
        need = needed.get(each.account)
        role = role_of(environment, each.value)
        if need and role is not None:
            use = Use(
                row={},
                needs=(need,),
                resource=each.resource,
                path=each.path,
                value=each.value,
                role=role,
                subject=each.resource,
            )
            yield from missing(environment, use, TABLE["needs"][need])

"""Roles of pods: which service account has which, who uses it, and whether it allows what they do.

service_accounts.yaml has the accounts of add-ons and charts, and what they need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ASSOCIATION, CHART
from assembly.links import policies_of, role_of
from assembly.policies import FEDERATED, Call, allows
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from guardrails.rules.ordering import Pairs, waits
from guardrails.rules.roles import TABLE, Use, lacks, missing, uses
from guardrails.rules.workloads import Place, pods, told, unclear
from guardrails.rules.workloads import components as installed
from kube.values import Json, dicts, known, look_up, mapping, table, text

COMPONENTS: Mapping[str, Any] = table(__file__, "service_accounts.yaml")
ROLE_ARN = "eks.amazonaws.com/role-arn"
PAIRS = "PodIdentityAssociations"
WEB_IDENTITY, AUDIENCE = "sts:AssumeRoleWithWebIdentity", "sts.amazonaws.com"


class Component(NamedTuple):
    """An add-on or a chart: its namespace, and its accounts with what they need.

    `row` is None for one that the table doesn't know.
    """

    resource: Resource
    place: Place
    accounts: Mapping[str, str]
    row: Json | None


class Grant(NamedTuple):
    """A role for a service account; `web` tells that its pods bring a token (IRSA)."""

    place: Place
    name: str
    resource: Resource
    path: str
    value: object
    web: bool = False
    own: Component | None = None

    @property
    def account(self) -> str:
        """Return the account as people write it."""
        return f"{self.place[1]}/{self.name}"


@indexed
def components(environment: Environment) -> Sequence[Component]:
    """Return the add-ons and charts."""
    made = []
    for each, name, where in installed(environment):
        row = COMPONENTS[each.kind].get(name)
        said, accounts = mapping(row), mapping(row, "accounts")
        if each.kind == CHART:
            release, usual = text(each.properties, "Release"), said.get("default", "")
            # What Helm's usual template makes of a release and the name of its chart.
            full = release if usual in release or not known(release) else f"{release}-{usual}"
            account = text(_of_account(each, row), "name") or full
            accounts = {account: said.get("need", "")}
        made.append(Component(each, (each.cluster_key, where), accounts, row))
    return made


def _of_account(chart: Resource, row: object) -> object:
    """Return what a chart's values say about its service account."""
    return look_up(told(chart), *(text(row, "at") or "serviceAccount").split("."))


@indexed
def grants(environment: Environment) -> Sequence[Grant]:
    """Return what gives a service account a role."""
    made = []
    for each in environment.resources(ASSOCIATION):
        name, value = text(each.properties, "ServiceAccount"), each.properties.get("RoleArn")
        where = (each.cluster_key, text(each.properties, "Namespace"))
        made.append(Grant(where, name, each, "RoleArn", value))
    for part in components(environment):
        each = part.resource
        for pair in dicts(each.properties, PAIRS):
            name, value = text(pair, "ServiceAccount"), pair.get("RoleArn")
            made.append(Grant(part.place, name, each, PAIRS, value, own=part))
        path, value = "ServiceAccountRoleArn", each.properties.get("ServiceAccountRoleArn")
        if each.kind == CHART:
            path, account = "Values", _of_account(each, part.row)
            value = look_up(account, "annotations", ROLE_ARN)
        # What needs nothing of its own is not annotated.
        names = [name for name, need in part.accounts.items() if need and value]
        made += [Grant(part.place, name, each, path, value, web=True) for name in names]
    for item in environment.kubernetes_objects("ServiceAccount"):
        if value := item.annotations.get(ROLE_ARN):
            where = item.place
            made.append(Grant(where, item.name, item.resource, "Manifest", value, web=True))
    return made


@indexed
def _clients(environment: Environment) -> Sequence[tuple[Place, str, Resource]]:
    """Return the service accounts that pods use, with what runs them."""
    parts = components(environment)
    found = [(part.place, name, part.resource) for part in parts for name in part.accounts]
    for each in pods(environment):
        name = text(each.spec, "serviceAccountName") or "default"
        found.append((each.owner.place, name, each.owner.resource))
    return found


@indexed
def accounts(environment: Environment) -> Mapping[Place, list[str]]:
    """Return the service accounts that something uses, or that stand in the templates."""
    objects = environment.kubernetes_objects("ServiceAccount")
    found = [(each.place, each.name) for each in objects]
    found += [(where, name) for where, name, _ in _clients(environment)]
    return grouped(dict.fromkeys(found))


@indexed
def filled_by_others(environment: Environment) -> frozenset[Place]:
    """Return the namespaces to which a chart, an add-on or a manifest that nobody knows may add.

    Where it may add to any namespace of a cluster, the name is empty.
    """
    found = {part.place for part in components(environment) if part.row is None}
    found = {(cluster, name if known(name) else "") for cluster, name in found}
    return frozenset(found | {(cluster, "") for cluster in unclear(environment)})


@rule("ROLE5")
def _unused(environment: Environment) -> Iterator[Finding]:
    there, others = accounts(environment), filled_by_others(environment)
    for each in grants(environment):
        (cluster, namespace), here = each.place, there.get(each.place, [])
        if each.web or not known([namespace, each.name, *here]) or each.name in here:
            continue
        elsewhere = [x for (of, x), names in there.items() if of == cluster and each.name in names]
        if each.own is not None and each.own.row is not None:
            here = [*each.own.accounts]
            if not here:
                fix = f"Remove {PAIRS}: a role of your own pods is an association, AWS::EKS::PodIdentityAssociation."
                detail = "EKS takes no association for this add-on, whose pods call nothing of AWS."
                yield breach(each.resource, each.path, each.account, detail, fix=fix)
                continue
        elif not elsewhere and (not here or {each.place, (cluster, "")} & others):
            continue
        used = f"one in {', '.join(elsewhere)}" if elsewhere else ", ".join(sorted(here)) or "none"
        detail = f"No pod of {namespace} uses {each.name}; there is {used}."
        yield breach(each.resource, each.path, each.account, detail)
    given = grouped(((x.place, x.name), x) for x in grants(environment) if not x.web)
    for (where, name), (_, *more) in given.items():
        for each in more if known([where[1], name]) else ():
            detail = f"EKS takes one association for {each.account}; there are several."
            yield breach(each.resource, each.path, each.account, detail)


@rule("ROLE6")
def _without_role(environment: Environment) -> Iterator[Finding]:
    given = {(each.place, each.name) for each in grants(environment)}
    for part in components(environment):
        wanted = {x: TABLE["needs"][y] for x, y in part.accounts.items() if y}
        for name, need in wanted.items() if mapping(part.row).get("must") else ():
            lent = (part.place, name) in given or _nodes_do(environment, part, need)
            if not lent and known([part.place[1], name]):
                account = f"{part.place[1]}/{name}"
                usual = "".join(f": {each}" for each in need["policies"][:1])
                detail = f"{account} has no role, which it needs {need['for']}{usual}."
                yield breach(part.resource, "", account, detail)


def _nodes_do(environment: Environment, part: Component, need: Json) -> bool:
    """Tell whether the nodes lend a component their role, or there is no node."""
    of_nodes = [use for use in uses(environment) if use.row.get("nodes")]
    nodes = [x for x in of_nodes if x.resource.cluster_key == part.place[0]]
    if not nodes:
        return bool(mapping(part.row).get("nodes"))
    return any(not x.role or not [*lacks(environment, x.role, need, x.resource)] for x in nodes)


@rule("ROLE7")
def _no_web_identity(environment: Environment) -> Iterator[Finding]:
    # An association comes before an annotation.
    paired = {(each.place, each.name) for each in grants(environment) if not each.web}
    for each in grants(environment):
        role = role_of(environment, each.value)
        if not each.web or role is None or (each.place, each.name) in paired:
            continue
        subject = f"system:serviceaccount:{each.place[1]}:{each.name}"
        context = {":sub": subject, ":aud": AUDIENCE}
        call = Call(action=WEB_IDENTITY, principal=FEDERATED, context=context, resource="")
        trust = [role.properties.get("AssumeRolePolicyDocument")]
        if known([each.place[1], each.name]) and allows(environment, trust, call) is False:
            detail = f"{role.path} doesn't allow {each.account} {WEB_IDENTITY}."
            fix = f"In its trust policy, let the cluster's OIDC provider call {WEB_IDENTITY} with "
            fix += f"sub {subject} and aud {AUDIENCE}."
            yield breach(each.resource, each.path, each.account, detail, fix=fix)


@rule("ROLE8")
def _role_lacks(environment: Environment) -> Iterator[Finding]:
    accounts = [(x, each) for x in components(environment) for each in x.accounts.items()]
    needed = {(x.place, name): (x.resource, need) for x, (name, need) in accounts}
    for each in grants(environment):
        subject, need = needed.get((each.place, each.name), (each.resource, ""))
        if need:
            role, of = role_of(environment, each.value), each.resource
            use = Use(
                row={}, resource=of, path=each.path, value=each.value, role=role, subject=subject
            )
            yield from missing(environment, use, TABLE["needs"][need])


@waits("ORDER10")
def _permissions_outlive_their_controller(environment: Environment) -> Pairs:
    given = grouped(((each.place, each.name), each) for each in grants(environment))
    for where, name, client in _clients(environment):
        for grant in given.get((where, name), ()):
            role = role_of(environment, grant.value)
            for permission in (grant.resource, *policies_of(environment, role)):
                yield client, permission, permission.logical_id

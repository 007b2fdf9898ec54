"""Roles of pods: whether the pods that a role is for get it, and whether it allows what they do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.links import cluster_key, role_of
from assembly.policies import FEDERATED, Call, allows
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.role_permissions import lacks, missing
from guardrails.rules.roles import TABLE, Use, uses
from guardrails.rules.service_accounts import (
    Component,
    Grant,
    accounts,
    components,
    filled_by_others,
    grants,
)
from kube.values import Json, known, mapping

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
ANNOTATION = re.compile(
    r"eks\.amazonaws\.com/(?!(role-arn|audience|sts-regional-endpoints|token-expiration|skip-containers)$)"
)
"""None that the webhook knows: github.com/aws/amazon-eks-pod-identity-webhook, README."""
AUDIENCE = "sts.amazonaws.com"


@rule("ROLE5")
def _unused(environment: Environment) -> Iterator[Finding]:
    for each, detail in _without_pods(environment):
        yield breach(each.resource, each.path, each.account, detail)
    given = grouped(((each.place, each.name), each) for each in grants(environment) if not each.web)
    for (where, name), (_, *more) in given.items():
        for each in more if known([where[1], name]) else ():
            detail = f"EKS takes one association for {each.account}; there are several."
            yield breach(each.resource, each.path, each.account, detail)


@indexed
def _without_pods(environment: Environment) -> Sequence[tuple[Grant, str]]:
    """Return the roles of service accounts that no pod uses, each with what is there instead."""
    there, others, found = accounts(environment), filled_by_others(environment), []
    for each in grants(environment):
        (cluster, namespace), here = each.place, there.get(each.place, [])
        if each.web or not known([namespace, each.name]) or each.name in here:
            continue
        elsewhere = [
            x for (key, x), names in there.items() if key == cluster and each.name in names
        ]
        if each.own is not None and each.own.row is not None:
            here = [*each.own.accounts]
        elif not elsewhere and (not here or {each.place, (cluster, "")} & others):
            continue
        used = f"one in {', '.join(elsewhere)}" if elsewhere else ", ".join(sorted(here))
        found.append((each, f"No pod of {namespace} uses {each.name}; there is {used or 'none'}."))
    return found


@rule("ROLE6")
def _without_role(environment: Environment) -> Iterator[Finding]:
    given = {(each.place, each.name) for each in grants(environment)}
    # What has its role at the wrong account is told so.
    astray = [each for each, _ in _without_pods(environment)]
    for part in components(environment):
        near = any(
            each.own is part or each.place == part.place or each.name in part.accounts
            for each in astray
        )
        must = mapping(part.row).get("must") and not near
        for name, need in part.accounts.items() if must else ():
            lent = not need or _nodes_do(environment, part, TABLE["needs"][need])
            if not lent and (part.place, name) not in given and known([*part.place[1:], name]):
                account = f"{part.place[1]}/{name}"
                detail = f"{account} has no role, which it needs {TABLE['needs'][need]['for']}."
                yield breach(part.resource, "", account, detail)


def _nodes_do(environment: Environment, part: Component, need: Json) -> bool:
    """Tell whether the nodes lend a component their role, or there is no node."""
    of_nodes = [use for use in uses(environment) if use.row.get("nodes")]
    nodes = [x for x in of_nodes if cluster_key(environment, x.resource) == part.place[0]]
    lent = (
        use.role is None or not list(lacks(environment, use.role, need, use.resource))
        for use in nodes
    )
    return any(lent) if nodes else bool(mapping(part.row).get("nodes"))


@rule("ROLE7")
def _no_web_identity(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("ServiceAccount"):
        for key in filter(ANNOTATION.match, map(str, item.annotations)):
            fix = "Use eks.amazonaws.com/role-arn; the others are in the webhook's README."
            yield found(item, key, "EKS has no such annotation.", fix=fix)
    paired = {(each.place, each.name) for each in grants(environment) if not each.web}
    for each in grants(environment):
        role = role_of(environment, each.value) if each.web else None
        # An association comes before an annotation.
        associated = (each.place, each.name) in paired
        if role is None or associated or not known([each.place[1], each.name]):
            continue
        subject = f"system:serviceaccount:{each.place[1]}:{each.name}"
        context = {":sub": subject, ":aud": AUDIENCE}
        call = Call(action=WEB_IDENTITY, principal=FEDERATED, context=context, resource="")
        trust = [role.properties.get("AssumeRolePolicyDocument")]
        if allows(environment, trust, call) is False:
            detail = f"{role.path} doesn't allow {each.account} {WEB_IDENTITY}."
            fix = (
                f"In its trust policy, let the cluster's OIDC provider call {WEB_IDENTITY} with "
                f"sub {subject} and aud {AUDIENCE}."
            )
            yield breach(each.resource, each.path, each.account, detail, fix=fix)


@rule("ROLE8")
def _role_lacks(environment: Environment) -> Iterator[Finding]:
    needed = {
        (part.place, name): need
        for part in components(environment)
        for name, need in part.accounts.items()
    }
    for each in grants(environment):
        if need := needed.get((each.place, each.name)):
            use = Use(
                row={},
                resource=each.resource,
                path=each.path,
                value=each.value,
                role=role_of(environment, each.value),
                subject=each.resource,
            )
            yield from missing(environment, use, TABLE["needs"][need])

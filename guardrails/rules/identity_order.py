"""What takes a role for its pods comes after all that gives it, and goes before it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import ASSOCIATION, CHART
from assembly.links import cluster_key, policies_of, role_of
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.rules.order_table import Pairs, waits
from guardrails.rules.workloads import namespace, place, pods
from kube.values import text

ROLE_OF_ACCOUNT = "eks.amazonaws.com/role-arn"
Account = tuple[object, str, str]
"""The cluster, the namespace and the name of a service account."""


@waits("ORDER10")
def _permissions_outlive_their_controller(environment: Environment) -> Pairs:
    accounts = _accounts(environment)
    clients = [
        (
            chart,
            (
                cluster_key(environment, chart),
                text(chart.properties, "Namespace") or "default",
                name,
            ),
        )
        for chart in environment.resources(CHART)
        for name in {text(chart.properties, "Release"), _account_of(chart)}
    ]
    for template in pods(environment):
        name = text(template.spec, "serviceAccountName") or "default"
        clients.append((template.owner.resource, (*place(environment, template.owner), name)))
    for client, account in clients:
        for given, role in accounts.get(account, ()):
            for permission in (given, *policies_of(environment, role)):
                yield client, permission, permission.logical_id


def _account_of(chart: Resource) -> str:
    with suppress(ValueError):
        values = structured(chart.properties.get("Values"))
        return text(values, "serviceAccount", "name")
    return ""


def _accounts(environment: Environment) -> Mapping[Account, list[tuple[Resource, Resource | None]]]:
    """Return what gives service accounts a role, and the role, by the accounts.

    With Pod Identity it is an association, with IRSA an annotation of the account.
    """
    associations = (
        (each, text(given, "Namespace"), text(given, "ServiceAccount"), given.get("RoleArn"))
        for each in environment.resources(ASSOCIATION)
        for given in (each.properties,)
    )
    annotated = (
        (each.resource, namespace(each), each.name, each.annotations.get(ROLE_OF_ACCOUNT))
        for each in environment.kubernetes_objects("ServiceAccount")
    )
    return grouped(
        ((cluster_key(environment, each), where, name), (each, role_of(environment, role)))
        for each, where, name, role in (*associations, *annotated)
        if role is not None
    )

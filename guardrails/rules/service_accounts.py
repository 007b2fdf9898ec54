"""Service accounts and their roles: which one uses which, and what has none; service_accounts.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, ASSOCIATION, CHART, MANIFEST
from assembly.links import cluster_key
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.rules.workloads import place, pods
from kube.values import Json, dicts, known, mapping, table, text

COMPONENTS: Mapping[str, Any] = table(__file__, "service_accounts.yaml")
ACCOUNT = ("serviceAccount", "name")
"""Where a chart's values name its service account; beside it stand the annotations."""
ANNOTATION = "eks.amazonaws.com/role-arn"
PAIRS = "PodIdentityAssociations"

Place = tuple[object, str]
"""A namespace: the key of its cluster and its name."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Component:
    """An add-on or a chart: its namespace, and its accounts with what they need.

    `row` is None for one that the table doesn't know.
    """

    resource: Resource
    place: Place
    accounts: Mapping[str, str]
    row: Json | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Grant:
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
    return tuple(_components(environment))


def _components(environment: Environment) -> Iterator[Component]:
    for each in environment.resources(ADD_ON, CHART):
        name = text(each.properties, "AddonName") or text(each.properties, "Chart")
        row = COMPONENTS[each.kind].get(name.rpartition("/")[2])
        said = mapping(row)
        own = text(each.properties, "NamespaceConfig", "Namespace") or text(
            each.properties, "Namespace"
        )
        usual = "default" if each.kind == CHART else said.get("namespace", "kube-system")
        accounts = mapping(said, "accounts")
        if each.kind == CHART:
            account = text(_values(each), *ACCOUNT)
            name = account or _full_name(each, said.get("default", ""))
            accounts = {name: said.get("need", "")}
        where = (cluster_key(environment, each), own or usual)
        yield Component(resource=each, place=where, accounts=accounts, row=row)


def _full_name(chart: Resource, name: str) -> str:
    """Return what Helm's usual template makes of a release and the name of its chart."""
    release = text(chart.properties, "Release")
    return release if name in release or not known(release) else f"{release}-{name}"


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
        name, value = text(each.properties, "ServiceAccount"), each.properties.get("RoleArn")
        where = (cluster_key(environment, each), text(each.properties, "Namespace"))
        yield Grant(place=where, name=name, resource=each, path="RoleArn", value=value)
    for part in components(environment):
        each, where = part.resource, part.place
        for pair in dicts(each.properties, PAIRS):
            name, value = text(pair, "ServiceAccount"), pair.get("RoleArn")
            yield Grant(place=where, name=name, resource=each, path=PAIRS, value=value, own=part)
        path, value = "ServiceAccountRoleArn", each.properties.get("ServiceAccountRoleArn")
        if each.kind == CHART:
            annotations = mapping(_values(each), "serviceAccount", "annotations")
            path, value = "Values", annotations.get(ANNOTATION)
        # What needs nothing of its own is not annotated.
        for name in [name for name, need in part.accounts.items() if need] if value else ():
            yield Grant(place=where, name=name, resource=each, path=path, value=value, web=True)
    for item in environment.kubernetes_objects("ServiceAccount"):
        if value := item.annotations.get(ANNOTATION):
            where, owner, path = place(environment, item), item.resource, "Manifest"
            name = item.name
            yield Grant(place=where, name=name, resource=owner, path=path, value=value, web=True)


@indexed
def accounts(environment: Environment) -> Mapping[Place, list[str]]:
    """Return the service accounts that something uses, or that stand in the templates."""
    objects = environment.kubernetes_objects("ServiceAccount")
    found = [(place(environment, each), each.name) for each in objects]
    found += [
        (place(environment, each.owner), text(each.spec, "serviceAccountName") or "default")
        for each in pods(environment)
    ]
    found += [(part.place, name) for part in components(environment) for name in part.accounts]
    return grouped(dict.fromkeys(found))


@indexed
def filled_by_others(environment: Environment) -> frozenset[Place]:
    """Return the namespaces to which a chart, an add-on or a manifest that nobody knows may add.

    Where it may add to any namespace of a cluster, the name is empty.
    """
    read = {each.resource.node for each in environment.kubernetes_objects()}
    unread = [each for each in environment.resources(MANIFEST) if each.node not in read]
    found = {part.place for part in components(environment) if part.row is None}
    found = {(cluster, name if known(name) else "") for cluster, name in found}
    return frozenset(found | {(cluster_key(environment, each), "") for each in unread})

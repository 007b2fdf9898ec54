"""Kubernetes objects that must be applied after others: their namespace, their definition, what they name.

A manifest is applied as a whole: kubectl takes its objects one after the other, but looks every kind up
before the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import CHART, CLUSTER, OBJECT_VALUE, PATCH
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.ordering import unordered
from guardrails.rules.presence import DATA, named, target_of
from guardrails.rules.presence import closed as judgeable
from guardrails.rules.workloads import components, object_at, selected
from kube.network_policies import closed
from kube.values import flag, known, look_up, table, text

_TABLE = table(__file__, "object_order.yaml")
BRINGERS: Mapping[str, Sequence[str]] = _TABLE["brought"]
MAY_BRING: Mapping[str, Sequence[tuple[str, Sequence[str]]]] = _TABLE["may_bring"]
Need = tuple[Resource, str, KubernetesObject, str]
"""What must wait, its name, the object that it waits for, and why."""
NO_NAMESPACE = "The API server refuses an object in a namespace that doesn't exist."


@rule("ORDER14")
def _objects(environment: Environment) -> Iterator[Finding]:
    for later, name, needed, why in dict.fromkeys(_needs(environment)):
        value = f"{name} {needed.kind}/{needed.name}".lstrip()
        yield from unordered(environment, later, needed.resource, value, why)
    applied = set()
    for item in environment.kubernetes_objects():
        made = _namespace(environment, item.resource, item.namespace)
        if made and made.resource == item.resource and made not in applied:
            fix = f"Put Namespace {made.name} before it, or into a manifest of its own."
            detail = "In its manifest the namespace comes after it."
            yield found(item, f"Namespace/{made.name}", detail, fix=fix)
        applied.add(item)


def _needs(environment: Environment) -> Iterator[Need]:
    for item in environment.kubernetes_objects():
        if made := _namespace(environment, item.resource, item.namespace):
            yield item.resource, _said(item), made, NO_NAMESPACE
    for chart in environment.resources(CHART):
        if made := _namespace(environment, chart, text(chart.properties, "Namespace")):
            yield chart, "", made, "Helm installs into a namespace that exists."
    for each in named(environment):
        target = target_of(environment, each)
        if target and each.kind in DATA["before"] and known(each.name):
            yield each.item.resource, _said(each.item), target, DATA["before"][each.kind]
    yield from _isolated(environment)
    yield from _asked_for(environment)


def _isolated(environment: Environment) -> Iterator[Need]:
    """Yield the policies without which pods are open for a while: the others only allow more."""
    every = grouped(
        (template.owner, policy)
        for policy in environment.kubernetes_objects("NetworkPolicy")
        for template in selected(environment, policy, look_up(policy.spec, "podSelector"))
    )
    why = "Its pods run without this policy for a while."
    for owner, policies in every.items():
        one = owner.resource
        there = (x for x in policies if x.resource == one or environment.waits_for(one, x.resource))
        ready = {way for each in there for way in closed(each.content)}
        yield from ((one, _said(owner), x, why) for x in policies if closed(x.content) - ready)


def _asked_for(environment: Environment) -> Iterator[Need]:
    """Yield what reads or changes an object, written as in kubectl: deployment/web."""
    every = environment.kubernetes_objects()
    index = {(each.place, each.kind.lower(), each.name): each for each in every}
    for each in environment.resources(OBJECT_VALUE, PATCH):
        kind, _, name = text(each.properties, "ResourceName").partition("/")
        kind = text(each.properties, "ObjectType") or kind
        name = text(each.properties, "ObjectName") or name
        spaces = (text(each.properties, f"{of}Namespace") for of in ("Object", "Resource"))
        for space in dict.fromkeys(("default", *spaces)) if known([kind, name]) else ():
            key = (each.cluster_key, space), kind.lower(), name
            if item := index.get(key):
                yield each, "", item, "kubectl answers NotFound."


def _said(item: KubernetesObject) -> str:
    return f"{item.kind}/{item.name}"


def _namespace(environment: Environment, asking: Resource, name: str) -> KubernetesObject | None:
    made = object_at(environment, asking.cluster_key, "Namespace", name)
    return made if known(name) else None


@rule("ORDER17")
def _definitions(environment: Environment) -> Iterator[Finding]:
    made = grouped(
        (
            (each.resource.cluster_key, text(each.spec, "group"), text(each.spec, "names", "kind")),
            each,
        )
        for each in environment.kubernetes_objects("CustomResourceDefinition")
    )
    brought = grouped(((each.cluster_key, name), each) for each, name, _ in components(environment))
    there = {*brought, *((cluster, group) for cluster, group, _ in made)}
    for item in environment.kubernetes_objects():
        cluster, names = item.resource.cluster_key, BRINGERS.get(item.group)
        for definition in made.get((cluster, item.group, item.kind), ()):
            if definition.resource == item.resource:
                fix = (
                    "Put the definition into a manifest of its own, and make this one depend on it."
                )
                together = f"{definition.name} is in the same manifest"
                detail = f"{together}: kubectl doesn't know the kind yet."
                yield found(item, definition.name, detail, fix=fix)
            yield from unordered(environment, item.resource, definition.resource, _said(item))
        for name, owner in ((x, y) for x in names or () for y in brought.get((cluster, x), ())):
            why = f"{name} brings its definition."
            yield from unordered(environment, item.resource, owner, _said(item), why)
        wanted = {(cluster, each) for each in (item.group, *(names or ()))}
        undefined = names is not None and there.isdisjoint(wanted)
        if (
            undefined
            and (cluster, "") in judgeable(environment)
            and not _may_bring(environment, item)
        ):
            brings = f": {' or '.join(names or ())} does" if names else ""
            detail = f"Nothing in the templates brings the definitions of {item.group}{brings}."
            fix = "Install what brings them, or apply them by a manifest before this one."
            yield found(item, item.group, detail, fix=fix)


def _may_bring(environment: Environment, item: KubernetesObject) -> bool:
    return any(
        flag(each.properties, *at, default=not at) is not False
        for kind, at in MAY_BRING.get(item.group, ())
        for each in environment.resources(kind)
    )


@rule("ORDER15")
def _cluster_by_name(environment: Environment) -> Iterator[Finding]:
    for each in environment.resources():
        cluster = each.cluster if "ClusterName" in each.properties else None
        if cluster is not None and not environment.waits_for(each, cluster):
            name = text(each.properties, "ClusterName")
            fix = f"Name the cluster by reference: Ref {cluster.logical_id} (cluster.cluster_name)."
            detail = f"It names {cluster.path} as {name!r}, which CloudFormation takes for a text."
            if known(look_up(each.properties, "ClusterName")) and cluster.kind == CLUSTER:
                yield breach(each, "ClusterName", name, detail, fix=fix)

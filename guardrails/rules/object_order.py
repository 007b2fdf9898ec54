"""Kubernetes objects that must be applied after others: their namespace, their definition, what they name.

A manifest is applied as a whole: kubectl takes its objects one after the other, but looks every kind up
before the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, CHART, CLUSTER, OBJECT_VALUE, PATCH
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside, cluster_key, cluster_of
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.order_table import unordered
from guardrails.rules.workloads import namespace, pods, selected
from kube.values import items, known, look_up, text

_TABLE: Mapping[str, Any] = yaml.safe_load(
    Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
)
Thing = tuple[object, str, str]
"""A cluster, a kind and a name."""
Need = tuple[KubernetesObject, KubernetesObject, str]
"""An object, what it needs, and why."""


@rule("ORDER14")
def _objects(environment: Environment) -> Iterator[Finding]:
    places = _positions(environment)
    for item, needed, why in dict.fromkeys(chain(_namespaces(environment), _named(environment))):
        if needed.resource != item.resource:
            value = f"{item.kind}/{item.name} {needed.kind}/{needed.name}"
            yield from unordered(environment, item.resource, needed.resource, value, why)
        elif needed.kind == "Namespace" and places[needed] > places[item]:
            fix = f"Put {needed.kind} {needed.name} before it, or into a manifest of its own."
            detail = "In its manifest the namespace comes after it."
            yield found(item, f"{needed.kind}/{needed.name}", detail, fix=fix)
    for chart in environment.resources(CHART):
        key = cluster_key(environment, chart), "namespace", text(chart.properties, "Namespace")
        for made in _by_thing(environment).get(key, ()):
            yield from unordered(
                environment,
                chart,
                made.resource,
                f"{made.kind}/{made.name}",
                "Helm installs into a namespace that exists.",
            )


@rule("ORDER17")
def _definitions(environment: Environment) -> Iterator[Finding]:
    made = grouped(
        ((cluster_key(environment, each.resource), text(each.spec, "names", "kind")), each)
        for each in environment.kubernetes_objects("CustomResourceDefinition")
    )
    for item in environment.kubernetes_objects():
        value = f"{item.kind}/{item.name}"
        cluster = cluster_key(environment, item.resource)
        for definition in made.get((cluster, item.kind), ()):
            if text(definition.spec, "group") != item.group:
                continue
            if definition.resource == item.resource:
                fix = (
                    "Put the definition into a manifest of its own, and make this one depend on it."
                )
                detail = (
                    f"{definition.name} is in the same manifest: kubectl doesn't know the kind yet."
                )
                yield found(item, definition.name, detail, fix=fix)
            yield from unordered(environment, item.resource, definition.resource, value)
        for name in _TABLE["definitions"].get(item.group, ()):
            for owner in beside(environment, item.resource, CHART, ADD_ON):
                named = [
                    text(owner.properties, key) for key in ("Chart", "AddonName", "Repository")
                ]
                if any(each.rpartition("/")[2] == name for each in named):
                    yield from unordered(
                        environment, item.resource, owner, value, f"{name} brings its definition."
                    )


@rule("ORDER18")
def _values_and_patches(environment: Environment) -> Iterator[Finding]:
    index = _by_thing(environment)
    for each in environment.resources(OBJECT_VALUE, PATCH):
        named = text(each.properties, "ResourceName").partition("/")
        kind = text(each.properties, "ObjectType") or named[0]
        name = text(each.properties, "ObjectName") or named[2]
        where = text(each.properties, "ObjectNamespace") or text(
            each.properties, "ResourceNamespace"
        )
        key = cluster_key(environment, each), kind.lower(), name
        for item in index.get(key, ()) if known([kind, name]) else ():
            if item.namespace in ("", where):
                yield from unordered(environment, each, item.resource, f"{item.kind}/{item.name}")


@rule("ORDER15")
def _cluster_by_name(environment: Environment) -> Iterator[Finding]:
    for each in environment.resources():
        cluster = cluster_of(environment, each) if "ClusterName" in each.properties else None
        if cluster is not None and not environment.waits_for(each, cluster):
            name = text(each.properties, "ClusterName")
            fix = f"Name the cluster by reference: Ref {cluster.logical_id} (cluster.cluster_name)."
            detail = f"It names {cluster.path} as {name!r}, which CloudFormation takes for a text."
            if known(look_up(each.properties, "ClusterName")) and cluster.kind == CLUSTER:
                yield breach(each, "ClusterName", name, detail, fix=fix)


def _namespaces(environment: Environment) -> Iterator[Need]:
    for item in environment.kubernetes_objects():
        key = cluster_key(environment, item.resource), "namespace", item.namespace
        for made in _by_thing(environment).get(key, ()):
            yield item, made, "The API server refuses an object in a namespace that doesn't exist."


def _named(environment: Environment) -> Iterator[Need]:
    for row in _TABLE["named"]:
        if row["of"] == "pods":
            sides = [(each.owner, each.spec) for each in pods(environment)]
        else:
            sides = [(each, each.content) for each in environment.kubernetes_objects(row["of"])]
        for item, holder in sides:
            cluster = cluster_key(environment, item.resource)
            for name in values_at(holder, row["at"]):
                key = cluster, row["kind"].lower(), text(name)
                for needed in _by_thing(environment).get(key, ()):
                    if needed.namespace == "" or namespace(needed) == namespace(item):
                        yield item, needed, row["why"]
    for policy in environment.kubernetes_objects("NetworkPolicy"):
        for template in selected(environment, policy, look_up(policy.spec, "podSelector")):
            yield template.owner, policy, "Its pods run without this policy for a while."


@indexed
def _by_thing(environment: Environment) -> Mapping[Thing, list[KubernetesObject]]:
    return grouped(
        ((cluster_key(environment, each.resource), each.kind.lower(), each.name), each)
        for each in environment.kubernetes_objects()
        if known([each.kind, each.name])
    )


def values_at(value: object, path: str) -> Iterator[object]:
    """Yield what stands at a path; `[]` after a name stands for every item of a list."""
    step, _, rest = path.partition(".")
    inner = look_up(value, step.removesuffix("[]"))
    for each in items(inner) if step.endswith("[]") else (inner,):
        if rest:
            yield from values_at(each, rest)
        elif each is not None:
            yield each


@indexed
def _positions(environment: Environment) -> Mapping[KubernetesObject, int]:
    return {each: place for place, each in enumerate(environment.kubernetes_objects())}

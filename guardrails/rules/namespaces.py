"""Whether the namespaces of objects, charts and Fargate profiles exist, and profiles take pods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import CHART, PROFILE
from assembly.kubernetes_object import KubernetesObject
from assembly.resource import Resource
from guardrails.reach.isolation import labels_of
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.presence import closed, is_missing
from guardrails.rules.workloads import object_at, pods_in
from kube.fargate import may_select
from kube.values import Json, dicts, known, text
from kube.webhooks import SYSTEM, holds_up, home_of
from kube.words import nearest

WILDCARD = re.compile(r"[*?]")
FIX = "Set namespace and labels of the selector to those of the pods, or remove it."
NOBODY = "Nothing in the templates creates the namespace {}."


@rule("KUBE25")
def _nowhere(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects():
        space = item.namespace
        if is_missing(environment, (item.resource.cluster_key, space)):
            detail = NOBODY.format(space)
            yield found(item, f"namespace {space}", detail, field="metadata.namespace")
    for each in environment.resources(CHART, PROFILE):
        for selector in dicts(each.properties, "Selectors"):
            yield from _takes_nothing(environment, each, selector)
        space = text(each.properties, "Namespace")
        if is_missing(environment, (each.cluster_key, space)):
            yield breach(each, "Namespace", f"namespace {space}", NOBODY.format(space))


@rule("KUBE37")
def _twice(environment: Environment) -> Iterator[Finding]:
    every = environment.kubernetes_objects()
    same = grouped((each.whole_key, each) for each in every)
    for first, *others in same.values():
        for other in others if known([*first.key]) and first.name else ():
            yield found(other, "twice", f"{first.resource.path} applies it as well.")


def _takes_nothing(
    environment: Environment, profile: Resource, selector: Json
) -> Iterator[Finding]:
    space = text(selector, "Namespace")
    here = (profile.cluster_key, space)
    names = (each.name for each in environment.kubernetes_objects("Namespace"))
    if is_missing(environment, here) and not WILDCARD.search(space):
        # It may be for others, who will make the namespace; one that is nearly right is not.
        if near := nearest(space, names):
            detail = f"{NOBODY.format(space)} Did you mean {near}?"
            yield breach(profile, "Selectors", f"namespace {space}", detail, fix=FIX)
    elif closed(environment).get(here) == frozenset():
        inside = pods_in(environment, here)
        if inside and not any(may_select(selector, space, each.labels) for each in inside):
            whose = ", ".join(f"{each.owner.kind}/{each.owner.name}" for each in inside)
            wanted = {text(each, "Key"): text(each, "Value") for each in dicts(selector, "Labels")}
            detail = f"The pods of {whose} don't have the labels {wanted}."
            yield breach(profile, "Selectors", f"labels in {space}", detail, fix=FIX)


def of_namespace(environment: Environment, item: KubernetesObject) -> Json:
    """Tell whether a namespace has the configuration of Fargate's log router."""
    cluster = item.resource.cluster_key
    router = object_at(environment, cluster, "ConfigMap", "aws-logging", item.name)
    return {"router": router is not None}


def of_webhooks(environment: Environment, item: KubernetesObject) -> Json:
    """Return the webhooks that must answer before a pod starts, be it one of theirs or of kube-system."""
    every = [(each, home_of(each)) for each in dicts(item.content, "webhooks")]
    of = partial(labels_of, environment, item.resource.cluster_key)
    held = (x for x, home in every if home and any(holds_up(x, of(y)) for y in (home, SYSTEM)))
    return {"traps": [text(each, "name") for each in held]}

"""What a change takes from a cluster: load balancers, and namespaces with all that is in them.

lost_objects.json has the annotations for which the AWS Load Balancer Controller makes another load
balancer (its guides, "Annotations" of Ingresses and of Services) and the fields of spec, each with its
default and the only value that has a load balancer, null for any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART
from assembly.kubernetes_object import objects_of
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.rule import Finding, breach, found
from guardrails.step.change import kept_objects
from kube.values import flag, known, table, text, unsure

CONTROLLER, INGRESS_CLASS = "aws-load-balancer-controller", "IngressClass.networking.k8s.io"
_TABLE: Mapping[str, Any] = table(__file__)
HOW_TO_CONSENT = (
    "Put the old value or construct id back. If it is meant, follow docs/stateful-resources.md and add "
    'to the environment accepted_replacements={{"{.path}": "why, and what was done before"}}.'
)
KINDS = (
    "The definitions of kinds are deleted, and with them all their objects, such as nodes of pools."
)
Thing = tuple[object, str]
"""What is made in a cluster, by the cluster and in words."""
DELETED = (
    "Namespace {} is deleted, and everything in it with it: what runs there, Secrets, load balancers, "
    "and claims with their volumes."
)


def lost_objects(environment: Environment) -> Iterator[Finding]:
    """Yield the load balancers and the namespaces that a change deletes."""
    for was, item in kept_objects(environment):
        for name, (default, only) in _TABLE.items():
            old, new = (
                text(each.annotations, name) or text(each.spec, name) or default
                for each in (was, item)
            )
            if old != new and only in (None, old) and known([old, new]):
                detail = (
                    f"{name} was {old or 'not there'}: the controller deletes the load balancer of "
                    f"{item.kind} {item.name}; another one has another address."
                )
                yield found(item, f"lost: {name}", detail, fix=HOW_TO_CONSENT.format(item.resource))
    for (_, name), maker in lost_namespaces(environment).items():
        value, fix = f"lost: Namespace {name}", HOW_TO_CONSENT.format(maker)
        yield breach(maker, "", value, DELETED.format(name), fix=fix)
    for (_, thing), maker in gone_things(environment):
        chart = maker.kind == CHART and text(maker.properties, "Chart") == "karpenter-crd"
        if (chart or thing.startswith("CustomResourceDefinition.")) and not maker.retained:
            yield breach(maker, "", f"lost: {thing}", KINDS, fix=HOW_TO_CONSENT.format(maker))


@indexed
def lost_namespaces(environment: Environment) -> Mapping[tuple[object, str], Resource]:
    """Return the namespaces that a change deletes in a cluster that stays, with what made them."""
    there = environment.by_node
    found = {}
    for (cluster, thing), maker in gone_things(environment):
        kind, _, name = thing.partition(" ")
        holder, owner = there.get(maker.node), maker.cluster
        goes = not maker.retained if holder is None else prunes(maker, holder)
        if kind == "Namespace" and goes and (not owner or owner.node in there):
            found[cluster, name] = maker
    return found


def prunes(was: Resource, now: Resource) -> bool:
    """Tell whether kubectl prunes what a manifest had: by a label that it gave them before."""
    return all("PruneLabel" in each.properties for each in (was, now)) and not is_unread(now)


def is_unread(holder: Resource) -> bool:
    """Tell whether only a deploy knows what a manifest or a chart makes."""
    names = (holder.properties.get(name) for name in ("Manifest", "Namespace", "Release"))
    return unsure(*names) and not any(objects_of(holder))


def gone_things(environment: Environment) -> list[tuple[Thing, Resource]]:
    """Return what the kubectl handler made and doesn't make any more, with what asked for it."""
    now = {thing for thing, _ in applied(environment)}
    before = applied(environment.base) if environment.base else ()
    return [(thing, maker) for thing, maker in before if thing not in now]


@indexed
def applied(environment: Environment) -> Sequence[tuple[Thing, Resource]]:
    """Return what the kubectl handler makes, each with the resource that asks for it."""
    every = []
    for item in environment.kubernetes_objects():
        kind = f"{item.kind}.{item.group}".rstrip(".")
        every.append((item.resource, f"{kind} {f'{item.namespace}/{item.name}'.lstrip('/')}"))
    for chart in environment.resources(CHART):
        release = "/".join(text(chart.properties, name) for name in ("Namespace", "Release"))
        every.append((chart, f"chart {release}"))
    return [((maker.cluster_key, thing), maker) for maker, thing in every]


def brought(environment: Environment) -> Iterator[tuple[Thing, Resource]]:
    """Yield what charts make that a manifest may, too: Helm takes over nothing that another made.

    Source: the chart's values.yaml; https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2055.
    """
    for chart in environment.resources(CHART):
        values: object = {}
        cluster = chart.cluster_key
        with suppress(ValueError):
            values = structured(chart.properties.get("Values"))
        makes = flag(values, "createIngressClassResource", default=True)
        if text(chart.properties, "Chart") == CONTROLLER and makes:
            name = text(values, "ingressClass") or "alb"
            yield (cluster, f"{INGRESS_CLASS} {name}"), chart
        account, space = text(values, "serviceAccount", "name"), text(chart.properties, "Namespace")
        if account and flag(values, "serviceAccount", "create"):
            yield (cluster, f"ServiceAccount {space}/{account}"), chart

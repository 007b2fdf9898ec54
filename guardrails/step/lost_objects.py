"""What a change takes from a cluster: load balancers, and namespaces with all that is in them.

lost_objects.json has the annotations for which the AWS Load Balancer Controller makes another load
balancer, each with its default (its guides, "Annotations" of Ingresses and of Services), and the fields
of spec, each with the value that has a load balancer, and the default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART
from assembly.kubernetes_object import objects_of
from assembly.links import cluster_key, cluster_of
from assembly.resource import Resource
from guardrails.rule import Finding, breach, found
from guardrails.step.change import kept_objects
from kube.values import known, table, text, unsure

_TABLE: Mapping[str, Any] = table(__file__)
HOW_TO_CONSENT = (
    "Put the old value or construct id back. If it is meant, follow docs/stateful-resources.md and add "
    'to the environment accepted_replacements={{"{path}": "why, and what was done before"}}.'
)


def lost_objects(environment: Environment) -> Iterator[Finding]:
    """Yield the load balancers and the namespaces that a change deletes."""
    yield from chain(_balancers(environment), _namespaces(environment))


def _balancers(environment: Environment) -> Iterator[Finding]:
    for was, item in kept_objects(environment):
        fix = HOW_TO_CONSENT.format(path=item.resource.path)
        what = f"the controller deletes the load balancer of {item.kind} {item.name}"
        for name, default in _TABLE["annotations"].items():
            old, new = (text(each.annotations, name) or default for each in (was, item))
            if old != new and known([old, new]):
                detail = f"{name} was {old or 'not there'}: {what} and makes another, with another address."
                yield found(item, f"lost: {name}", detail, fix=fix)
        for name, (has_one, default) in _TABLE["fields"].items():
            old, new = (text(each.spec, name) or default for each in (was, item))
            if old == has_one != new and known(new):
                detail = f"{name} was {old}: {what}, whose address is gone for all who use it."
                yield found(item, f"lost: {name}", detail, fix=fix)


def _namespaces(environment: Environment) -> Iterator[Finding]:
    for (_, name), maker in lost_namespaces(environment).items():
        detail = (
            f"Namespace {name} is deleted, and everything in it with it: what runs there, Secrets, "
            "load balancers, and claims with their volumes."
        )
        fix = HOW_TO_CONSENT.format(path=maker.path)
        yield breach(maker, "", f"lost: Namespace {name}", detail, fix=fix)


@indexed
def lost_namespaces(environment: Environment) -> Mapping[tuple[object, str], Resource]:
    """Return the namespaces that a change deletes in a cluster that stays, with what made them."""
    if (base := environment.base) is None:
        return {}
    now = {key for key, _, _ in applied(environment)}
    found = {}
    for (cluster, thing), _, maker in applied(base):
        kind, _, name = thing.partition(" ")
        holder = environment.by_node.get(maker.node)
        goes = not maker.retained if holder is None else "PruneLabel" in maker.properties
        stays = (cluster, thing) in now or (holder is not None and is_unread(holder))
        owner = cluster_of(base, maker)
        if (
            kind == "Namespace"
            and goes
            and not stays
            and (not owner or owner.node in environment.by_node)
        ):
            found[cluster, name] = maker
    return found


def is_unread(holder: Resource) -> bool:
    """Tell whether only a deploy knows what a manifest or a chart makes."""
    names = (holder.properties.get(name) for name in ("Manifest", "Namespace", "Release"))
    return unsure(*names) and not any(objects_of(holder))


def applied(environment: Environment) -> Iterator[tuple[tuple[object, str], str, Resource]]:
    """Yield what the kubectl handler makes in a cluster, by the cluster and in words.

    The resource that asks for it comes with it.
    """
    for item in environment.kubernetes_objects():
        kind = f"{item.kind}.{item.group}".rstrip(".")
        thing = f"{kind} {f'{item.namespace}/{item.name}'.lstrip('/')}"
        yield (cluster_key(environment, item.resource), thing), thing, item.resource
    for chart in environment.resources(CHART):
        thing = f"chart {text(chart.properties, 'Namespace')}/{text(chart.properties, 'Release')}"
        yield (cluster_key(environment, chart), thing), thing, chart

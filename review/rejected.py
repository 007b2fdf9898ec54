"""Pods that the API server doesn't let in, and those that no longer get traffic or become ready.

Of those that aren't let in, the ones that run stay, and one that goes isn't replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kubernetes_object import KubernetesObject, objects_of
from guardrails.rule import CHECKS
from guardrails.rules import room, selectors, validity
from guardrails.rules.workloads import place, pods_in
from kube.pods import replicas
from review.labels import label, listed
from review.model import Sentence, say
from review.sides import Sides

RULES = {"KUBE21": validity, "KUBE32": room}
"""What Pod Security Standards, ResourceQuotas and LimitRanges of namespaces refuse."""
NO_PODS = "service without pods"
FAILS = {
    "KUBE2": (selectors, NO_PODS),
    "KUBE3": (selectors, NO_PODS),
    "KUBE27": (selectors, "probe without port"),
}
"""Services whose selector or port no pod has, and probes of ports that their container doesn't have."""
QUOTA = "ResourceQuota"


def sentences(sides: Sides) -> Iterator[Sentence]:
    """Yield whose pods are rejected from now on, and why."""
    before = {(label(x), why) for x, each in _refused(sides.before).items() for why in each}
    for item, every in _refused(sides.after).items():
        reasons = [why for why in every if (label(item), why) not in before]
        of = _counted(sides.after, item) if item.kind == QUOTA else [item]
        if reasons:
            name = "quota too small" if item.kind == QUOTA else "pods rejected"
            yield say(name, quota=label(item), names=listed(map(label, of)), details=reasons)
    for name, found in _failing(sides):
        for item, why in found.items():
            yield say(name, name=label(item), details=dict.fromkeys(why))


def unreached(sides: Sides) -> set[str]:
    """Return the labels of Services that no longer reach a pod."""
    return {label(x) for name, found in _failing(sides) if name == NO_PODS for x in found}


def _failing(sides: Sides) -> Iterator[tuple[str, Mapping[KubernetesObject, Sequence[str]]]]:
    """Yield what was fine and no longer is, with the sentence that says it."""
    there = {label(x) for x in sides.before.kubernetes_objects()}
    for rule, (_, name) in FAILS.items():
        new = there - {label(x) for x in _found(sides.before, rule)}
        found = _found(sides.after, rule)
        # What has no pods at all says so by its selector.
        yield name, {x: [*y] * (rule != "KUBE2") for x, y in found.items() if label(x) in new}


def whose(environment: Environment) -> set[str]:
    """Return the labels of what has no new pods."""
    found = _refused(environment)
    return {
        label(x)
        for item in found
        for x in (_counted(environment, item) if item.kind == QUOTA else [item])
    }


@indexed
def _refused(environment: Environment) -> Mapping[KubernetesObject, Sequence[str]]:
    return _found(environment, *RULES)


def _found(environment: Environment, *rules: str) -> Mapping[KubernetesObject, Sequence[str]]:
    """Return what some rules find in objects, by the object."""
    findings = (x for name in rules for x in CHECKS[name](environment))
    return grouped(
        (item, each.detail)
        for each in findings
        for item in objects_of(each.resource)
        if each.value.partition(" ")[0] == f"{item.kind}/{item.name}"
    )


def _counted(environment: Environment, quota: KubernetesObject) -> list[KubernetesObject]:
    """Return what has pods in the namespace of a quota."""
    owners = (each.owner for each in pods_in(environment, place(environment, quota)))
    return [each for each in owners if replicas(each.content) != 0]

"""Pods that the API server doesn't let in: those that run stay, and one that goes isn't replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kubernetes_object import KubernetesObject, objects_of
from guardrails.rule import CHECKS
from guardrails.rules import room, validity
from guardrails.rules.workloads import place, pods_in
from kube.pods import replicas
from review.labels import label, listed
from review.model import Sentence, say
from review.sides import Sides

RULES = {"KUBE21": validity, "KUBE32": room}
"""What Pod Security Standards, ResourceQuotas and LimitRanges of namespaces refuse."""
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
    """Return what the rules find in objects, by the object."""
    findings = (x for name in RULES for x in CHECKS[name](environment))
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

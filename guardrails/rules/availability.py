"""Whether a workload survives the loss of a node, and follows good practice."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kubernetes_object import KubernetesObject
from guardrails.rule import Finding, found, rule
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import CONTROLLERS, SERVERS, Place, Pods, place, pods, selected
from kube.fargate import may_select
from kube.pods import replicas
from kube.selectors import may_match
from kube.values import Json, Unknown, dicts, look_up, mapping, text, unsure

BUDGET = "PodDisruptionBudget"
ENOUGH = 2
"""Replicas that leave one while another moves."""
WISH = "DuringSchedulingIgnoredDuringExecution"
PROBES = ("readinessProbe", "livenessProbe")
REQUESTS = ("cpu", "memory")
_PINNED = re.compile(r".+@sha256:[0-9a-f]{64}|.+:(.*[-.])?([0-9a-f]{64}|ASSET_HASH)")
"""An image that the CDK built is tagged with the hash of its source."""


@rule("KUBE4")
def _few(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, *SERVERS):
        count = least(environment, template)
        # 0 is switched off.
        if count is not None and 0 < count < ENOUGH:
            yield found(template.owner, f"{count} replica")


def least(environment: Environment, template: Pods) -> int | None:
    """Return how many pods there are at least, None if that isn't known."""
    owner = template.owner
    scaler = _scalers(environment).get((place(environment, owner), owner.kind, owner.name))
    if scaler is None:
        return replicas(owner.content)
    lowest = scaler.get("minReplicas")
    return 1 if lowest is None else lowest if isinstance(lowest, int) else None


@indexed
def _scalers(environment: Environment) -> Mapping[tuple[Place, str, str], Json]:
    scalers = environment.kubernetes_objects("HorizontalPodAutoscaler")
    targets = ((each, mapping(each.spec, "scaleTargetRef")) for each in scalers)
    return {
        (place(environment, each), text(target, "kind"), text(target, "name")): each.spec
        for each, target in targets
    }


@rule("KUBE5")
def _together(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, *SERVERS):
        # Each pod has a machine of its own on Fargate, and the scheduler ignores such wishes
        # (aws/containers-roadmap#824).
        if not runs_on_fargate(environment, template, may_select) and not _may_be_spread(template):
            yield found(template.owner, "spread")


def _may_be_spread(template: Pods) -> bool:
    spreads = look_up(template.spec, "topologySpreadConstraints")
    anti = look_up(template.spec, "affinity", "podAntiAffinity")
    required, preferred = (look_up(anti, f"{how}{WISH}") for how in ("required", "preferred"))
    terms = [*dicts(spreads), *dicts(required)]
    terms += [look_up(each, "podAffinityTerm") for each in dicts(preferred)]
    return unsure(spreads, required, preferred, *terms) or any(
        may_match(look_up(term, "labelSelector"), template.labels) for term in terms
    )


@rule("KUBE6")
def _unprotected(environment: Environment) -> Iterator[Finding]:
    budgets = environment.kubernetes_objects(BUDGET)
    covers = (_covered(environment, budget, surely=False) for budget in budgets)
    covered = {each.owner for templates in covers for each in templates}
    for template in pods(environment, *SERVERS):
        if template.owner not in covered:
            yield found(template.owner, "budget")


@rule("KUBE7")
def _stuck(environment: Environment) -> Iterator[Finding]:
    first: dict[KubernetesObject, str] = {}
    for budget in environment.kubernetes_objects(BUDGET):
        count = _pods_of(environment, budget)
        allowed = allowed_disruptions(budget.spec, replicas=count) if count else None
        if allowed is not None and allowed < 1:
            limit = "minAvailable" if "minAvailable" in budget.spec else "maxUnavailable"
            value = f"{limit} {text(budget.spec, limit)}"
            yield found(budget, value, f"None of {count} pods can be evicted.")
        for template in _covered(environment, budget):
            if template.owner in first:
                other = f"{first[template.owner]} selects the same pods"
                detail = f"{other}, and Kubernetes can't evict a pod with two budgets."
                yield found(budget, "second", detail)
            first[template.owner] = budget.name


def _covered(
    environment: Environment, budget: KubernetesObject, *, surely: bool = True
) -> Sequence[Pods]:
    templates = selected(environment, budget, budget.spec.get("selector"), surely=surely)
    return [template for template in templates if template.owner.kind in SERVERS]


def _pods_of(environment: Environment, budget: KubernetesObject) -> int | None:
    """Return how many pods a budget covers at least, None if that isn't known."""
    counts = [least(environment, each) for each in _covered(environment, budget, surely=False)]
    unclear = None in counts or len(counts) != len(_covered(environment, budget))
    return None if unclear else sum(filter(None, counts))


def allowed_disruptions(spec: Json, *, replicas: int) -> int | None:
    """Return how many healthy pods a budget lets go at once, None if that isn't known.

    Percentages are rounded up, also those of minAvailable (Kubernetes documentation, "Specifying a
    Disruption Budget for your Application").
    """
    if spec.get("minAvailable") is not None:
        least = _count(spec["minAvailable"], replicas)
        return None if least is None else replicas - least
    most = _count(spec.get("maxUnavailable", 0), replicas)
    return None if most is None else min(replicas, most)


def _count(limit: object, replicas: int) -> int | None:
    if isinstance(limit, str) and limit.endswith("%") and limit[:-1].isdecimal():
        return math.ceil(replicas * int(limit[:-1]) / 100)
    return limit if isinstance(limit, int) else None


@rule("KUBE8")
def _unwatched(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, *CONTROLLERS):
        for container, probe in product(template.containers, PROBES):
            if not container.get(probe):
                yield found(template.owner, f"{text(container, 'name')} {probe}")


@rule("KUBE9")
def _unsized(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.containers:
            # A limit without a request is a request of the same amount, as is one of the whole pod.
            of_both = [look_up(each, "resources") for each in (template.spec, container)]
            amounts = [look_up(each, of) for each in of_both for of in ("limits", "requests")]
            for name in () if unsure(*amounts) else REQUESTS:
                if not any(name in mapping(each) for each in amounts):
                    yield found(template.owner, f"{text(container, 'name')} {name}")


@rule("KUBE10")
def _forgetful(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, "Deployment", "StatefulSet", "DaemonSet"):
        if template.owner.spec.get("revisionHistoryLimit") == 0:
            yield found(template.owner, "revisionHistoryLimit 0")


@rule("KUBE12")
def _movable(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.all_containers:
            image = text(container, "image")
            # What CloudFormation fills in at the end, be it all or the tag, can't be judged.
            filled_in = isinstance(image, Unknown) and image.endswith("}")
            if not filled_in and not _PINNED.fullmatch(image):
                yield found(template.owner, f"{text(container, 'name')} {image}")

"""Whether a workload outlives the loss of a node, and lets a node be drained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from guardrails.environment import Environment, KubernetesObject
from guardrails.kubernetes_objects.fargate import runs_on_fargate
from guardrails.kubernetes_objects.pods import (
    FAMILY,
    SERVERS,
    Pods,
    dicts,
    found,
    mapping,
    namespace,
    pods,
)
from guardrails.kubernetes_objects.selectors import selected, selects
from guardrails.rule import Finding, Rule

BUDGET = "PodDisruptionBudget"
ENOUGH = 2
"""Replicas that leave one while another moves."""


def _few(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, *SERVERS):
        replicas = _replicas(environment, template)
        # 0 is switched off, or a number that CloudFormation fills in.
        if 0 < replicas < ENOUGH:
            yield found(template.owner, f"{replicas} replica")


def _replicas(environment: Environment, template: Pods) -> int:
    """Return how many pods there are at least, by an autoscaler if there is one."""
    for scaler in environment.kubernetes_objects("HorizontalPodAutoscaler"):
        scaled = mapping(scaler.spec.get("scaleTargetRef"))
        if (
            namespace(scaler) == namespace(template.owner)
            and scaled.get("kind") == template.owner.kind
            and scaled.get("name") == template.owner.name
        ):
            lowest = scaler.spec.get("minReplicas", 1)
            return lowest if isinstance(lowest, int) else 0
    return template.replicas


def _together(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment, *SERVERS):
        # Each pod has a machine of its own there, and the scheduler ignores such wishes
        # (aws/containers-roadmap#824).
        if not runs_on_fargate(environment, template) and not _spread(template):
            yield found(template.owner, "spread")


def _spread(template: Pods) -> bool:
    anti = mapping(mapping(template.spec.get("affinity")).get("podAntiAffinity"))
    terms = [
        *dicts(template.spec.get("topologySpreadConstraints")),
        *dicts(anti.get("requiredDuringSchedulingIgnoredDuringExecution")),
        *(
            mapping(term.get("podAffinityTerm"))
            for term in dicts(anti.get("preferredDuringSchedulingIgnoredDuringExecution"))
        ),
    ]
    return any(
        "labelSelector" in term and selects(mapping(term["labelSelector"]), template.labels)
        for term in terms
    )


def _unprotected(environment: Environment) -> Iterator[Finding]:
    covered = [
        template.owner
        for budget in environment.kubernetes_objects(BUDGET)
        for template in _protected(environment, budget)
    ]
    for template in pods(environment, *SERVERS):
        if template.owner not in covered:
            yield found(template.owner, "budget")


def _stuck(environment: Environment) -> Iterator[Finding]:
    budgets: dict[tuple[str, str], str] = {}
    for budget in environment.kubernetes_objects(BUDGET):
        templates = _protected(environment, budget)
        replicas = sum(_replicas(environment, template) for template in templates)
        if replicas and allowed_disruptions(budget.spec, replicas=replicas) < 1:
            limit = "minAvailable" if "minAvailable" in budget.spec else "maxUnavailable"
            yield found(
                budget,
                f"{limit} {budget.spec.get(limit)}",
                detail=f"Of {replicas} pods none may go.",
            )
        for template in templates:
            pod = (template.owner.kind, template.owner.name)
            if pod in budgets:
                yield found(
                    budget,
                    "second",
                    detail=f"{budgets[pod]} is a budget of the same pods, and Kubernetes evicts no "
                    "pod that has two.",
                )
            budgets[pod] = budget.name


def _protected(environment: Environment, budget: KubernetesObject) -> Sequence[Pods]:
    templates = selected(environment, budget, mapping(budget.spec.get("selector")))
    return [template for template in templates if template.owner.kind in SERVERS]


def allowed_disruptions(spec: Mapping[str, object], *, replicas: int) -> int:
    """Return how many healthy pods a budget lets go at once.

    Percentages are rounded up, also those of minAvailable (Kubernetes documentation, "Specifying a
    Disruption Budget for your Application").
    """
    if "minAvailable" in spec:
        return replicas - _count(spec["minAvailable"], replicas)
    return min(replicas, _count(spec.get("maxUnavailable", 0), replicas))


def _count(limit: object, replicas: int) -> int:
    if isinstance(limit, str) and limit.endswith("%") and limit[:-1].isdecimal():
        return math.ceil(replicas * int(limit[:-1]) / 100)
    return limit if isinstance(limit, int) else 0


RULES = (
    Rule(
        id="KUBE4",
        family=FAMILY,
        reason="With a single pod every drain, update and failure of its node is an outage.",
        source="https://docs.aws.amazon.com/eks/latest/best-practices/application.html",
        mend="Set spec.replicas to 2 or more, or minReplicas of its autoscaler.",
        check=_few,
    ),
    Rule(
        id="KUBE5",
        family=FAMILY,
        reason="Nothing keeps the pods apart: one node or one zone may hold, and lose, all of them.",
        source="https://kubernetes.io/docs/concepts/scheduling-eviction/"
        "topology-spread-constraints/",
        mend="Add spec.template.spec.topologySpreadConstraints over topology.kubernetes.io/zone, "
        "with a labelSelector that matches the pods' own labels.",
        check=_together,
    ),
    Rule(
        id="KUBE6",
        family=FAMILY,
        reason="Without a disruption budget the update of a node group may evict all pods at once.",
        source="https://docs.aws.amazon.com/eks/latest/best-practices/application.html",
        mend="Add a PodDisruptionBudget with maxUnavailable: 1 whose selector matches the pods, in a "
        "manifest of its own.",
        check=_unprotected,
    ),
    Rule(
        id="KUBE7",
        family=FAMILY,
        reason="The disruption budget lets no pod go, so no node can be drained: an update of the "
        "node group fails with PodEvictionFailure after 15 minutes.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html",
        mend="Set maxUnavailable: 1 instead, with one budget for each workload.",
        check=_stuck,
    ),
)

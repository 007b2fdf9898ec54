"""Whether a workload survives the loss of a node."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kubernetes_object import KubernetesObject
from guardrails.rule import Finding, found, rule
from guardrails.rules.selectors import runs_on_fargate
from guardrails.rules.workloads import SERVERS, Place, Pods, by_name, pods, selected
from kube.fargate import may_select
from kube.pods import replicas
from kube.selectors import may_match
from kube.values import Json, dicts, look_up, text, unsure

QUARTERS = 4
BUDGET = "PodDisruptionBudget"
WISH = "DuringSchedulingIgnoredDuringExecution"


def least(environment: Environment, owner: KubernetesObject) -> int | None:
    """Return how many pods an object has at least, None if that isn't known."""
    if not (found := scalers(environment).get(owner.named)):
        return replicas(owner.content)
    lowest = found[-1].get("minReplicas")
    return 1 if lowest is None else lowest if isinstance(lowest, int) else None


def at_most(environment: Environment, owner: KubernetesObject) -> int | None:
    """Return how many pods an object has at most, None if that isn't known."""
    limits = [each.get("maxReplicas") for each in scalers(environment).get(owner.named, ())]
    stated = replicas(owner.content)
    # What is stopped isn't scaled.
    highest = limits[-1] if limits and stated != 0 else stated
    return highest if isinstance(highest, int) else None


def surge(owner: KubernetesObject, count: int) -> int:
    """Return how many pods more an update needs: one where none may go first, by default a quarter may."""
    gone = look_up(owner.spec, "strategy", "rollingUpdate", "maxUnavailable")
    stays = gone in (0, "0%") or (gone is None and count < QUARTERS)
    rolls = look_up(owner.spec, "strategy", "type") in (None, "RollingUpdate")
    return int(owner.kind == "Deployment" and count > 0 and stays and rolls)


def waits_in_rollout(owner: KubernetesObject, count: float | None) -> bool:
    """Tell whether a rollout of so many pods stops an old one only once a new one is ready.

    Percentages of `maxUnavailable` are rounded down (Kubernetes API reference: DeploymentSpec). Without a
    surge one pod stops even so (kubernetes, pkg/controller/deployment/util, ResolveFenceposts).
    """
    rolling = look_up(owner.spec, "strategy", "rollingUpdate")
    most = text(rolling, "maxUnavailable") or "25%"
    share, percent, _ = most.partition("%")
    if share.isdecimal() and percent and (count is not None or int(share) == 0):
        most = str(int(share) * int(count or 0) // 100)
    usual = text(owner.spec, "strategy", "type") in {"", "RollingUpdate"}
    surges = text(rolling, "maxSurge") not in {"0", "0%"}
    return owner.kind == "Deployment" and usual and surges and most == "0"


def pods_in_rollout(owner: KubernetesObject) -> int | None:
    """Return how many pods there are in a rollout; an autoscaler decides on it where nothing is stated."""
    there = owner.resource.scope.environment
    scaled = owner.named in scalers(there)
    return None if scaled and owner.spec.get("replicas") is None else replicas(owner.content)


@indexed
def scalers(environment: Environment) -> Mapping[tuple[Place, str, str], list[Json]]:
    """Return the autoscalers by the place, the kind and the name of their targets."""
    every = environment.kubernetes_objects("HorizontalPodAutoscaler")
    return grouped((target_of(each), each.spec) for each in every)


def target_of(scaler: KubernetesObject) -> tuple[Place, str, str]:
    """Return what an autoscaler scales, as other objects name it."""
    kind, name = (text(scaler.spec, "scaleTargetRef", field) for field in ("kind", "name"))
    return scaler.place, kind, name


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


def _pods_of(
    environment: Environment,
    budget: KubernetesObject,
    count: Callable[[Environment, KubernetesObject], int | None] = least,
) -> int | None:
    """Return how many pods a budget covers at least, or at most, None if that isn't known."""
    covered = _covered(environment, budget, surely=False)
    counts = [count(environment, each.owner) for each in covered]
    unclear = None in counts or len(counts) != len(_covered(environment, budget))
    return None if unclear else sum(filter(None, counts))


def in_whole(
    environment: Environment,
    item: KubernetesObject,
    limits: Iterable[object],
    *,
    counted: bool = False,
) -> list[object]:
    """Return limits of how many of its pods, with one word for none of them and one for all.

    Percentages of a Deployment are rounded down, where they are `counted`.
    """
    here = by_name(environment).get(item.named, item)
    of_budget = item.kind == BUDGET
    count = _pods_of(environment, here, at_most) if of_budget else at_most(environment, here)
    found: list[object] = []
    for limit in limits:
        share, percent, _ = str(limit).partition("%")
        most = 100 if percent else count
        whole = share.isdecimal() and most is not None and int(share) >= most > 0
        rounded = counted and bool(percent) and share.isdecimal() and item.kind == "Deployment"
        some = int(share) * count // 100 if rounded and count is not None else limit
        found.append("100%" if whole else 0 if share == "0" else some)
    return found


def both_in_whole(
    sides: tuple[Environment, Environment],
    item: KubernetesObject,
    limits: tuple[list[object], list[object]],
    usual: str,
) -> Iterator[list[object]]:
    """Yield limits of both sides, as numbers where only one has a percentage."""
    written = [each or [usual] * bool(usual) for each in limits]
    mixed = len({str(x).endswith("%") for each in written for x in each}) > 1
    for side, each in zip(sides, written, strict=True):
        yield in_whole(side, item, each, counted=mixed)


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

"""Whether the quotas of a namespace let in the pods that are declared for it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from assembly.environment import Environment
from guardrails.rule import Finding, found, rule
from guardrails.rules.workloads import Pods, place, pods_in
from kube.pods import Amounts, number, replicas, requests, total_of
from kube.values import known, mapping, text

ONE = dict.fromkeys(("pods", "count/pods"), Decimal(1))
SPELLED_OUT = {"cpu": "requests.cpu", "memory": "requests.memory"}
"""What a quota means by the name of a resource alone."""
COUNTED = [f"{of}.{resource}" for of in ("requests", "limits") for resource in SPELLED_OUT]


@rule("KUBE32")
def _over(environment: Environment) -> Iterator[Finding]:
    ranges = {place(environment, each) for each in environment.kubernetes_objects("LimitRange")}
    for quota in environment.kubernetes_objects("ResourceQuota"):
        where, hard = place(environment, quota), mapping(quota.spec, "hard")
        if quota.spec.get("scopes") or quota.spec.get("scopeSelector"):
            continue
        templates = pods_in(environment, where)
        needed = total_of(*map(_taken, templates))
        for name, written in hard.items():
            counted = SPELLED_OUT.get(str(name), str(name))
            most, wanted = number(written), needed.get(counted, Decimal(0))
            if most is not None and wanted > most:
                words = f"The templates need {wanted.normalize():f} of {name}"
                detail = f"{words}, and it allows {written}."
                yield found(quota, f"{name} {written}", detail, field=f"spec.hard[{name}]")
            # A LimitRange may state it for them.
            for template in templates if counted in COUNTED and where not in ranges else ():
                for container in _silent(template, *counted.split(".")):
                    detail = (
                        f"ResourceQuota {quota.name} counts {counted}: a pod without it is refused."
                    )
                    yield found(template.owner, f"{container} {counted}", detail)


def _taken(template: Pods) -> Amounts:
    """Return what all pods of a template take, by the names of a quota."""
    limits = [mapping(each, "resources", "limits") for each in template.containers]
    stated = [{f"limits.{n}": number(x) or Decimal(0) for n, x in each.items()} for each in limits]
    asked = {f"requests.{name}": amount for name, amount in requests(template.spec).items()}
    count = replicas(template.owner.content) or 0
    return {name: x * count for name, x in (total_of(*stated) | asked | ONE).items()}


def _silent(template: Pods, of: str, resource: str) -> Iterator[str]:
    """Yield the containers that don't state an amount; a request may be stated by a limit."""
    for container in template.containers:
        stated = mapping(container, "resources")
        amounts = {**mapping(stated, "limits"), **mapping(stated, of)}
        if known(container.get("resources")) and resource not in amounts:
            yield text(container, "name")

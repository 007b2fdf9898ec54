"""Whether the quotas and limits of a namespace let in what is declared for it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kubernetes_object import KubernetesObject
from guardrails.rule import Finding, found, rule
from guardrails.rules.workloads import Place, place, pods_in
from kube.pods import Amounts, number, replicas, requests, total_of
from kube.values import Json, dicts, known, mapping, text

COUNTED = {
    "Service": "services",
    "ConfigMap": "configmaps",
    "Secret": "secrets",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "ResourceQuota": "resourcequotas",
}
"""What a quota calls the number of objects of a kind."""
BALANCER = "LoadBalancer"
COMPUTE = ("cpu", "memory")


@rule("KUBE32")
def _over(environment: Environment) -> Iterator[Finding]:
    for quota in environment.kubernetes_objects("ResourceQuota"):
        where, spec = place(environment, quota), quota.spec
        if spec.get("scopes") or spec.get("scopeSelector"):
            continue
        used = _used(environment, where)
        for name, written in mapping(spec, "hard").items():
            most, needed = number(written), used.get(str(name), Decimal(0))
            if most is not None and needed > most:
                detail = (
                    f"The templates need {needed.normalize():f} of {name}, and it allows {written}."
                )
                yield found(quota, f"{name} {written}", detail, field=f"spec.hard[{name}]")
            of, _, resource = str(name).rpartition(".")
            if (of or "requests") in ("requests", "limits") and resource in COMPUTE:
                yield from _unstated(environment, quota, of or "requests", resource)
    for limits in environment.kubernetes_objects("LimitRange"):
        for row in dicts(limits.spec, "limits"):
            if text(row, "type") == "Container":
                yield from _outside(environment, limits, row)


@indexed
def _objects(environment: Environment) -> dict[Place, list[KubernetesObject]]:
    return grouped((place(environment, each), each) for each in environment.kubernetes_objects())


def _used(environment: Environment, where: Place) -> Amounts:
    every: list[Amounts] = []
    for item in _objects(environment).get(where, ()):
        names = [COUNTED.get(item.kind, ""), _generic(item)]
        balanced = item.kind == "Service" and text(item.spec, "type") == BALANCER
        names += ["services.loadbalancers"] if balanced else []
        every.append(dict.fromkeys(filter(None, names), Decimal(1)))
    for template in pods_in(environment, where):
        count = Decimal(replicas(template.owner.content) or 0)
        asked = requests(template.spec)
        most = total_of(*(_amounts(each, "limits") for each in template.containers))
        own = {f"requests.{name}": amount for name, amount in asked.items()} | asked
        own |= {f"limits.{name}": amount for name, amount in most.items()} | {
            "pods": Decimal(1),
            "count/pods": Decimal(1),
        }
        every.append({name: amount * count for name, amount in own.items()})
    return total_of(*every)


def _amounts(container: Json, of: str) -> Amounts:
    stated = mapping(container, "resources", of).items()
    return {str(name): number(written) or Decimal(0) for name, written in stated}


def _generic(item: KubernetesObject) -> str:
    plural = f"{item.kind.lower()}s"
    return f"count/{plural}.{item.group}" if item.group else f"count/{plural}"


def _unstated(
    environment: Environment, quota: KubernetesObject, of: str, resource: str
) -> Iterator[Finding]:
    where = place(environment, quota)
    in_place = _objects(environment).get(where, ())
    if any(each.kind == "LimitRange" for each in in_place):
        return
    for template in pods_in(environment, where):
        for container in template.containers:
            stated = mapping(container, "resources")
            amounts = {**mapping(stated, "limits"), **mapping(stated, of)}
            if known(container.get("resources")) and resource not in amounts:
                detail = f"ResourceQuota {quota.name} counts {of}.{resource}: a pod without it is refused."
                yield found(template.owner, f"{text(container, 'name')} {of}.{resource}", detail)


def _outside(environment: Environment, limits: KubernetesObject, row: Json) -> Iterator[Finding]:
    bounds = {of: mapping(row, of) for of in ("min", "max", "maxLimitRequestRatio")}
    for template in pods_in(environment, place(environment, limits)):
        for container in template.containers:
            most = {**mapping(row, "default"), **mapping(container, "resources", "limits")}
            asked = {**most, **mapping(container, "resources", "requests")}
            for bound, resource in ((x, str(y)) for x, amounts in bounds.items() for y in amounts):
                edge = number(bounds[bound][resource])
                request, limit = number(asked.get(resource)), number(most.get(resource))
                given = [each for each in (request, limit) if each is not None and edge is not None]
                too = {
                    "min": any(each < (edge or 0) for each in given),
                    "max": any(each > (edge or 0) for each in given),
                }
                apart = bool(request and limit and edge and limit / request > edge)
                if too.get(bound, apart):
                    value = f"{text(container, 'name')} {bound} {resource}"
                    detail = f"{bound} of LimitRange {limits.name} is {bounds[bound][resource]}."
                    yield found(template.owner, value, detail)

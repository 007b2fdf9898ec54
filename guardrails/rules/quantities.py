"""Amounts of CPU, memory and storage that the API server would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from guardrails.environment import Environment, KubernetesObject
from guardrails.kubernetes_objects.pods import (
    FAMILY,
    UNKNOWN,
    Json,
    dicts,
    found,
    mapping,
    pods,
)
from guardrails.rule import Finding, Rule

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([A-Za-z]*))")
_UNITS = {
    "": Decimal(1),
    **{unit: Decimal(1000) ** n for n, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** n for n, unit in enumerate("KMGTPE", start=1)},
    **{unit: Decimal(1000) ** -n for n, unit in enumerate("mun", start=1)},
}


def quantity(written: object) -> Decimal | None:
    """Return the amount behind a quantity such as 500m, 128Mi or 1.5, or None if it is none."""
    match = _QUANTITY.fullmatch(str(written))
    unit = _UNITS.get(match[3] or "") if match else None
    return Decimal(match[1] + (match[2] or "")) * unit if match and unit is not None else None


def _wrong(environment: Environment) -> Iterator[Finding]:
    for template in pods(environment):
        for container in template.all_containers:
            resources = mapping(container.get("resources"))
            yield from _of(template.owner, resources, prefix=f"{container.get('name')} ")
        for wanted in dicts(template.owner.spec.get("volumeClaimTemplates")):
            claim = mapping(mapping(wanted.get("spec")).get("resources"))
            yield from _of(template.owner, claim)
    for volume in environment.kubernetes_objects("PersistentVolumeClaim"):
        yield from _of(volume, mapping(volume.spec.get("resources")))
    for quota in environment.kubernetes_objects("ResourceQuota"):
        yield from _of(quota, {"requests": quota.spec.get("hard")})


def _of(item: KubernetesObject, resources: Json, prefix: str = "") -> Iterator[Finding]:
    requests, limits = mapping(resources.get("requests")), mapping(resources.get("limits"))
    for amounts in (requests, limits):
        for name, written in amounts.items():
            amount = quantity(written)
            if written != UNKNOWN and (amount is None or amount < 0):
                yield found(
                    item,
                    f"{prefix}{name} {written}",
                    detail=f"{written} is no amount; 500m, 128Mi and 1.5 are.",
                )
    yield from (
        found(
            item,
            f"{prefix}{name} {requests[name]}",
            detail=f"The request is above the limit, {limits[name]}.",
        )
        for name in _above(requests, limits)
    )


def _above(requests: Mapping[str, object], limits: Mapping[str, object]) -> Iterator[str]:
    for name, written in requests.items():
        amount, limit = quantity(written), quantity(limits.get(name))
        if amount is not None and limit is not None and amount > limit:
            yield name


RULES = (
    Rule(
        id="KUBE15",
        family=FAMILY,
        reason="The API server refuses an amount that it can't read, and a request above its limit; "
        "the JSON schema lets both pass.",
        source="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/",
        mend="Write a number with m, k, M, G, Ki, Mi or Gi, the request no higher than the limit.",
        check=_wrong,
    ),
)

"""The pods that an object makes: their labels, their specification and what they ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kube import quantities
from kube.values import Json, dicts, look_up, mapping, text

TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"),
        ("spec", "template"),
    ),
}
"""Where the template of its pods stands in each kind that makes pods."""
CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
"""The fields that hold a pod's containers, in the order that the server visits them."""
_DIGITS = 19


@dataclass(frozen=True, kw_only=True)
class PodTemplate:
    """What an object's pods are made of. `path` is where the specification stands in it."""

    labels: Json
    annotations: Json
    spec: Json
    path: str = "spec"


def pod_template(obj: object) -> PodTemplate | None:
    """Return the pods of an object, or None if its kind makes none or it doesn't say what they are."""
    where = TEMPLATES.get(text(obj, "kind"))
    if where is None:
        return None
    template = look_up(obj, *where)
    spec = look_up(template, "spec")
    if not isinstance(spec, Mapping):
        return None
    return PodTemplate(
        labels=mapping(template, "metadata", "labels"),
        annotations=mapping(template, "metadata", "annotations"),
        spec=spec,
        path=".".join((*where, "spec")),
    )


def containers(spec: object, *fields: str) -> Iterator[tuple[str, Json]]:
    """Yield every container with its path below the spec, or those of some of the fields."""
    for field in fields or CONTAINERS:
        listed = look_up(spec, field)
        for index, container in enumerate(listed if isinstance(listed, list | tuple) else ()):
            if isinstance(container, Mapping):
                yield f"{field}[{index}]", container


def replicas(obj: object) -> int | None:
    """Return how many pods an object keeps; None if it doesn't say a number or nobody knows yet."""
    match text(obj, "kind"):
        case "Pod":
            return 1
        case "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController":
            count = look_up(obj, "spec", "replicas")
        case "Job":
            count = look_up(obj, "spec", "parallelism")
        case _:
            return None
    if count is None:
        return 1
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def requests(spec: object) -> dict[str, Decimal]:
    """Return what a pod asks of its node, as the scheduler counts; what is unknown counts nothing.

    Init containers run one after the other, beside the sidecars that were started before them. A
    limit without a request is a request.
    """
    total: dict[str, Decimal] = {}
    for container in dicts(spec, "containers"):
        total = _sum(total, _asked(container))
    sidecars: dict[str, Decimal] = {}
    most: dict[str, Decimal] = {}
    for container in dicts(spec, "initContainers"):
        asked = _sum(sidecars, _asked(container))
        if container.get("restartPolicy") == "Always":
            sidecars = asked
        most = _maximum(most, asked)
    total = _maximum(_sum(total, sidecars), most)
    of_pod = mapping(spec, "resources")
    total = _amounts(of_pod.get("limits")) | total | _amounts(of_pod.get("requests"))
    return _sum(total, _amounts(look_up(spec, "overhead")))


def _asked(container: Json) -> dict[str, Decimal]:
    resources = mapping(container, "resources")
    return _amounts({**mapping(resources, "limits"), **mapping(resources, "requests")})


def _amounts(quantities_by_name: object) -> dict[str, Decimal]:
    found = {}
    for name, quantity in mapping(quantities_by_name).items():
        amount = number(quantity)
        if amount is not None:
            found[str(name)] = amount
    return found


def number(quantity: object) -> Decimal | None:
    """Return a quantity's value, or None if it is unknown or no quantity that Kubernetes stores."""
    value = quantities.amount(quantity)
    return value if value is not None and value.adjusted() < _DIGITS else None


def _sum(left: Mapping[str, Decimal], right: Mapping[str, Decimal]) -> dict[str, Decimal]:
    names = dict.fromkeys([*left, *right])
    return {name: left.get(name, Decimal(0)) + right.get(name, Decimal(0)) for name in names}


def _maximum(left: Mapping[str, Decimal], right: Mapping[str, Decimal]) -> dict[str, Decimal]:
    names = dict.fromkeys([*left, *right])
    return {name: max(left.get(name, Decimal(0)), right.get(name, Decimal(0))) for name in names}

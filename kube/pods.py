"""The pods that an object creates: labels, specification and requests."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kube import quantities, values
from kube.cron import at_once
from kube.values import Json, Unknown, dicts, items, look_up, mapping, table, text

Amounts = dict[str, Decimal]
HostPort = tuple[str, str, int]
"""A port of a node: protocol, address, which is empty for all of them, and number."""
_TABLE = table(__file__)
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    kind: tuple(path) for kind, path in _TABLE["templates"].items()
}
"""Where the template of its pods stands in each kind that makes pods."""
CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
"""The fields that hold a pod's containers, in the order that the server visits them."""
_DIGITS = 19
_NONE = Decimal(0)


@dataclass(frozen=True, kw_only=True, eq=False)
class PodTemplate:
    """What an object's pods are made of. `path` is where the specification stands in it."""

    labels: Json
    annotations: Json
    spec: Json
    path: str = "spec"


def pod_template(obj: object) -> PodTemplate | None:
    """Return the pods of an object, or None if its kind makes none or it doesn't say what they are."""
    where = TEMPLATES.get(text(obj, "kind"))
    template = look_up(obj, *(where or ()))
    spec = look_up(template, "spec")
    if where is None or not isinstance(spec, Mapping):
        return None
    labels = look_up(template, "metadata", "labels")
    return PodTemplate(
        labels={labels: labels} if isinstance(labels, Unknown) else mapping(labels),
        annotations=mapping(template, "metadata", "annotations"),
        spec=spec,
        path=".".join((*where, "spec")),
    )


def containers(spec: object, *fields: str) -> Iterator[tuple[str, Json]]:
    """Yield every container with its path below the spec, or those of some of the fields."""
    for field in fields or CONTAINERS:
        for index, container in enumerate(items(spec, field)):
            if isinstance(container, Mapping):
                yield f"{field}[{index}]", container


def replicas(obj: object) -> int | None:
    """Return how many pods an object keeps; None if it doesn't say a number or nobody knows yet."""
    kind, counts = text(obj, "kind"), _TABLE["counts"]
    if kind not in counts:
        return 1 if kind == "Pod" else None
    count, most = (look_up(obj, "spec", name) for name in (counts[kind], "completions"))
    if kind == "Job" and look_up(obj, "spec", "suspend") is True:
        return 0
    count = 1 if count is None else count if type(count) is int else None
    return min(count, most) if kind == "Job" and count and type(most) is int else count


def scaled(obj: object, objects: Iterable[object], bound: str) -> int:
    """Return how many pods an object keeps at minReplicas or maxReplicas of an autoscaler among others.

    None scales what is stopped by replicas=0 (Kubernetes documentation, "Implicit maintenance-mode deactivation").
    A CronJob keeps those of one Job, and at most those of the Jobs that may overlap until their deadline.
    """
    if text(obj, "kind") == "CronJob":
        job = {"kind": "Job", "spec": mapping(obj, "spec", "jobTemplate", "spec")}
        count = 0 if look_up(obj, "spec", "suspend") is True else replicas(job) or 0
        return count * (_overlapping(obj) if bound == "maxReplicas" else 1)
    count = replicas(obj) or 0
    if not count:
        return 0
    own = (text(obj, "metadata", "namespace"), text(obj, "kind"), text(obj, "metadata", "name"))
    bounds = [
        look_up(each, "spec", bound)
        for each in objects
        if text(each, "kind") == "HorizontalPodAutoscaler" and own == _scaled_by(each)
    ]
    return max([count, *(each for each in bounds if type(each) is int)])


def _overlapping(obj: object) -> int:
    """Return how many Jobs of a CronJob there may be; without a deadline nobody knows, and it is one."""
    allowed = text(obj, "spec", "concurrencyPolicy") in {"", "Allow"}
    deadline = values.number(obj, "spec", "jobTemplate", "spec", "activeDeadlineSeconds")
    return at_once(text(obj, "spec", "schedule"), deadline) if allowed and deadline else 1


def _scaled_by(scaler: object) -> tuple[str, ...]:
    target = (text(scaler, "spec", "scaleTargetRef", name) for name in ("kind", "name"))
    return (text(scaler, "metadata", "namespace"), *target)


def admitted(spec: Json, namespace: str, objects: Iterable[object]) -> Json:
    """Return a pod's specification with what the API server adds of other objects, as far as it matters for its node.

    A RuntimeClass has an overhead, a node selector and tolerations, a LimitRange the requests of containers
    without their own (Kubernetes documentation, "Runtime Class", "Limit Ranges").
    """
    found = dict(spec)
    for each in objects:
        kind, name = text(each, "kind"), text(each, "metadata", "name")
        if kind == "RuntimeClass" and name == text(spec, "runtimeClassName"):
            wishes = mapping(each, "scheduling")
            found["overhead"] = mapping(each, "overhead", "podFixed")
            found["nodeSelector"] = {
                **mapping(wishes, "nodeSelector"),
                **mapping(spec, "nodeSelector"),
            }
            found["tolerations"] = [*items(spec, "tolerations"), *items(wishes, "tolerations")]
        if kind == "LimitRange" and (text(each, "metadata", "namespace") or "default") == namespace:
            rows = (x for x in dicts(each, "spec", "limits") if text(x, "type") == "Container")
            usual = {
                k: v
                for x in rows
                for k, v in {**mapping(x, "default"), **mapping(x, "defaultRequest")}.items()
            }
            for field in ("containers", "initContainers"):
                found[field] = [_with_requests(x, usual) for x in dicts(found, field)]
    return found


def _with_requests(container: Json, usual: Json) -> Json:
    resources = mapping(container, "resources")
    asked = {**usual, **mapping(resources, "limits"), **mapping(resources, "requests")}
    return {**container, "resources": {**resources, "requests": asked}}


def requests(spec: object) -> Amounts:
    """Return what a pod asks of its node, as the scheduler counts; what is unknown counts nothing.

    A limit without a request is a request.
    """
    of_pod, total = mapping(spec, "resources"), _of_containers(spec, "limits", "requests")
    total = _amounts(of_pod.get("limits")) | total | _amounts(of_pod.get("requests"))
    return total_of(total, _amounts(look_up(spec, "overhead")))


def limits(spec: object) -> Amounts:
    """Return the limits of a pod, as a quota counts them."""
    total = _of_containers(spec, "limits") | _amounts(look_up(spec, "resources", "limits"))
    overhead = _amounts(look_up(spec, "overhead"))
    return total_of(total, {name: each for name, each in overhead.items() if total.get(name)})


def _of_containers(spec: object, *stated: str) -> Amounts:
    """Return what all containers of a pod state together, of several fields the last that says it.

    Init containers run one after the other, beside the sidecars that were started before them.
    """
    sidecars, most = Amounts(), Amounts()
    for container in dicts(spec, "initContainers"):
        own = total_of(sidecars, _stated(container, stated))
        if container.get("restartPolicy") == "Always":
            sidecars = own
        most = _largest(most, own)
    every = (_stated(each, stated) for each in dicts(spec, "containers"))
    return _largest(total_of(*every, sidecars), most)


def over_limits(spec: object) -> str:
    """Return what containers ask for beyond their own limits, which the API server refuses."""
    several = [look_up(each, "resources") for _, each in containers(spec)]
    return ", ".join(
        f"{name} {asked}"
        for one in several
        for name, asked in mapping(one, "requests").items()
        if (number(asked) or _NONE) > (number(look_up(one, "limits", name)) or Decimal("inf"))
    )


def host_ports(spec: object) -> frozenset[HostPort]:
    """Return the ports that a pod takes of its node; on the network of the host it takes all of its own.

    Those of init containers that end count nothing (kube-scheduler, NodePorts).
    """
    field = "containerPort" if look_up(spec, "hostNetwork") is True else "hostPort"
    stay = (x for x in dicts(spec, "initContainers") if x.get("restartPolicy") == "Always")
    return frozenset(
        (text(each, "protocol") or "TCP", text(each, "hostIP").replace("0.0.0.0", ""), number)  # noqa: S104  # compared
        for container in (*dicts(spec, "containers"), *stay)
        for each in dicts(container, "ports")
        if type(number := look_up(each, field)) is int and number
    )


def collide(one: HostPort, other: HostPort) -> bool:
    """Tell whether a node can't give both: an address collides with all of them."""
    (protocol, address, number), (used, there, taken) = one, other
    return (protocol, number) == (used, taken) and (address == there or not (address and there))


def _stated(container: Json, fields: Iterable[str]) -> Amounts:
    said = {k: v for x in fields for k, v in mapping(container, "resources", x).items()}
    return _amounts(said)


def _amounts(written: object) -> Amounts:
    amounts = {str(name): number(quantity) for name, quantity in mapping(written).items()}
    return {name: amount for name, amount in amounts.items() if amount is not None}


def number(quantity: object) -> Decimal | None:
    """Return a quantity's value, or None if it is unknown or no quantity that Kubernetes stores."""
    value = quantities.amount(quantity)
    return value if value is not None and value.adjusted() < _DIGITS else None


def total_of(*several: Mapping[str, Decimal]) -> Amounts:
    """Return the sum of amounts by name."""
    names = dict.fromkeys(itertools.chain(*several))
    return {name: sum((each.get(name, _NONE) for each in several), _NONE) for name in names}


def _largest(left: Amounts, right: Amounts) -> Amounts:
    return {name: max(left.get(name, _NONE), right.get(name, _NONE)) for name in {**left, **right}}

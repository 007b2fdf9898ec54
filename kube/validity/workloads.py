"""What Deployments, StatefulSets, DaemonSets and ReplicaSets take as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from kube.problems import Problem, invalid
from kube.validity.formats import is_zero
from kube.validity.reading import is_empty, join, number
from kube.validity.walk import Check, Context
from kube.values import Json, items, known, look_up, mapping

_DEFAULT_DEADLINE = 600


def _workload(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    selector = spec.get("selector")
    if selector is None or not known(selector):
        return
    if all(is_empty(look_up(selector, each)) for each in ("matchLabels", "matchExpressions")):
        detail = f"empty selector is invalid for {str(context.root.get('kind')).lower()}"
        yield invalid(join(at, "selector"), selector, detail)
    else:
        yield from _matching(selector, spec, at)


def _matching(selector: object, spec: Json, at: str) -> Iterator[Problem]:
    labels = mapping(spec, "template", "metadata", "labels")
    unsure = not known(look_up(spec, "template", "metadata", "labels"))
    if not unsure and not _matches(selector, labels):
        detail = "`selector` does not match template `labels`"
        yield invalid(join(at, "template", "metadata", "labels"), labels, detail)


def _matches(selector: object, labels: Json) -> bool:
    equal = all(labels.get(key) == value for key, value in mapping(selector, "matchLabels").items())
    return equal and all(_meets(wanted, labels) for wanted in items(selector, "matchExpressions"))


def _meets(wanted: object, labels: Json) -> bool:
    value, values = labels.get(str(look_up(wanted, "key"))), items(wanted, "values")
    match look_up(wanted, "operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    # A word that isn't an operator is a problem of its own.
    return True


def _deployment(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _workload(spec, at, context)
    deadline = spec.get("progressDeadlineSeconds", _DEFAULT_DEADLINE)
    ready = number(spec, "minReadySeconds") or 0
    if isinstance(deadline, int) and deadline <= ready:
        path = join(at, "progressDeadlineSeconds")
        yield invalid(path, deadline, "must be greater than minReadySeconds")
    rolling = mapping(spec, "strategy", "rollingUpdate")
    if is_zero(rolling.get("maxSurge")) and is_zero(rolling.get("maxUnavailable")):
        path = join(at, "strategy", "rollingUpdate", "maxUnavailable")
        yield invalid(path, rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0")


def _daemon_set(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _workload(spec, at, context)
    path = ("updateStrategy", "rollingUpdate")
    rolling = mapping(spec, *path)
    surge, gone = rolling.get("maxSurge", 0), rolling.get("maxUnavailable", 1)
    if is_zero(gone) and is_zero(surge):
        detail = "may not be 0 when `maxSurge` is 0"
        yield invalid(join(at, *path, "maxUnavailable"), gone, detail)
    elif known([gone, surge]) and not is_zero(gone) and not is_zero(surge):
        detail = "may not be set when `maxUnavailable` is non-zero"
        yield invalid(join(at, *path, "maxSurge"), surge, detail)


def _replication_controller(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    selector = spec.get("selector")
    if selector and known(selector):
        yield from _matching({"matchLabels": selector}, spec, at)


CHECKS: dict[str, Check] = {
    "apps.v1.DaemonSetSpec": _daemon_set,
    "apps.v1.DeploymentSpec": _deployment,
    "apps.v1.ReplicaSetSpec": _workload,
    "apps.v1.StatefulSetSpec": _workload,
    "core.v1.ReplicationControllerSpec": _replication_controller,
}

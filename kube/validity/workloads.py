"""What Deployments, StatefulSets, DaemonSets, ReplicaSets and autoscalers take as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from kube.problems import Problem, forbidden, invalid, not_supported, required
from kube.validity.formats import is_zero
from kube.validity.reading import indexed, is_empty, join, may_lack, number, word
from kube.validity.walk import Check, Context
from kube.values import Json, items, known, look_up, mapping

_DEFAULT_DEADLINE = 600


def _selected(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    selector = spec.get("selector")
    labels = mapping(spec, "template", "metadata", "labels")
    kind = str(context.root.get("kind"))
    if selector is None and not may_lack(spec):
        yield required(join(at, "selector"))
    if not isinstance(selector, dict) or not known(selector):
        return
    if all(is_empty(selector.get(field)) for field in ("matchLabels", "matchExpressions")):
        yield invalid(
            join(at, "selector"), selector, f"empty selector is invalid for {kind.lower()}"
        )
    elif not _matches(selector, labels):
        detail = "`selector` does not match template `labels`"
        yield invalid(join(at, "template", "metadata", "labels"), labels, detail)


def _matches(selector: Json, labels: Json) -> bool:
    for key, value in mapping(selector, "matchLabels").items():
        if labels.get(key) != value:
            return False
    for wanted in items(selector, "matchExpressions"):
        key, operator = look_up(wanted, "key"), look_up(wanted, "operator")
        there = isinstance(key, str) and key in labels
        value = labels.get(key) if there else None
        right = {
            "In": there and value in items(wanted, "values"),
            "NotIn": not there or value not in items(wanted, "values"),
            "Exists": there,
            "DoesNotExist": not there,
        }
        # A word that isn't an operator is a problem of its own.
        if isinstance(operator, str) and not right.get(operator, True):
            return False
    return True


def _always(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    """Check what a pod that is replaced for ever may not say."""
    path, pod = join(at, "template", "spec"), mapping(spec, "template", "spec")
    policy = pod.get("restartPolicy")
    if not is_empty(policy) and policy != "Always":
        yield not_supported(join(path, "restartPolicy"), policy, ("Always",))
    if pod.get("activeDeadlineSeconds") is not None:
        kind = context.root.get("kind")
        kind = "ReplicaSet" if kind == "Deployment" else kind
        detail = f"activeDeadlineSeconds in {kind} is not Supported"
        yield forbidden(join(path, "activeDeadlineSeconds"), detail, pod["activeDeadlineSeconds"])


def _workload(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _selected(spec, at, context)
    yield from _always(spec, at, context)


def _deployment(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _workload(spec, at, context)
    deadline, ready = number(spec, "progressDeadlineSeconds"), number(spec, "minReadySeconds") or 0
    if spec.get("progressDeadlineSeconds") is None and not may_lack(spec):
        deadline = _DEFAULT_DEADLINE
    if deadline is not None and deadline <= ready:
        yield invalid(
            join(at, "progressDeadlineSeconds"), deadline, "must be greater than minReadySeconds"
        )
    rolling = mapping(spec, "strategy", "rollingUpdate")
    if is_zero(rolling.get("maxSurge")) and is_zero(rolling.get("maxUnavailable")):
        path = join(at, "strategy", "rollingUpdate", "maxUnavailable")
        yield invalid(path, rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0")


def _daemon_set(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _workload(spec, at, context)
    path = join(at, "updateStrategy", "rollingUpdate")
    rolling = mapping(spec, "updateStrategy", "rollingUpdate")
    surge, gone = rolling.get("maxSurge"), rolling.get("maxUnavailable")
    gone = 1 if gone is None else gone
    if is_zero(gone) and (surge is None or is_zero(surge)) and not may_lack(rolling):
        yield invalid(join(path, "maxUnavailable"), gone, "may not be 0 when `maxSurge` is 0")
    elif surge is not None and not is_zero(surge) and not is_zero(gone) and known([gone, rolling]):
        detail = "may not be set when `maxUnavailable` is non-zero"
        yield invalid(join(path, "maxSurge"), surge, detail)


def _replication_controller(spec: Json, at: str, context: Context) -> Iterator[Problem]:
    yield from _always(spec, at, context)
    selector = mapping(spec, "selector")
    labels = mapping(spec, "template", "metadata", "labels")
    if known(selector) and not _matches({"matchLabels": selector}, labels):
        detail = "`selector` does not match template `labels`"
        yield invalid(join(at, "template", "metadata", "labels"), labels, detail)


def _autoscaler(spec: Json, at: str, _: Context) -> Iterator[Problem]:
    most, least = number(spec, "maxReplicas"), number(spec, "minReplicas")
    if most is not None and least is not None and 0 < most < least:
        yield invalid(
            join(at, "maxReplicas"), most, "must be greater than or equal to `minReplicas`"
        )
    for metric, value in indexed(spec, at, "metrics"):
        for source in ("resource", "containerResource"):
            target = mapping(value, source, "target")
            if target.get("averageUtilization") is None and word(target, "type") == "Utilization":
                if target and target.get("averageValue") is not None:
                    path = join(metric, source, "target", "averageUtilization")
                    yield required(path, "must be set when `type` is 'Utilization'")


def _scaling_rules(rules: Json, at: str, _: Context) -> Iterator[Problem]:
    if isinstance(rules.get("policies"), list) and not rules["policies"]:
        yield required(join(at, "policies"), "must specify at least one Policy")


CHECKS: dict[str, Check] = {
    "apps.v1.DaemonSetSpec": _daemon_set,
    "apps.v1.DeploymentSpec": _deployment,
    "apps.v1.ReplicaSetSpec": _workload,
    "apps.v1.StatefulSetSpec": _workload,
    "autoscaling.v1.HorizontalPodAutoscalerSpec": _autoscaler,
    "autoscaling.v2.HPAScalingRules": _scaling_rules,
    "autoscaling.v2.HorizontalPodAutoscalerSpec": _autoscaler,
    "core.v1.ReplicationControllerSpec": _replication_controller,
}

"""Facts about workloads, autoscalers, Services, Ingresses and StorageClasses for fits.yaml."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import NODE_GROUP
from assembly.kubernetes_object import KubernetesObject
from assembly.links import beside
from guardrails.rules.pod_networking import zones
from guardrails.rules.presence import reached
from guardrails.rules.selectors import NLB_TARGETS, targeting
from guardrails.rules.workloads import by_name, place, served
from kube.fargate import DEFAULT_CLASS
from kube.load_balancers import SERVICE
from kube.pods import replicas
from kube.values import Json, dicts, items, known, look_up, text


def is_default(item: KubernetesObject) -> bool:
    """Tell whether a StorageClass is that of claims that name none."""
    return text(item.annotations, DEFAULT_CLASS) == "true"


def _workload(environment: Environment, item: KubernetesObject) -> Json:
    count = replicas(item.content)
    limit = look_up(item.spec, "strategy", "rollingUpdate", "maxUnavailable")
    share = int(limit[:-1]) if isinstance(limit, str) and re.fullmatch(r"\d+%", limit) else None
    taken = math.floor((count or 0) * share / 100) if share is not None else limit
    return {
        "count": count,
        "last": None if count is None else count - 1,
        "left": count - taken if count is not None and isinstance(taken, int) else None,
        "served": item in _served(environment),
    }


@indexed
def _served(environment: Environment) -> AbstractSet[KubernetesObject]:
    services = environment.kubernetes_objects("Service")
    return {each.owner for service in services for each in served(environment, service)}


def _scaler(environment: Environment, item: KubernetesObject) -> Json:
    kind, name = (text(item.spec, "scaleTargetRef", field) for field in ("kind", "name"))
    target = by_name(environment).get((place(environment, item), kind, name))
    containers = dicts(target.spec, "template", "spec", "containers") if target else ()
    return {
        "target": target.content if target else None,
        "containers": [text(each, "name") for each in containers] if target else None,
        "adapters": any(
            text(each.spec, "group").endswith(".metrics.k8s.io")
            for each in environment.kubernetes_objects("APIService")
        ),
        "rivals": _rivals(environment)[place(environment, item), kind, name],
    }


@indexed
def _rivals(environment: Environment) -> Counter[tuple[object, str, str]]:
    return Counter(
        (
            place(environment, each),
            text(each.spec, "scaleTargetRef", "kind"),
            text(each.spec, "scaleTargetRef", "name"),
        )
        for each in environment.kubernetes_objects("HorizontalPodAutoscaler")
    )


def _service(environment: Environment, item: KubernetesObject) -> Json:
    return {
        "by_annotation": bool(text(item.annotations, f"{SERVICE}-type")),
        "by_node": (place(environment, item), item.name) in _by_node(environment),
        "targets": item.annotations.get(NLB_TARGETS),
    }


@indexed
def _by_node(environment: Environment) -> AbstractSet[object]:
    """Return the Services whose node ports a load balancer needs."""
    return {
        (place(environment, item), name)
        for item, names, explicit in targeting(environment)
        if explicit != "ip"
        for name in names
    }


def _storage_class(environment: Environment, item: KubernetesObject) -> Json:
    groups = [*beside(environment, item.resource, NODE_GROUP)]
    terms = reached(item.content, "allowedTopologies.*.matchLabelExpressions.*")
    wanted = (
        {
            zone
            for _, each in terms
            if text(each, "key").endswith("/zone")
            for zone in items(each, "values")
        }
        if known(item.content.get("allowedTopologies"))
        else set()
    )
    there = {zone for each in groups for zone in zones(environment, each)}
    return {
        "is_default": is_default(item),
        "reached": not wanted or not there or bool(wanted & there),
    }


def _ingress(environment: Environment, item: KubernetesObject) -> Json:
    defaults = [
        text(each.annotations, "ingressclass.kubernetes.io/is-default-class")
        for each in environment.kubernetes_objects("IngressClass")
    ]
    named = item.spec.get("ingressClassName") or item.annotations.get("kubernetes.io/ingress.class")
    return {"classless": named is None and "true" not in defaults}


OBJECTS: Mapping[str, Callable[[Environment, KubernetesObject], Json]] = {
    "Deployment": _workload,
    "StatefulSet": _workload,
    "CronJob": lambda *_: {},
    "Job": lambda *_: {},
    "HorizontalPodAutoscaler": _scaler,
    "StorageClass": _storage_class,
    "Ingress": _ingress,
    "Service": _service,
    "Namespace": lambda *_: {},
}
"""The facts about an object of each kind."""

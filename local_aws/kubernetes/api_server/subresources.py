"""Pods' and workloads' subresources that are no status: scale, eviction, binding, log."""

from __future__ import annotations

import copy

from kube import selectors
from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import errors
from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.objects import Json, look_up

_BUDGETS = ("policy", "poddisruptionbudgets")
# Kubernetes 1.35 and later copy these from the node when a pod is bound to it.
_TOPOLOGY = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")
_COPIED_SINCE = (1, 35)


def scale(obj: Json) -> Json:
    """Return a workload's Scale."""
    labels = look_up(obj, "spec", "selector", "matchLabels") or {}
    metadata = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept},
        "spec": {"replicas": obj["spec"].get("replicas") or 0},
        "status": {
            "replicas": look_up(obj, "status", "replicas") or 0,
            "selector": ",".join(f"{key}={value}" for key, value in labels.items()),
        },
    }


def rescale(cluster: Cluster, resource: Resource, obj: Json, wanted: Json, write: Write) -> Json:
    """Write a Scale's replicas into its workload; returns the new Scale."""
    new = copy.deepcopy(obj)
    new["spec"]["replicas"] = look_up(wanted, "spec", "replicas") or 0
    version = look_up(wanted, "metadata", "resourceVersion")
    if version:
        new["metadata"]["resourceVersion"] = version
    return scale(cluster.update(resource, obj, new, write))


def bind(cluster: Cluster, resource: Resource, pod: Json, binding: Json, write: Write) -> Json:
    """Give a pod its node."""
    if pod["spec"].get("nodeName"):
        why = f'pod {objects.name(pod)} is already assigned to node "{pod["spec"]["nodeName"]}"'
        raise errors.conflict(resource, objects.name(pod), why)
    bound = copy.deepcopy(pod)
    node_name = binding["target"]["name"]
    bound["spec"]["nodeName"] = node_name
    node = cluster.store.get(("", "nodes"), "", node_name)
    if node and tuple(map(int, cluster.kubernetes_version.split("."))) >= _COPIED_SINCE:
        copied = {key: value for key, value in objects.labels(node).items() if key in _TOPOLOGY}
        bound["metadata"]["labels"] = {**objects.labels(bound), **copied}
    condition = {
        "type": "PodScheduled",
        "status": "True",
        "lastTransitionTime": objects.timestamp(),
    }
    others = [
        one for one in look_up(pod, "status", "conditions") or () if one["type"] != "PodScheduled"
    ]
    bound["status"] = {**(bound.get("status") or {}), "conditions": [*others, condition]}
    if not write.dry_run:
        cluster.store.put(resource.key, bound)
    return _success()


def evict(cluster: Cluster, resource: Resource, pod: Json, eviction: Json) -> Json:
    """Delete a pod, if the disruption budgets that select it allow."""
    for budget in cluster.store.select(_BUDGETS, objects.namespace(pod)):
        if not selectors.matches(look_up(budget, "spec", "selector"), objects.labels(pod)):
            continue
        status: Json = budget.get("status") or {}
        if objects.is_true(pod, "Ready") and not status.get("disruptionsAllowed"):
            name, needed = objects.name(budget), status.get("desiredHealthy", 0)
            cause = {
                "reason": "DisruptionBudget",
                "message": f"The disruption budget {name} needs {needed} healthy pods and has"
                f" {status.get('currentHealthy', 0)} currently",
            }
            message = "Cannot evict pod as it would violate the pod's disruption budget."
            raise errors.ApiError(429, "TooManyRequests", message, details={"causes": [cause]})
    dry_run = bool(look_up(eviction, "deleteOptions", "dryRun"))
    cluster.delete(resource, pod, propagation="Background", dry_run=dry_run)
    return _success()


def _success() -> Json:
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}

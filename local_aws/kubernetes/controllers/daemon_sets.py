"""DaemonSets: one pod on each node that takes it."""

from __future__ import annotations

from kube import scheduling
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import DAEMON_SETS, NODES, PODS
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.fargate import is_fargate
from local_aws.kubernetes.controllers.ownership import is_active, owns, pod_from_template
from local_aws.kubernetes.objects import Json

_GENERATION = "pod-template-generation"
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)


class DaemonSets:
    """Keeps one pod of each DaemonSet on every fitting node; Fargate takes none."""

    def __init__(self, context: Context) -> None:
        self._api = context.api

    def reconcile(self) -> bool:
        """Bring every DaemonSet's pods to its nodes."""
        daemon_sets = self._api.list(DAEMON_SETS)
        if not daemon_sets:
            return False
        nodes = [node for node in self._api.list(NODES) if not is_fargate(node)]
        pods = self._api.list(PODS)
        changed = False
        for daemon_set in daemon_sets:
            owned = [pod for pod in pods if owns(daemon_set, pod) and is_active(pod)]
            template = pod_from_template(daemon_set)
            template["spec"]["tolerations"] = [
                *(template["spec"].get("tolerations") or ()),
                *({"key": key, "operator": "Exists", "effect": e} for key, e in _TOLERATED),
            ]
            fitting = {objects.name(node) for node in nodes if scheduling.takes(node, template)}
            if not objects.is_terminating(daemon_set):
                changed |= self._place(daemon_set, template, owned, fitting)
            changed |= self._write_status(daemon_set, owned, fitting)
        return changed

    def _place(
        self, daemon_set: Json, template: Json, owned: list[Json], fitting: set[str]
    ) -> bool:
        generation = str(daemon_set["metadata"]["generation"])
        changed = False
        for pod in owned:
            is_old = objects.labels(pod).get(_GENERATION) != generation
            if _node_of(pod) not in fitting or is_old:
                self._api.delete(PODS, pod)
                changed = True
        for name in sorted(fitting - {_node_of(pod) for pod in owned}):
            self._api.create(PODS, _pinned(template, name, generation))
            changed = True
        return changed

    def _write_status(self, daemon_set: Json, owned: list[Json], fitting: set[str]) -> bool:
        generation = str(daemon_set["metadata"]["generation"])
        placed = [pod for pod in owned if _node_of(pod) in fitting]
        ready = sum(objects.is_true(pod, "Ready") for pod in placed)
        updated = sum(objects.labels(pod).get(_GENERATION) == generation for pod in placed)
        status = {
            "desiredNumberScheduled": len(fitting),
            "currentNumberScheduled": len(placed),
            "numberMisscheduled": len(owned) - len(placed),
            "numberReady": ready,
            "observedGeneration": daemon_set["metadata"]["generation"],
        }
        optional = {
            "updatedNumberScheduled": updated,
            "numberAvailable": ready,
            "numberUnavailable": len(fitting) - ready,
        }
        status |= {key: count for key, count in optional.items() if count}
        if status == daemon_set.get("status"):
            return False
        self._api.replace(DAEMON_SETS, {**daemon_set, "status": status}, subresource="status")
        return True


def _pinned(template: Json, node: str, generation: str) -> Json:
    """Return a pod that only one node takes."""
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    affinity = {
        **(template["spec"].get("affinity") or {}),
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}
        },
    }
    metadata = template["metadata"]
    labels = {**metadata["labels"], _GENERATION: generation}
    return {
        **template,
        "metadata": {**metadata, "labels": labels},
        "spec": {**template["spec"], "affinity": affinity},
    }


def _node_of(pod: Json) -> str:
    """Return the node that a pod of a DaemonSet is made for."""
    required = objects.look_up(
        pod, "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    return str(required["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])

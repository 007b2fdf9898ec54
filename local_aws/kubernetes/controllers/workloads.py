"""ReplicaSets, StatefulSets, DaemonSets and Jobs: the pods that each wants, made and counted.

A workload has slots, and a pod for each. A pod of another template than the workload's makes room
for a new one at once: no container runs, so there is nothing that could be interrupted.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kube import scheduling
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import (
    DAEMON_SETS,
    JOBS,
    NODES,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    ApiStatusError,
    Kind,
)
from local_aws.kubernetes.controllers import status
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.fargate import is_fargate
from local_aws.kubernetes.objects import Json

SLOT, TEMPLATE = "local-aws/slot", "local-aws/template"
REFUSED = "ReplicaFailure"
"""The condition that says why pods can't be made. Kubernetes has it for ReplicaSets and Deployments."""
_HASH_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


@dataclass(frozen=True, kw_only=True)
class _Workload:
    """A kind: its slots, and what each field of its status counts."""

    kind: Kind
    slots: Callable[[Json, Sequence[Json]], Iterable[str]]
    counts: Mapping[str, str]


def _replicas(owner: Json, _: Sequence[Json]) -> Iterable[str]:
    return map(str, range(owner["spec"].get("replicas", 1)))


def _completions(job: Json, _: Sequence[Json]) -> Iterable[str]:
    if job["spec"].get("suspend"):
        return ()
    return map(str, range(job["spec"].get("completions") or job["spec"].get("parallelism", 1)))


def _fitting(daemon_set: Json, nodes: Sequence[Json]) -> Iterable[str]:
    pod = daemon_set["spec"]["template"]
    # Fargate takes no DaemonSet.
    found = (node for node in nodes if not is_fargate(node) and scheduling.takes(node, pod))
    return map(objects.name, found)


_READY = {"readyReplicas": "ready", "availableReplicas": "ready"}
_WORKLOADS = (
    _Workload(
        kind=REPLICA_SETS,
        slots=_replicas,
        counts={"replicas": "present", "fullyLabeledReplicas": "present", **_READY},
    ),
    _Workload(
        kind=STATEFUL_SETS,
        slots=_replicas,
        counts={
            **dict.fromkeys(("replicas", "currentReplicas", "updatedReplicas"), "present"),
            **_READY,
        },
    ),
    _Workload(
        kind=DAEMON_SETS,
        slots=_fitting,
        counts={
            "desiredNumberScheduled": "wanted",
            "currentNumberScheduled": "present",
            "updatedNumberScheduled": "present",
            "numberMisscheduled": "none",
            "numberReady": "ready",
            "numberAvailable": "ready",
            "numberUnavailable": "missing",
        },
    ),
    _Workload(
        kind=JOBS,
        slots=_completions,
        counts={"active": "unfinished", "succeeded": "finished"},
    ),
)


class Workloads:
    """Keeps the pods and the status of every workload."""

    def __init__(self, context: Context) -> None:
        self._api = context.api

    def reconcile(self) -> bool:
        """Bring every workload's pods to its slots."""
        pods, nodes = self._api.list(PODS), self._api.list(NODES)
        changed = False
        for workload in _WORKLOADS:
            for owner in self._api.list(workload.kind):
                if not (objects.is_terminating(owner) or objects.is_true(owner, "Complete")):
                    changed |= self._step(workload, owner, pods, nodes)
        return changed

    def _step(
        self, workload: _Workload, owner: Json, pods: Sequence[Json], nodes: Sequence[Json]
    ) -> bool:
        slots, template = list(workload.slots(owner, nodes)), template_hash(owner)
        kept: dict[str, Json] = {}
        changed = False
        for pod in pods:
            if not owns(owner, pod) or not is_active(pod):
                continue
            slot = objects.annotations(pod).get(SLOT)
            if slot in slots and objects.annotations(pod).get(TEMPLATE) == template:
                kept[str(slot)] = pod
            else:
                self._api.delete(PODS, pod)
                changed = True
        refused = ""
        for slot in slots:
            if slot not in kept and not refused:
                refused = self._create(_pod(owner, slot, template))
                changed |= not refused
        return self._count(workload, owner, (slots, kept), refused) or changed

    def _create(self, pod: Json) -> str:
        """Create a pod; returns why the API server refuses it."""
        try:
            self._api.create(PODS, pod)
        except ApiStatusError as error:
            # The pod of that name is about to go.
            return "" if error.reason == "AlreadyExists" else str(error)
        return ""

    def _count(
        self,
        workload: _Workload,
        owner: Json,
        pods: tuple[Sequence[str], Mapping[str, Json]],
        refused: str,
    ) -> bool:
        slots, kept = pods
        ready = sum(objects.is_true(pod, "Ready") for pod in kept.values())
        over = sum((pod.get("status") or {}).get("phase") == "Succeeded" for pod in kept.values())
        counts = {
            "none": 0,
            "wanted": len(slots),
            "present": len(kept),
            "ready": ready,
            "missing": len(slots) - ready,
            "unfinished": len(kept) - over,
            "finished": over,
        }
        fields: Json = {field: counts[count] for field, count in workload.counts.items()}
        before = (owner.get("status") or {}).get("conditions") or []
        said = [status.condition(REFUSED, status=True, reason="FailedCreate", message=refused)]
        conditions = [one for one in before if one["type"] != REFUSED or refused]
        fields["conditions"] = status.merged(conditions, *(said if refused else ()))
        if workload.kind == JOBS:
            fields |= _of_job(owner, done=bool(slots) and over == len(slots))
        else:
            fields["observedGeneration"] = owner["metadata"]["generation"]
        if workload.kind == STATEFUL_SETS:
            revision = f"{objects.name(owner)}-{template_hash(owner)}"
            fields |= {"currentRevision": revision, "updateRevision": revision}
        return status.write(self._api, workload.kind, owner, **fields)


def owns(owner: Json, obj: Json) -> bool:
    """Tell whether an object is managed by an owner."""
    reference = objects.controller(obj)
    return reference is not None and reference["uid"] == objects.uid(owner)


def is_active(pod: Json) -> bool:
    """Tell whether a pod counts: it is neither going away nor failed."""
    return not objects.is_terminating(pod) and (pod.get("status") or {}).get("phase") != "Failed"


def owned_by(owner: Json) -> list[Json]:
    """Return the references that make an owner an object's controller."""
    reference = {key: owner[key] for key in ("apiVersion", "kind")}
    reference |= {"name": objects.name(owner), "uid": objects.uid(owner)}
    return [{**reference, "controller": True, "blockOwnerDeletion": True}]


def template_hash(owner: Json) -> str:
    """Return a name for the template of an owner's pods; no vowels, so no words."""
    digest = hashlib.sha256(json.dumps(owner["spec"]["template"], sort_keys=True).encode()).digest()
    return "".join(_HASH_LETTERS[byte % len(_HASH_LETTERS)] for byte in digest[:10])


def _pod(owner: Json, slot: str, template: str) -> Json:
    """Return the pod of a slot as the owner's template describes it."""
    pod = copy.deepcopy(owner["spec"]["template"])
    metadata = pod.get("metadata") or {}
    metadata["namespace"] = objects.namespace(owner)
    metadata["annotations"] = {**objects.annotations(pod), SLOT: slot, TEMPLATE: template}
    metadata["ownerReferences"] = owned_by(owner)
    if owner["kind"] == STATEFUL_SETS.kind:
        metadata["name"] = f"{objects.name(owner)}-{slot}"
    else:
        metadata["generateName"] = f"{objects.name(owner)}-"
    if owner["kind"] == DAEMON_SETS.kind:
        term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [slot]}]}
        affinity = pod["spec"].setdefault("affinity", {})
        affinity["nodeAffinity"] = {_REQUIRED: {"nodeSelectorTerms": [term]}}
    return {"metadata": metadata, "spec": pod["spec"]}


def _of_job(job: Json, *, done: bool) -> Json:
    started = (job.get("status") or {}).get("startTime") or objects.timestamp()
    if not done:
        return {"startTime": started}
    said = [status.condition(kind, status=True) for kind in ("SuccessCriteriaMet", "Complete")]
    ended = {"completionTime": objects.timestamp(), "conditions": status.merged(None, *said)}
    return {"startTime": started, **ended}

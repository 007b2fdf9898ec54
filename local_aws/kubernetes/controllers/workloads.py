"""Deployments, StatefulSets, DaemonSets and Jobs: the pods that each wants, made and counted.

A workload has slots, and a pod for each. A pod of another template than the workload's makes room
for a new one at once: no container runs, so there is nothing that could be interrupted. A Deployment
has its pods without a ReplicaSet between them.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence

from kube import scheduling
from kube.values import table
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import (
    DAEMON_SETS,
    DEPLOYMENTS,
    JOBS,
    NODES,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    ApiStatusError,
    Kind,
)
from local_aws.kubernetes.controllers.context import Reconciler
from local_aws.kubernetes.controllers.fargate import is_fargate
from local_aws.kubernetes.objects import Json

_SLOT, _TEMPLATE = "local-aws/slot", "local-aws/template"
KINDS = (DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS, DAEMON_SETS, JOBS)
_REFUSED = "ReplicaFailure"
"""The condition that says why pods can't be made. Kubernetes has it for ReplicaSets and Deployments."""
_COUNTS: Mapping[str, Mapping[str, str]] = table(__file__)
"""What each field of a kind's status counts."""
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


class Workloads(Reconciler):
    """Keeps the pods and the status of every workload."""

    def reconcile(self) -> bool:
        """Bring every workload's pods to its slots."""
        pods, nodes = self._api.list(PODS), self._api.list(NODES)
        changed = False
        for kind in KINDS:
            for owner in self._api.list(kind):
                if not (objects.is_terminating(owner) or objects.is_true(owner, "Complete")):
                    owned = [
                        pod
                        for pod in pods
                        if is_active(pod)
                        and (objects.controller(pod) or {}).get("uid") == objects.uid(owner)
                    ]
                    changed |= self._step(kind, owner, _slots(owner, nodes), owned)
        return changed

    def _step(self, kind: Kind, owner: Json, slots: Sequence[str], owned: Sequence[Json]) -> bool:
        template = json.dumps(owner["spec"]["template"], sort_keys=True)
        template = hashlib.sha256(template.encode()).hexdigest()[:10]
        kept: dict[str, Json] = {}
        for pod in owned:
            slot = objects.annotations(pod).get(_SLOT)
            if slot in slots and objects.annotations(pod).get(_TEMPLATE) == template:
                kept[str(slot)] = pod
            else:
                self._api.delete(PODS, pod)
        missing = [slot for slot in slots if slot not in kept]
        refused = ""
        try:
            for slot in missing:
                self._api.create(PODS, _pod(owner, slot, template))
        except ApiStatusError as error:
            # The pod of that name is about to go.
            refused = "" if error.reason == "AlreadyExists" else str(error)
        fields = _status(kind, owner, len(slots), list(kept.values()), refused)
        changed = self._api.write_status(kind, owner, **fields)
        return changed or len(kept) < len(owned) or (bool(missing) and not refused)


def _slots(owner: Json, nodes: Sequence[Json]) -> list[str]:
    spec = owner["spec"]
    if owner["kind"] == DAEMON_SETS.kind:
        # Fargate takes no DaemonSet.
        others = [node for node in nodes if not is_fargate(node)]
        return [objects.name(one) for one in others if scheduling.takes(one, spec["template"])]
    wanted = spec.get("replicas", spec.get("completions") or spec.get("parallelism", 1))
    return [str(number) for number in range(0 if spec.get("suspend") else wanted)]


def _status(kind: Kind, owner: Json, wanted: int, pods: Sequence[Json], refused: str) -> Json:
    ready = sum(objects.is_true(pod, "Ready") for pod in pods)
    finished = sum((pod.get("status") or {}).get("phase") == "Succeeded" for pod in pods)
    counts = {"none": 0, "wanted": wanted, "present": len(pods), "ready": ready}
    counts |= {"missing": wanted - ready, "running": len(pods) - finished, "finished": finished}
    fields: Json = {field: counts[count] for field, count in _COUNTS[kind.kind].items()}
    before = owner.get("status") or {}
    kept = [one for one in before.get("conditions") or () if one["type"] != _REFUSED or refused]
    failure = objects.new_condition(_REFUSED, status=True, reason="FailedCreate", message=refused)
    said = [failure] if refused else []
    if kind == DEPLOYMENTS:
        # Helm waits for both (kstatus).
        complete = ready == wanted
        available = "MinimumReplicasAvailable" if complete else "MinimumReplicasUnavailable"
        progress = "NewReplicaSetAvailable" if complete else "ReplicaSetUpdated"
        said.append(objects.new_condition("Available", status=complete, reason=available))
        said.append(objects.new_condition("Progressing", status=True, reason=progress))
    if kind != JOBS:
        fields["observedGeneration"] = owner["metadata"]["generation"]
    elif wanted:
        fields["startTime"] = before.get("startTime") or objects.timestamp()
    if kind == JOBS and wanted == finished > 0:
        fields["completionTime"] = objects.timestamp()
        said = [
            objects.new_condition(one, status=True) for one in ("SuccessCriteriaMet", "Complete")
        ]
    return {**fields, "conditions": objects.merged_conditions(kept, *said)}


def is_active(pod: Json) -> bool:
    """Tell whether a pod counts: it is neither going away nor failed."""
    return not objects.is_terminating(pod) and (pod.get("status") or {}).get("phase") != "Failed"


def _pod(owner: Json, slot: str, template: str) -> Json:
    """Return the pod of a slot as the owner's template describes it."""
    pod = copy.deepcopy(owner["spec"]["template"])
    metadata = pod.get("metadata") or {}
    metadata["namespace"] = objects.namespace(owner)
    metadata["annotations"] = {**objects.annotations(pod), _SLOT: slot, _TEMPLATE: template}
    reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "controller": True}
    reference |= {"name": objects.name(owner), "uid": objects.uid(owner)}
    metadata["ownerReferences"] = [{**reference, "blockOwnerDeletion": True}]
    if owner["kind"] == STATEFUL_SETS.kind:
        metadata["name"] = f"{objects.name(owner)}-{slot}"
    else:
        metadata["generateName"] = f"{objects.name(owner)}-"
    if owner["kind"] == DAEMON_SETS.kind:
        term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [slot]}]}
        affinity = pod["spec"].setdefault("affinity", {})
        affinity["nodeAffinity"] = {_REQUIRED: {"nodeSelectorTerms": [term]}}
    return {"metadata": metadata, "spec": pod["spec"]}

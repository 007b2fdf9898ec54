"""ReplicaSets: as many pods as they want."""

from __future__ import annotations

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import PODS, REPLICA_SETS, ApiStatusError
from local_aws.kubernetes.controllers import conditions, events
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.ownership import is_active, owns, pod_from_template
from local_aws.kubernetes.objects import Json


class ReplicaSets:
    """Creates and deletes the pods of every ReplicaSet, and counts them.

    A ready pod counts as available at once, whatever minReadySeconds says: no container runs, so
    there is nothing that could show itself unstable.
    """

    def __init__(self, context: Context) -> None:
        self._api = context.api

    def reconcile(self) -> bool:
        """Bring every ReplicaSet's pods to their number."""
        replica_sets = self._api.list(REPLICA_SETS)
        pods = self._api.list(PODS)
        changed = False
        for replica_set in replica_sets:
            owned = [pod for pod in pods if owns(replica_set, pod) and is_active(pod)]
            failure = None
            if not objects.is_terminating(replica_set):
                failure = self._scale(replica_set, owned)
            changed |= self._write_status(replica_set, owned, failure)
        return changed

    def _scale(self, replica_set: Json, owned: list[Json]) -> Json | None:
        """Create or delete pods; returns a condition that says why pods can't be created."""
        missing = replica_set["spec"]["replicas"] - len(owned)
        for pod in sorted(owned, key=_worth)[: max(0, -missing)]:
            self._api.delete(PODS, pod)
            owned.remove(pod)
        for _ in range(missing):
            try:
                owned.append(self._api.create(PODS, pod_from_template(replica_set)))
            except ApiStatusError as error:
                return self._failed(replica_set, error)
        return None

    def _failed(self, replica_set: Json, error: ApiStatusError) -> Json:
        message = str(error)
        known = objects.condition(replica_set, "ReplicaFailure") or {}
        if known.get("message") != message:
            events.record(
                self._api,
                replica_set,
                component="replicaset-controller",
                reason="FailedCreate",
                message=f"Error creating: {message}",
                warning=True,
            )
        return conditions.condition(
            "ReplicaFailure", status=True, reason="FailedCreate", message=message
        )

    def _write_status(self, replica_set: Json, owned: list[Json], failure: Json | None) -> bool:
        ready = sum(objects.is_true(pod, "Ready") for pod in owned)
        counts = {
            "fullyLabeledReplicas": len(owned),
            "readyReplicas": ready,
            "availableReplicas": ready,
        }
        before = replica_set.get("status") or {}
        kept = [one for one in before.get("conditions") or () if one["type"] != "ReplicaFailure"]
        if failure is not None:
            known = objects.condition(replica_set, "ReplicaFailure")
            kept = conditions.merge([*kept, *([known] if known else [])], failure)
        status = {
            "replicas": len(owned),
            **{key: count for key, count in counts.items() if count},
            "observedGeneration": replica_set["metadata"]["generation"],
            **({"conditions": kept} if kept else {}),
        }
        if status == before:
            return False
        self._api.replace(REPLICA_SETS, {**replica_set, "status": status}, subresource="status")
        return True


def _worth(pod: Json) -> tuple[bool, bool, str]:
    """Order pods by how little they would be missed: unplaced, not ready, then the newest."""
    # Times compare as text; the newest must come first, so each digit is turned round.
    time = pod["metadata"]["creationTimestamp"].translate(str.maketrans("0123456789", "9876543210"))
    return bool(pod["spec"].get("nodeName")), objects.is_true(pod, "Ready"), time

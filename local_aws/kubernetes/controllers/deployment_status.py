"""A Deployment's status: counts, and the conditions that `kubectl rollout status` waits for."""

from __future__ import annotations

from local_aws.kubernetes import objects
from local_aws.kubernetes.controllers import conditions, rollout
from local_aws.kubernetes.objects import Json

TIMED_OUT = "ProgressDeadlineExceeded"


def pods(replica_set: Json) -> rollout.Pods:
    """Return a ReplicaSet in numbers."""
    status = replica_set.get("status") or {}
    return rollout.Pods(
        wanted=replica_set["spec"]["replicas"],
        present=status.get("replicas", 0),
        available=status.get("availableReplicas", 0),
    )


def is_complete(deployment: Json, new: Json | None, old: list[Json]) -> bool:
    """Tell whether the newest template has all replicas, available, and no other has any."""
    if new is None:
        return False
    replicas, counts = deployment["spec"]["replicas"], pods(new)
    return counts.present == counts.available == replicas and not any(
        pods(one).present for one in old
    )


def status(deployment: Json, new: Json | None, old: list[Json]) -> Json:
    """Return the status that a Deployment should have."""
    everything = [*old, *([new] if new else [])]
    present = sum(pods(one).present for one in everything)
    ready = sum((one.get("status") or {}).get("readyReplicas", 0) for one in everything)
    available = sum(pods(one).available for one in everything)
    replicas = deployment["spec"]["replicas"]
    counts = {
        "replicas": present,
        "updatedReplicas": pods(new).present if new else 0,
        "readyReplicas": ready,
        "availableReplicas": available,
        "unavailableReplicas": max(0, replicas - available),
    }
    # A real server leaves a zero out.
    counts = {key: count for key, count in counts.items() if count}
    old_conditions = (deployment.get("status") or {}).get("conditions") or []
    return {
        "observedGeneration": deployment["metadata"]["generation"],
        **counts,
        "conditions": _conditions(deployment, new, old, old_conditions, counts),
    }


def _conditions(
    deployment: Json, new: Json | None, old: list[Json], before: list[Json], counts: dict[str, int]
) -> list[Json]:
    wanted = [_available(deployment, counts.get("availableReplicas", 0))]
    progressing = _progressing(deployment, new, old, counts)
    if progressing is not None:
        wanted.append(progressing)
    failure = objects.condition(new, "ReplicaFailure") if new else None
    kept = [one for one in before if one["type"] != "ReplicaFailure"]
    if failure is not None:
        kept.append(failure)
    merged = conditions.merge(kept, *wanted)
    return [_timed(one, before) for one in merged]


def _timed(condition: Json, before: list[Json]) -> Json:
    """Give a condition its lastUpdateTime: when it last said something else."""
    old = next((one for one in before if one["type"] == condition["type"]), {})
    same = all(old.get(key) == condition.get(key) for key in ("status", "reason", "message"))
    updated = condition.get("lastUpdateTime") or (old.get("lastUpdateTime") if same else None)
    return {**condition, "lastUpdateTime": updated or objects.timestamp()}


def _available(deployment: Json, available: int) -> Json:
    spec = deployment["spec"]
    least = spec["replicas"]
    if spec["strategy"]["type"] == "RollingUpdate":
        rolling = spec["strategy"]["rollingUpdate"]
        least -= rollout.limits(
            replicas=spec["replicas"],
            max_surge=rolling["maxSurge"],
            max_unavailable=rolling["maxUnavailable"],
        ).unavailable
    if available >= least:
        reason, message = "MinimumReplicasAvailable", "Deployment has minimum availability."
    else:
        reason = "MinimumReplicasUnavailable"
        message = "Deployment does not have minimum availability."
    return conditions.condition(
        "Available", status=available >= least, reason=reason, message=message
    )


def _progressing(
    deployment: Json, new: Json | None, old: list[Json], counts: dict[str, int]
) -> Json | None:
    if new is None:
        return None
    quoted = f'ReplicaSet "{objects.name(new)}"'
    if is_complete(deployment, new, old):
        return conditions.condition(
            "Progressing",
            status=True,
            reason="NewReplicaSetAvailable",
            message=f"{quoted} has successfully progressed.",
        )
    before = objects.condition(deployment, "Progressing") or {}
    observed = deployment.get("status") or {}
    is_moving = any(
        counts.get(key, 0) != observed.get(key, 0)
        for key in ("updatedReplicas", "readyReplicas", "availableReplicas")
    )
    if is_moving or before.get("reason") in (None, "NewReplicaSetAvailable"):
        message = f"{quoted} is progressing."
        renewed = conditions.condition(
            "Progressing", status=True, reason="ReplicaSetUpdated", message=message
        )
        # Each step renews the deadline, though the condition says the same as before.
        return {**renewed, "lastUpdateTime": objects.timestamp()}
    waited = objects.seconds_since(before.get("lastUpdateTime") or objects.timestamp())
    if before["reason"] == TIMED_OUT or waited > deployment["spec"]["progressDeadlineSeconds"]:
        message = f"{quoted} has timed out progressing."
        return conditions.condition("Progressing", status=False, reason=TIMED_OUT, message=message)
    return before

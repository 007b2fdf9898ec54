from __future__ import annotations

import datetime as dt

from local_aws.kubernetes import objects
from local_aws.kubernetes.controllers import deployment_status
from local_aws.kubernetes.objects import Json

SPEC = {
    "replicas": 2,
    "progressDeadlineSeconds": 600,
    "strategy": {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    },
}


def deployment(status: Json | None = None) -> Json:
    return {"metadata": {"name": "web", "generation": 3}, "spec": SPEC, "status": status or {}}


def replica_set(wanted: int, available: int) -> Json:
    counts = {"replicas": wanted, "readyReplicas": available, "availableReplicas": available}
    return {"metadata": {"name": "web-1"}, "spec": {"replicas": wanted}, "status": counts}


def reasons(status: Json) -> dict[str, tuple[str, str]]:
    return {one["type"]: (one["status"], one["reason"]) for one in status["conditions"]}


def test_complete_deployment() -> None:
    status = deployment_status.status(deployment(), replica_set(2, 2), [])
    assert {key: value for key, value in status.items() if key != "conditions"} == {
        "observedGeneration": 3,
        "replicas": 2,
        "updatedReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
    }
    assert reasons(status) == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }


def test_status_settles() -> None:
    """Told again, the same says the same, times included; else the loop would never rest."""
    for new in (replica_set(2, 2), replica_set(2, 1)):
        first = deployment_status.status(deployment(), new, [])
        second = deployment_status.status(deployment(first), new, [])
        assert deployment_status.status(deployment(second), new, []) == second


def test_deployment_that_waits_too_long_has_failed() -> None:
    new = replica_set(2, 1)
    status = deployment_status.status(deployment(), new, [])
    assert reasons(status)["Progressing"] == ("True", "ReplicaSetUpdated")
    assert reasons(status)["Available"] == ("False", "MinimumReplicasUnavailable")
    progressing = objects.condition({"status": status}, "Progressing")
    assert progressing is not None
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=601)
    progressing["lastUpdateTime"] = long_ago.isoformat()
    late = deployment_status.status(deployment(status), new, [])
    assert reasons(late)["Progressing"] == ("False", "ProgressDeadlineExceeded")
    done = deployment_status.status(deployment(late), replica_set(2, 2), [])
    assert reasons(done)["Progressing"] == ("True", "NewReplicaSetAvailable")


def test_trouble_of_the_replica_set_shows() -> None:
    new = replica_set(2, 0)
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate"}
    new["status"]["conditions"] = [{**failure, "lastTransitionTime": objects.timestamp()}]
    status = deployment_status.status(deployment(), new, [])
    assert reasons(status)["ReplicaFailure"] == ("True", "FailedCreate")
    healed = deployment_status.status(deployment(status), replica_set(2, 2), [])
    assert "ReplicaFailure" not in reasons(healed)

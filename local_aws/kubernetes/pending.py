"""What waits in a cluster, and why: the line that a failed deploy lacks."""

from __future__ import annotations

from collections.abc import Iterable

from kube.values import dicts, text
from local_aws.kubernetes.objects import Json

_TROUBLES = {
    ("PodScheduled", "False"),
    ("ReplicaFailure", "True"),
    ("LoadBalancer", "False"),
}
"""The conditions of pods, workloads and Services that tell of trouble."""


def pending(objects: Iterable[Json]) -> list[str]:
    """Return a line for each object whose conditions say what it waits for."""
    return [
        f"{text(obj, 'kind')} {text(obj, 'metadata', 'namespace')}/{text(obj, 'metadata', 'name')}: "
        + text(condition, "message")
        for obj in objects
        for condition in dicts(obj, "status", "conditions")
        if (condition.get("type"), condition.get("status")) in _TROUBLES
    ]

"""Events: what `kubectl describe` and `kubectl events` tell of an object."""

from __future__ import annotations

import uuid

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import EVENTS, ApiStatusError, Client
from local_aws.kubernetes.objects import Json


def record(
    api: Client, about: Json, *, component: str, reason: str, message: str, warning: bool = False
) -> None:
    """Record an event about an object."""
    now = objects.timestamp()
    namespace = objects.namespace(about) or "default"
    event: Json = {
        "metadata": {
            "name": f"{objects.name(about)}.{uuid.uuid4().hex[:16]}",
            "namespace": namespace,
        },
        "involvedObject": {
            "apiVersion": about.get("apiVersion"),
            "kind": about.get("kind"),
            "namespace": namespace,
            "name": objects.name(about),
            "uid": objects.uid(about),
            "resourceVersion": about["metadata"]["resourceVersion"],
        },
        "reason": reason,
        "message": message,
        "type": "Warning" if warning else "Normal",
        "source": {"component": component},
        "reportingComponent": component,
        "reportingInstance": "local-aws",
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
    try:
        api.create(EVENTS, event)
    except ApiStatusError:
        # An event is a courtesy: a namespace that is going away takes none.
        return

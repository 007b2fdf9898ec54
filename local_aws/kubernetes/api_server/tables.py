"""The tables that `kubectl get` prints: columns.json names what each column shows, or who tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kube import values
from kube.values import dicts, look_up
from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server.kinds import Resource
from local_aws.kubernetes.objects import Json

_COLUMNS: Json = values.table(__file__, "columns.json")
_NONE = "<none>"
_UNITS = (("s", 1, 120), ("m", 60, 180), ("h", 3600, 48), ("d", 86400, 0))
"""Units of an age with their seconds, and from how many on the next one is taken."""


def table(resource: Resource, items: Iterable[Json], revision: str) -> Json:
    """Return objects as a Table."""
    columns = [["Name", "metadata.name"], *_COLUMNS.get(resource.group_resource, ())]
    columns.append(["Age", "age"])
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": revision},
        "columnDefinitions": [
            # By this format kubectl knows where to put the kind: deployment.apps/web.
            {"name": title, "type": "string", "format": title.lower(), "priority": sum(priority)}
            for title, _, *priority in columns
        ],
        "rows": [
            {"cells": [_cell(item, source) for _, source, *_ in columns], "object": item}
            for item in items
        ],
    }


def _cell(obj: Json, source: str) -> Any:  # noqa: ANN401 - JSON holds anything
    if source in _TOLD:
        return _TOLD[source](obj)
    found = look_up(obj, *source.split("."))
    return _NONE if found is None else found


def age(obj: Json) -> str:
    """Return how long ago an object was made, in one unit: 42s, 7m, 5h, 12d."""
    made = dt.datetime.fromisoformat(obj["metadata"]["creationTimestamp"])
    seconds = max(0, int((dt.datetime.now(dt.UTC) - made).total_seconds()))
    return next(
        f"{seconds // size}{unit}"
        for unit, size, most in _UNITS
        if not most or seconds < size * most
    )


def _ready_containers(obj: Json) -> str:
    ready = sum(one.get("ready") is True for one in dicts(obj, "status", "containerStatuses"))
    return f"{ready}/{len(dicts(obj, 'spec', 'containers'))}"


def _ready_replicas(obj: Json) -> str:
    return f"{look_up(obj, 'status', 'readyReplicas') or 0}/{look_up(obj, 'spec', 'replicas')}"


def _external_addresses(obj: Json) -> str:
    points = dicts(obj, "status", "loadBalancer", "ingress")
    pending = "<pending>" if look_up(obj, "spec", "type") == "LoadBalancer" else _NONE
    return ",".join(str(one.get("hostname") or one.get("ip")) for one in points) or pending


def _ports(obj: Json) -> str:
    ports = dicts(obj, "spec", "ports")
    return ",".join(f"{one.get('port')}/{one.get('protocol')}" for one in ports) or _NONE


_TOLD: Mapping[str, Callable[[Json], object]] = {
    "age": age,
    "external_addresses": _external_addresses,
    "ports": _ports,
    "ready_containers": _ready_containers,
    "ready_replicas": _ready_replicas,
    "ready_word": lambda obj: "Ready" if objects.is_true(obj, "Ready") else "NotReady",
}

"""Pods and nodes that the tests change."""

from __future__ import annotations

import copy
from typing import Any

from kube.pods import PodTemplate

RESTRICTED: dict[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "web",
            "image": "web:1",
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
    ],
}
"""A pod's spec that keeps the restricted standard."""
ABSENT = object()
ZONE = "topology.kubernetes.io/zone"


def changed(obj: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy with another value at a path such as spec/ports/0/name, or with none there."""
    copied = copy.deepcopy(obj)
    *parents, last = path.split("/")
    place: Any = copied
    for part in parents:
        place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
    if value is ABSENT:
        del place[last]
    elif isinstance(place, list):
        place[int(last) :] = [value]
    else:
        place[last] = value
    return copied


def pods_of(spec: dict[str, Any], **annotations: str) -> PodTemplate:
    """Return the pods of a spec."""
    return PodTemplate(labels={}, annotations=annotations, spec=spec)


def pod(name: str = "web", labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:  # noqa: ANN401  # a spec's fields are of all kinds
    """Return a Pod of one container."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": labels or {}},
        "spec": {"containers": [{"name": "web", "image": "registry.example/web:1"}], **spec},
    }


def node(name: str, zone: str = "a", **values: Any) -> dict[str, Any]:  # noqa: ANN401 - a node's fields are of all kinds
    return {
        "metadata": {
            "name": name,
            "labels": {ZONE: zone, "kubernetes.io/hostname": name, **values.get("labels", {})},
        },
        "spec": {"taints": values.get("taints", []), **values.get("spec", {})},
        "status": {
            "allocatable": {"cpu": "2", "memory": "8Gi", "pods": "3", **values.get("room", {})},
            "conditions": [{"type": "Ready", "status": values.get("ready", "True")}],
        },
    }

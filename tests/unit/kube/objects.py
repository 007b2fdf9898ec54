"""Objects that the tests change."""

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

"""Custom kinds: their definitions' status, and the defaults of their schemas."""

from __future__ import annotations

import copy
from typing import Any

from local_aws.kubernetes import objects
from local_aws.kubernetes.objects import Json

_CONDITIONS = (
    ("NamesAccepted", "NoConflicts", "no conflicts found"),
    ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
)


def established(definition: Json) -> Json:
    """Return the status of a definition whose kind is served."""
    spec = definition["spec"]
    return {
        "conditions": [
            {
                "type": kind,
                "status": "True",
                "reason": reason,
                "message": message,
                "lastTransitionTime": objects.timestamp(),
            }
            for kind, reason, message in _CONDITIONS
        ],
        "acceptedNames": spec["names"],
        "storedVersions": [one["name"] for one in spec["versions"] if one.get("storage")],
    }


def fill_defaults(value: Any, schema: Json) -> None:  # noqa: ANN401 - JSON holds anything
    """Fill in the defaults that a custom kind's schema names."""
    if isinstance(value, list):
        for item in value:
            fill_defaults(item, schema.get("items") or {})
    if not isinstance(value, dict):
        return
    for key, inner in (schema.get("properties") or {}).items():
        if key not in value and "default" in inner:
            value[key] = copy.deepcopy(inner["default"])
        fill_defaults(value.get(key), inner)
    if isinstance(others := schema.get("additionalProperties"), dict):
        for one in value.values():
            fill_defaults(one, others)

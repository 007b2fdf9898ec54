"""Statuses, written only where they say something new: a server fills in and leaves out fields."""

from __future__ import annotations

from collections.abc import Iterable

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import Client, Kind
from local_aws.kubernetes.objects import Json


def condition(kind: str, *, status: bool, reason: str = "", message: str = "") -> Json:
    """Return a condition without its time."""
    said = {"type": kind, "status": str(status), "reason": reason, "message": message}
    return {key: value for key, value in said.items() if value}


def merged(old: Iterable[Json] | None, *wanted: Json) -> list[Json]:
    """Return conditions with the wanted ones in them, each with the time since when it holds."""
    found = {one["type"]: one for one in old or ()}
    for new in wanted:
        before = found.get(new["type"], {})
        since = before.get("lastTransitionTime") if before.get("status") == new["status"] else None
        found[new["type"]] = {**before, **new, "lastTransitionTime": since or objects.timestamp()}
    return list(found.values())


def write(api: Client, kind: Kind, obj: Json, **fields: object) -> bool:
    """Write fields of an object's status; returns whether that changes anything."""
    before = obj.get("status") or {}
    # A server leaves out a count of zero, and an empty list.
    if all((before.get(key) or None) == (value or None) for key, value in fields.items()):
        return False
    api.patch(kind, obj, {"status": fields}, subresource="status")
    return True

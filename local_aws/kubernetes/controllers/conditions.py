"""Conditions of a status, changed without touching those that stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

from local_aws.kubernetes import objects
from local_aws.kubernetes.objects import Json


def condition(kind: str, *, status: bool, reason: str = "", message: str = "") -> Json:
    """Return a condition as of now."""
    wanted: Json = {
        "type": kind,
        "status": "True" if status else "False",
        "lastTransitionTime": objects.timestamp(),
    }
    if reason:
        wanted["reason"] = reason
    if message:
        wanted["message"] = message
    return wanted


def merge(old: Sequence[Json], *wanted: Json) -> list[Json]:
    """Return the conditions with the wanted ones in them; the same says the same since then."""
    merged = {one["type"]: one for one in old}
    for new in wanted:
        before = merged.get(new["type"])
        if before is not None and before["status"] == new["status"]:
            since = before.get("lastTransitionTime", new["lastTransitionTime"])
            merged[new["type"]] = {**new, "lastTransitionTime": since}
        else:
            merged[new["type"]] = new
    return list(merged.values())

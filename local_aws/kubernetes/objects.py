"""Kubernetes objects as JSON, and common helpers for them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from kube import scheduling

Json = dict[str, Any]
labels = scheduling.labels


def timestamp() -> str:
    """Return the time now as Kubernetes writes it."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def annotations(thing: Mapping[str, Any]) -> dict[str, str]:
    """Return the annotations of an object or a template."""
    return (thing.get("metadata") or {}).get("annotations") or {}


def name(thing: Mapping[str, Any]) -> str:
    """Return an object's name."""
    return str(thing["metadata"]["name"])


def namespace(thing: Mapping[str, Any]) -> str:
    """Return an object's namespace; empty for a cluster-wide one."""
    return str(thing["metadata"].get("namespace") or "")


def uid(thing: Mapping[str, Any]) -> str:
    """Return an object's uid."""
    return str(thing["metadata"]["uid"])


def is_terminating(thing: Mapping[str, Any]) -> bool:
    """Tell whether an object is being deleted."""
    return bool(thing["metadata"].get("deletionTimestamp"))


def controller(thing: Mapping[str, Any]) -> Json | None:
    """Return the owner reference of the controller that manages an object."""
    references: list[Json] = thing["metadata"].get("ownerReferences") or []
    return next((one for one in references if one.get("controller")), None)


def condition(thing: Mapping[str, Any], kind: str) -> Json | None:
    """Return an object's condition of a type."""
    conditions: list[Json] = (thing.get("status") or {}).get("conditions") or []
    return next((one for one in conditions if one["type"] == kind), None)


def is_true(thing: Mapping[str, Any], kind: str) -> bool:
    """Tell whether an object's condition of a type is true."""
    return (condition(thing, kind) or {}).get("status") == "True"


def new_condition(kind: str, *, status: bool, reason: str = "", message: str = "") -> Json:
    """Return a condition without its time."""
    said = {"type": kind, "status": str(status), "reason": reason, "message": message}
    return {key: value for key, value in said.items() if value}


def merged_conditions(old: Iterable[Json] | None, *wanted: Json) -> list[Json]:
    """Return conditions with the wanted ones in them, each with the time since when it holds."""
    found = {one["type"]: one for one in old or ()}
    for new in wanted:
        before = found.get(new["type"], {})
        since = before.get("lastTransitionTime") if before.get("status") == new["status"] else None
        found[new["type"]] = {**before, **new, "lastTransitionTime": since or timestamp()}
    return list(found.values())

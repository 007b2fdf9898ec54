"""The events of CloudFormation as a timeline: what it did with each resource, when, and why it failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assembly.index import grouped
from kube.values import text

Event = Mapping[str, Any]
Events = Mapping[str, Sequence[Event]]
"""The events of each stack by its name, the oldest first."""
WHOLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
NEW_ONE = "requires the creation of a new physical resource"
"""CloudFormation's reason for the update of a resource that it replaces."""
CANCELLED = "cancelled"
"""Its reason for what it stopped because something else failed."""

UNDONE = {"made", "replaced", "deleted"}
"""What a rollback takes back, of what is told apart."""


def deployed(events: Events, names: Iterable[str]) -> bool:
    """Tell whether every stack is there and whole."""
    ends = [events[name][-1]["ResourceStatus"] if events.get(name) else "" for name in names]
    return WHOLE.issuperset(ends)


def new_events(before: Events, after: Events) -> Sequence[Event]:
    """Return the events that came since, the oldest first."""
    seen = {event["EventId"] for events in before.values() for event in events}
    new = (each for events in after.values() for each in events if each["EventId"] not in seen)
    return sorted(new, key=lambda event: event["Timestamp"])


def rolled_back(events: Iterable[Event]) -> bool:
    """Tell whether CloudFormation took back what it had done."""
    return any("ROLLBACK" in text(event, "ResourceStatus") for event in events)


def timeline(before: Events, new: Sequence[Event], paths: Mapping[str, str]) -> list[object]:
    """Return a row for each resource that CloudFormation looked at, in its order.

    `paths` are those of the stacks by their names. Times are seconds since the first event.
    """
    was: dict[tuple[str, str], str] = {}
    for event in (each for events in before.values() for each in events):
        gone = event["ResourceStatus"] == "DELETE_COMPLETE"
        was[_place(event)] = "" if gone else text(event, "PhysicalResourceId")
    undone = {_place(event)[0] for event in new if rolled_back([event])}
    rows: list[object] = []
    for (stack, resource), events in grouped((_place(event), event) for event in new).items():
        if stack not in paths or stack == resource:
            continue
        did, why = _did(events, was.get((stack, resource), ""))
        did = "rolled back" if stack in undone and did in UNDONE else did
        first, last = (
            round((event["Timestamp"] - new[0]["Timestamp"]).total_seconds(), 1)
            for event in (events[0], events[-1])
        )
        row = {"stack": paths[stack], "resource": resource, "did": did, "why": why}
        rows.append({**row, "from": first, "to": last})
    return rows


def _did(events: Sequence[Event], was: str) -> tuple[str, str]:
    """Return what happened to one resource, and why it failed if it did."""
    told = [(text(e, "ResourceStatus"), text(e, "ResourceStatusReason")) for e in events]
    for status, reason in told:
        if status.endswith("_FAILED"):
            return ("cancelled" if CANCELLED in reason.lower() else "failed"), reason
    ids = {text(e, "PhysicalResourceId") for e in events if e["ResourceStatus"] in WHOLE}
    if was and (ids - {"", was} or any(NEW_ONE in reason for _, reason in told)):
        return "replaced", ""
    ends = {"DELETE_SKIPPED": "left behind", "DELETE_COMPLETE": "deleted"}
    found = [ends[status] for status, _ in told if status in ends]
    return (found[-1] if found else "updated" if was else "made"), ""


def _place(event: Event) -> tuple[str, str]:
    return text(event, "StackName"), text(event, "LogicalResourceId")

"""The events of CloudFormation as a timeline: what it did with each resource, when, and why it failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from assembly.index import grouped
from kube.values import text

Event = Mapping[str, Any]
Events = Mapping[str, Sequence[Event]]
"""The events of each stack by its name, the oldest first."""
Place = tuple[str, str]
"""The name of a stack, and the logical id of a resource in it."""


class Seen(NamedTuple):
    """What an account showed: the events, and the physical id of each resource that is there."""

    events: Events
    resources: Mapping[Place, str]


NOTHING = Seen({}, {})
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


def timeline(before: Seen, after: Seen, paths: Mapping[str, str]) -> list[object]:
    """Return a row for each resource that CloudFormation looked at, in its order.

    `paths` are those of the stacks by their names. Times are seconds since the first event. What went
    without an event, as with MiniStack's updates, stands at the end without times: CloudFormation
    deletes last.
    """
    new = new_events(before.events, after.events)
    undone = {_place(event)[0] for event in new if rolled_back([event])}
    found = grouped((_place(event), event) for event in new)
    quiet = [x for x, was in before.resources.items() if after.resources.get(x) != was]
    rows: list[object] = []
    for place in dict.fromkeys([*found, *quiet]):
        stack, resource = place
        if stack not in paths or stack == resource:
            continue
        events = found.get(place, ())
        did, why = _did(events, *(seen.resources.get(place, "") for seen in (before, after)))
        did = "rolled back" if stack in undone and did in UNDONE else did
        times = [round((x["Timestamp"] - new[0]["Timestamp"]).total_seconds(), 1) for x in events]
        row = {"stack": paths[stack], "resource": resource, "did": did, "why": why}
        rows.append(
            {**row, "from": times[0] if times else None, "to": times[-1] if times else None}
        )
    return rows


def _did(events: Sequence[Event], was: str, now: str) -> tuple[str, str]:
    """Return what happened to one resource, and why it failed if it did."""
    told = [(text(e, "ResourceStatus"), text(e, "ResourceStatusReason")) for e in events]
    for status, reason in told:
        if status.endswith("_FAILED"):
            return ("cancelled" if CANCELLED in reason.lower() else "failed"), reason
    ids = {now, *(text(e, "PhysicalResourceId") for e in events if e["ResourceStatus"] in WHOLE)}
    if was and now and (ids - {"", was} or any(NEW_ONE in reason for _, reason in told)):
        return "replaced", ""
    if any(status == "DELETE_SKIPPED" for status, _ in told):
        return "left behind", ""
    return ("deleted" if not now else "updated" if was else "made"), ""


def _place(event: Event) -> Place:
    return text(event, "StackName"), text(event, "LogicalResourceId")

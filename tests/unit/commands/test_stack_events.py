"""What CloudFormation did with a resource, read from its events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commands.stack_events import NOTHING, Seen, deployed, new_events, rolled_back, timeline

START = datetime(2026, 11, 28, tzinfo=UTC)
NEW = "Requested update requires the creation of a new physical resource; hence creating one."
GROUP = ("Prod-Cluster", "Group")
THERE = {GROUP: "one"}
PATHS = {"Prod-Cluster": "Prod/Cluster"}
BEFORE = ("Group", "CREATE_COMPLETE", "one", "")


def events(*rows: tuple[str, str, str, str], start: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Return events of a stack, a second apart: resource, status, physical id and reason."""
    found = [
        {
            "EventId": str(number),
            "StackName": "Prod-Cluster",
            "LogicalResourceId": resource,
            "ResourceStatus": status,
            "PhysicalResourceId": physical,
            "ResourceStatusReason": reason,
            "Timestamp": START + timedelta(seconds=number),
        }
        for number, (resource, status, physical, reason) in enumerate(rows, start)
    ]
    return {"Prod-Cluster": found}


@pytest.mark.parametrize(
    ("statuses", "now", "did", "why"),
    [
        ([("UPDATE_IN_PROGRESS", "one", ""), ("UPDATE_COMPLETE", "one", "")], "one", "updated", ""),
        (
            [("UPDATE_IN_PROGRESS", "one", NEW), ("UPDATE_COMPLETE", "two", "")],
            "two",
            "replaced",
            "",
        ),
        # MiniStack gives a name of the template to the new one, too.
        (
            [("UPDATE_IN_PROGRESS", "one", NEW), ("UPDATE_COMPLETE", "one", "")],
            "one",
            "replaced",
            "",
        ),
        # The code of a custom resource decides, and gives no reason.
        ([("UPDATE_COMPLETE", "two", ""), ("DELETE_COMPLETE", "one", "")], "two", "replaced", ""),
        ([("UPDATE_IN_PROGRESS", "one", "")], "two", "replaced", ""),
        ([("DELETE_IN_PROGRESS", "one", ""), ("DELETE_COMPLETE", "one", "")], "", "deleted", ""),
        ([("DELETE_SKIPPED", "one", "")], "", "left behind", ""),
        ([("UPDATE_IN_PROGRESS", "one", NEW), ("UPDATE_FAILED", "", "no")], "one", "failed", "no"),
        (
            [("UPDATE_FAILED", "", "Resource update cancelled")],
            "one",
            "cancelled",
            "Resource update cancelled",
        ),
    ],
)
def test_what_happened_to_a_resource(
    *, statuses: list[tuple[str, str, str]], now: str, did: str, why: str
) -> None:
    """Against what was there before; the times are those since the deploy began."""
    before = events(BEFORE)
    stack = ("Prod-Cluster", "UPDATE_IN_PROGRESS", "arn", "")
    after = events(BEFORE, stack, *(("Group", *each) for each in statuses))
    left = {GROUP: now} if now else {}

    (row,) = timeline(Seen(before, THERE), Seen(after, left), PATHS)

    place = {"stack": "Prod/Cluster", "resource": "Group"}
    assert row == {**place, "did": did, "why": why, "from": 1.0, "to": float(len(statuses))}


@pytest.mark.parametrize(("left", "did"), [({}, "deleted"), ({GROUP: "two"}, "replaced")])
def test_what_went_without_an_event(left: dict[tuple[str, str], str], did: str) -> None:
    """An update of MiniStack deletes so: the lists of resources tell it, and no times."""
    stack = ("Prod-Cluster", "UPDATE_COMPLETE", "arn", "")
    before, after = events(BEFORE), events(BEFORE, stack)

    rows = timeline(Seen(before, THERE), Seen(after, left), PATHS)

    place = {"stack": "Prod/Cluster", "resource": "Group"}
    assert rows == [{**place, "did": did, "why": "", "from": None, "to": None}]


def test_what_is_new_is_made() -> None:
    """With its first deploy, or anew after it was deleted; stacks of others are no part of it."""
    gone = (BEFORE, ("Group", "DELETE_COMPLETE", "one", ""))
    made = ("Group", "CREATE_COMPLETE", "two", "")
    for before in ((), gone):
        seen = Seen(events(*before), {}), Seen(events(*before, made), {GROUP: "two"})
        rows = timeline(*seen, PATHS)
        assert [row["did"] for row in rows if isinstance(row, dict)] == ["made"]
        assert not timeline(*seen, {"Other": "Prod/Other"})


def test_how_a_deploy_ended() -> None:
    """Every stack is whole, or one is not; a rollback shows in the events that came since."""
    stack = ("Prod-Cluster", "CREATE_COMPLETE", "arn", "")
    back = ("Prod-Cluster", "UPDATE_ROLLBACK_COMPLETE", "arn", "")

    assert deployed(events(BEFORE, stack), PATHS)
    assert not deployed(events(stack, back), PATHS)
    assert not deployed({}, PATHS)
    assert rolled_back(new_events(events(stack), events(stack, back)))
    (row,) = timeline(NOTHING, Seen(events(BEFORE, back), THERE), PATHS)
    assert isinstance(row, dict)
    assert row["did"] == "rolled back"
    assert not rolled_back(new_events(events(stack, back), events(stack, back)))

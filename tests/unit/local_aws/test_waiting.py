from __future__ import annotations

from typing import Any

import pytest

from local_aws.waiting import PATIENCE, Watch, reasons

WHY = "0/2 nodes are available: 2 Insufficient cpu."


def pod(phase: object, **status: object) -> dict[str, Any]:
    """Return a pod in a phase."""
    return {"metadata": {"namespace": "shop", "name": "web"}, "status": {"phase": phase, **status}}


def unscheduled(**words: object) -> dict[str, Any]:
    """Return a pod that the scheduler has no node for."""
    return pod("Pending", conditions=[{"type": "PodScheduled", "status": "False", **words}])


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (unscheduled(reason="Unschedulable", message=WHY), WHY),
        (unscheduled(reason="Unschedulable"), "Unschedulable"),
        (pod("Pending", conditions=None), "no reason given."),
        (pod("Running"), ""),
        (pod(["odd"], conditions=["odd"]), ""),
    ],
)
def test_a_pod_says_why_it_waits(found: dict[str, Any], why: str) -> None:
    """It has the scheduler's word; an answer that is none has no pods."""
    assert reasons(None) == reasons("odd") == reasons([None, "odd"]) == {}
    assert reasons([found]) == {"shop/web": why}


def test_whoever_waits_long_is_told_about_once() -> None:
    """And again for another reason; what is gone is remembered, what starts is not; at the end, all."""
    watch = Watch(NotImplemented, tell=NotImplemented)
    told = [
        list(watch.note(found, now=now))
        for now, found in (
            (0, {"shop/web": WHY, "shop/api": WHY}),
            (PATIENCE, {"shop/web": WHY, "shop/api": WHY}),
            (PATIENCE + 2, {"shop/web": WHY, "shop/api": ""}),
            (PATIENCE + 4, {"shop/web": "another"}),
            (PATIENCE + 6, {}),
        )
    ]
    web, api = (f"Pod shop/{name} is pending: {WHY}" for name in ("web", "api"))
    assert told == [[], [web, api], [], ["Pod shop/web is pending: another"], []]
    assert watch.waited == {"shop/web": "another"}
    watch.end({"shop/new": WHY})
    assert watch.waited == {"shop/web": "another", "shop/new": WHY}
    watch.end({"shop/web": ""})
    assert watch.waited == {"shop/new": WHY}

"""Watches: the changes of a resource as a stream of events."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from local_aws.kubernetes.api_server.kinds import Resource
from local_aws.kubernetes.api_server.store import Event, Store
from local_aws.kubernetes.objects import Json

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
_LONGEST_SECONDS = 1800.0


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What a client wants to be told: from a revision on, or with what is there first."""

    resource: Resource
    matches: Callable[[Json], bool]
    revision: int = 0
    marks_the_start: bool = False
    """Whether the end of what is there is told with a bookmark, as clients want that list so."""

    seconds: float = _LONGEST_SECONDS


async def stream(store: Store, watch: Watch) -> AsyncIterator[bytes]:
    """Yield a watch's events, one JSON document a line, until its time is over."""
    end = time.monotonic() + min(watch.seconds, _LONGEST_SECONDS)
    revision = watch.revision or store.revision
    if not watch.revision:
        for obj in store.select(watch.resource.key):
            if watch.matches(obj):
                yield _line("ADDED", obj)
    if watch.marks_the_start:
        metadata = {
            "resourceVersion": str(revision),
            "annotations": {INITIAL_EVENTS_END: "true"},
        }
        head = {"kind": watch.resource.kind, "apiVersion": watch.resource.api_version}
        yield _line("BOOKMARK", {**head, "metadata": metadata})
    while (left := end - time.monotonic()) > 0:
        changed = store.changed
        events = store.events(watch.resource.key, after=revision)
        revision = store.revision
        for event in events:
            if told := _told(event, watch):
                yield told
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), left)


def _told(event: Event, watch: Watch) -> bytes | None:
    was = event.before is not None and watch.matches(event.before)
    if event.after is not None and watch.matches(event.after):
        return _line("MODIFIED" if was else "ADDED", event.after)
    if event.before is None or not was:
        return None
    # Gone, or no longer selected: the client sees the last state under the new revision.
    metadata = {**event.before["metadata"], "resourceVersion": str(event.revision)}
    return _line("DELETED", {**event.before, "metadata": metadata})


def _line(kind: str, obj: Json) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"

"""The objects, their revisions, and every change of them as watches tell it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import NamedTuple

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server.kinds import Resource
from local_aws.kubernetes.objects import Json

ResourceKey = tuple[str, str]
INITIAL_EVENTS_END = "k8s.io/initial-events-end"
_LONGEST_SECONDS = 1800.0


class Event(NamedTuple):
    """One change. `before` is None for a new object, `after` for one that is gone."""

    revision: int
    before: Json | None
    after: Json | None


class Store:
    """Objects by resource, namespace and name.

    A stored object is never changed, only replaced, so readers need no copy and no lock: all of the
    server runs in one event loop.
    """

    def __init__(self) -> None:
        self._objects: dict[ResourceKey, dict[tuple[str, str], Json]] = {}
        self._events: dict[ResourceKey, list[Event]] = {}
        self.revision = 1
        self.changed = asyncio.Event()
        """Set at the next change, which puts another one in its place."""

    def get(self, key: ResourceKey, namespace: str, name: str) -> Json | None:
        """Return an object, or None."""
        return self._objects.get(key, {}).get((namespace, name))

    def select(self, key: ResourceKey, namespace: str = "") -> list[Json]:
        """Return a resource's objects by namespace and name; all of them without a namespace."""
        found = self._objects.get(key, {})
        return [found[at] for at in sorted(found) if not namespace or at[0] == namespace]

    def put(self, key: ResourceKey, obj: Json) -> Json:
        """Store an object under the next revision; returns it."""
        at = objects.namespace(obj), objects.name(obj)
        found = self._objects.setdefault(key, {})
        before, found[at] = found.get(at), revised(obj, self.revision + 1)
        self._record(key, before, found[at])
        return found[at]

    def remove(self, key: ResourceKey, obj: Json) -> Json:
        """Remove an object; returns its last state, under the revision that removed it."""
        stored = self._objects[key].pop((objects.namespace(obj), objects.name(obj)))
        self._record(key, stored, None)
        return revised(stored, self.revision)

    def events(self, key: ResourceKey, *, after: int) -> list[Event]:
        """Return a resource's changes after a revision."""
        return [event for event in self._events.get(key, ()) if event.revision > after]

    def _record(self, key: ResourceKey, before: Json | None, after: Json | None) -> None:
        self.revision += 1
        self._events.setdefault(key, []).append(Event(self.revision, before, after))
        self.changed.set()
        self.changed = asyncio.Event()


def revised(obj: Json, revision: int) -> Json:
    """Return an object under a revision."""
    return obj | {"metadata": obj["metadata"] | {"resourceVersion": str(revision)}}


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What a client wants to be told: from a revision on, or with what is there first."""

    resource: Resource
    matches: Callable[[Json], bool]
    revision: int = 0
    marks_the_start: bool = False
    """Whether the end of what is there is told with a bookmark, as clients want that list so."""

    seconds: float = _LONGEST_SECONDS


async def watch(store: Store, wanted: Watch) -> AsyncIterator[bytes]:
    """Yield a watch's events, one JSON document a line, until its time is over."""
    end = time.monotonic() + min(wanted.seconds, _LONGEST_SECONDS)
    revision = wanted.revision or store.revision
    if not wanted.revision:
        for obj in store.select(wanted.resource.key):
            if wanted.matches(obj):
                yield _line("ADDED", obj)
    if wanted.marks_the_start:
        resource, metadata = wanted.resource, {"annotations": {INITIAL_EVENTS_END: "true"}}
        mark = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
        yield _line("BOOKMARK", revised(mark, revision))
    while (left := end - time.monotonic()) > 0:
        changed = store.changed
        events = store.events(wanted.resource.key, after=revision)
        revision = store.revision
        for event in events:
            if told := _told(event, wanted):
                yield told
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), left)


def _told(event: Event, wanted: Watch) -> bytes | None:
    was = event.before is not None and wanted.matches(event.before)
    if event.after is not None and wanted.matches(event.after):
        return _line("MODIFIED" if was else "ADDED", event.after)
    if event.before is None or not was:
        return None
    # Gone, or no longer selected: the client sees the last state under the new revision.
    return _line("DELETED", revised(event.before, event.revision))


def _line(kind: str, obj: Json) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"

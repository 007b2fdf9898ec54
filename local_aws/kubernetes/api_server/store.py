"""The objects, their revisions, and every change of them as watches tell it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server.kinds import Resource
from local_aws.kubernetes.objects import Json

ResourceKey = tuple[str, str]
Event = tuple[int, str, Json]
"""A revision, the kind of change, and the object as it is now or was last."""
INITIAL_EVENTS_END = "k8s.io/initial-events-end"
_LONGEST_SECONDS = 1800.0


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

    def copy(self) -> Store:
        """Return a copy without the past."""
        twin = Store()
        twin.revision = self.revision
        twin._objects = {key: {**found} for key, found in self._objects.items()}
        return twin

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
        kind = "MODIFIED" if at in found else "ADDED"
        found[at] = self._record(key, kind, obj)
        return found[at]

    def remove(self, key: ResourceKey, obj: Json) -> Json:
        """Remove an object; returns its last state, under the revision that removed it."""
        stored = self._objects[key].pop((objects.namespace(obj), objects.name(obj)))
        return self._record(key, "DELETED", stored)

    def events(self, key: ResourceKey, *, after: int) -> list[Event]:
        """Return a resource's changes after a revision."""
        return [event for event in self._events.get(key, ()) if event[0] > after]

    def _record(self, key: ResourceKey, kind: str, obj: Json) -> Json:
        self.revision += 1
        now = revised(obj, self.revision)
        self._events.setdefault(key, []).append((self.revision, kind, now))
        self.changed.set()
        self.changed = asyncio.Event()
        return now


def revised(obj: Json, revision: int) -> Json:
    """Return an object under a revision."""
    return obj | {"metadata": obj["metadata"] | {"resourceVersion": str(revision)}}


async def watch(
    store: Store, resource: Resource, matches: Callable[[Json], bool], query: Mapping[str, str]
) -> AsyncIterator[bytes]:
    """Yield events, one JSON document a line, from the query's revision on or with what is there."""
    seconds = float(query.get("timeoutSeconds") or _LONGEST_SECONDS)
    end = time.monotonic() + min(seconds, _LONGEST_SECONDS)
    # Clients that list by watching wait for the bookmark at the end of what is there.
    lists = query.get("sendInitialEvents") == "true"
    revision = 0 if lists else int(query.get("resourceVersion") or 0)
    if not revision:
        revision = store.revision
        for obj in filter(matches, store.select(resource.key)):
            yield _line("ADDED", obj)
    if lists:
        metadata = {"annotations": {INITIAL_EVENTS_END: "true"}}
        mark = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
        yield _line("BOOKMARK", revised(mark, revision))
    while (left := end - time.monotonic()) > 0:
        changed = store.changed
        events = store.events(resource.key, after=revision)
        revision = store.revision
        for _, kind, obj in events:
            if matches(obj):
                yield _line(kind, obj)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), left)


def _line(kind: str, obj: Json) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"

"""The objects, their revisions, and the history that watches read."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from local_aws.kubernetes import objects
from local_aws.kubernetes.objects import Json

ResourceKey = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One change. `before` is None for a new object, `after` for a removed one."""

    revision: int
    key: ResourceKey
    before: Json | None
    after: Json | None
    removed: Json | None = None


class Store:
    """Objects by resource, namespace and name.

    A stored object is never changed, only replaced, so readers need no copy and no lock: all of the
    server runs in one event loop.
    """

    def __init__(self, *, history: int = 10_000) -> None:
        self._objects: dict[ResourceKey, dict[tuple[str, str], Json]] = {}
        self._history: deque[Event] = deque(maxlen=history)
        self._subscribers: set[asyncio.Event] = set()
        self.revision = 1

    @property
    def oldest_revision(self) -> int:
        """Return the revision that a watch may at least start after."""
        full = len(self._history) == self._history.maxlen
        return self._history[0].revision if full else 1

    def get(self, key: ResourceKey, namespace: str, name: str) -> Json | None:
        """Return an object, or None."""
        return self._objects.get(key, {}).get((namespace, name))

    def select(self, key: ResourceKey, namespace: str = "") -> list[Json]:
        """Return a resource's objects by namespace and name; all of them without a namespace."""
        found = self._objects.get(key, {})
        return [found[at] for at in sorted(found) if not namespace or at[0] == namespace]

    def everything(self) -> Iterator[tuple[ResourceKey, Json]]:
        """Return every object with its resource."""
        for key, found in list(self._objects.items()):
            for obj in list(found.values()):
                yield key, obj

    def put(self, key: ResourceKey, obj: Json) -> Json:
        """Store an object under the next revision."""
        self.revision += 1
        obj["metadata"]["resourceVersion"] = str(self.revision)
        at = objects.namespace(obj), objects.name(obj)
        before = self._objects.setdefault(key, {}).get(at)
        self._objects[key][at] = obj
        self._record(Event(revision=self.revision, key=key, before=before, after=obj))
        return obj

    def remove(self, key: ResourceKey, obj: Json) -> Json:
        """Remove an object; returns its last state, under the revision that removed it."""
        self.revision += 1
        stored = self._objects[key].pop((objects.namespace(obj), objects.name(obj)))
        last = obj | {"metadata": obj["metadata"] | {"resourceVersion": str(self.revision)}}
        self._record(
            Event(revision=self.revision, key=key, before=stored, after=None, removed=last)
        )
        return last

    def events(self, key: ResourceKey, *, after: int) -> list[Event]:
        """Return a resource's changes after a revision."""
        events: list[Event] = []
        for event in reversed(self._history):
            if event.revision <= after:
                break
            if event.key == key:
                events.append(event)
        return events[::-1]

    @contextlib.contextmanager
    def subscribed(self) -> Iterator[asyncio.Event]:
        """Give a flag that each change sets; who waits for it clears it."""
        flag = asyncio.Event()
        self._subscribers.add(flag)
        try:
            yield flag
        finally:
            self._subscribers.discard(flag)

    def _record(self, event: Event) -> None:
        self._history.append(event)
        for flag in self._subscribers:
            flag.set()

"""The objects, their revisions, and every change of them, which watches read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from local_aws.kubernetes import objects
from local_aws.kubernetes.objects import Json

ResourceKey = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Event:
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

    def everything(self) -> Iterator[tuple[ResourceKey, Json]]:
        """Yield every object with its resource."""
        for key, found in list(self._objects.items()):
            for obj in list(found.values()):
                yield key, obj

    def put(self, key: ResourceKey, obj: Json) -> Json:
        """Store an object under the next revision; returns it."""
        at = objects.namespace(obj), objects.name(obj)
        found = self._objects.setdefault(key, {})
        stored = self._revised(obj)
        self._record(key, found.get(at), stored)
        found[at] = stored
        return stored

    def remove(self, key: ResourceKey, obj: Json) -> Json:
        """Remove an object; returns its last state, under the revision that removed it."""
        stored = self._objects[key].pop((objects.namespace(obj), objects.name(obj)))
        last = self._revised(stored)
        self._record(key, last, None)
        return last

    def events(self, key: ResourceKey, *, after: int) -> list[Event]:
        """Return a resource's changes after a revision."""
        return [event for event in self._events.get(key, ()) if event.revision > after]

    def _revised(self, obj: Json) -> Json:
        self.revision += 1
        return obj | {"metadata": obj["metadata"] | {"resourceVersion": str(self.revision)}}

    def _record(self, key: ResourceKey, before: Json | None, after: Json | None) -> None:
        event = Event(revision=self.revision, before=before, after=after)
        self._events.setdefault(key, []).append(event)
        self.changed.set()
        self.changed = asyncio.Event()

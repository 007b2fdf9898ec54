"""Watches: the changes of a resource as a stream of events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from local_aws.kubernetes.api_server.errors import ApiError
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.api_server.store import Event, Store
from local_aws.kubernetes.objects import Json

INITIAL_EVENTS_END = "k8s.io/initial-events-end"
_BOOKMARK_SECONDS = 60.0
_LONGEST_SECONDS = 1800.0


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What a client wants to be told. `show` returns an object as the client wants to see it."""

    resource: Resource
    namespace: str
    matches: Callable[[Json], bool]
    show: Callable[[Json], Json]
    revision: str
    initial_events: bool
    bookmarks: bool
    seconds: float | None


async def stream(store: Store, watch: Watch) -> AsyncIterator[bytes]:
    """Return a watch's events, one JSON document a line, until its time is over."""
    try:
        revision, opening = _opening(store, watch)
    except ApiError as error:
        yield _line("ERROR", error.status())
        return
    for line in opening:
        yield line
    end = time.monotonic() + min(watch.seconds or _LONGEST_SECONDS, _LONGEST_SECONDS)
    bookmark = time.monotonic() + _BOOKMARK_SECONDS
    with store.subscribed() as flag:
        while (left := end - time.monotonic()) > 0:
            if revision < store.oldest_revision - 1:
                yield _line("ERROR", _expired(revision, store).status())
                return
            events = store.events(watch.resource.key, after=revision)
            revision = store.revision
            for event in events:
                told = _event_line(event, watch)
                if told is not None:
                    yield told
            if watch.bookmarks and time.monotonic() >= bookmark:
                bookmark = time.monotonic() + _BOOKMARK_SECONDS
                yield _line("BOOKMARK", _bookmark(watch.resource, revision))
            flag.clear()
            if store.revision == revision:
                await _wait(flag, min(left, _BOOKMARK_SECONDS))


async def _wait(flag: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(flag.wait(), seconds)
    except TimeoutError:
        return


def _opening(store: Store, watch: Watch) -> tuple[int, Iterator[bytes]]:
    """Return the revision to go on from, and what a client sees first: the objects there are."""
    fresh = watch.revision in ("", "0")
    if not fresh and not watch.initial_events:
        revision = int(watch.revision)
        if revision < store.oldest_revision - 1:
            raise _expired(revision, store)
        return revision, iter(())
    items = [
        item for item in store.select(watch.resource.key, watch.namespace) if watch.matches(item)
    ]
    revision = store.revision

    def lines() -> Iterator[bytes]:
        for item in items:
            yield _line("ADDED", watch.show(item))
        if watch.initial_events and watch.bookmarks:
            mark = _bookmark(watch.resource, revision)
            mark["metadata"]["annotations"] = {INITIAL_EVENTS_END: "true"}
            yield _line("BOOKMARK", mark)

    return revision, lines()


def _event_line(event: Event, watch: Watch) -> bytes | None:
    def concerns(obj: Json | None) -> bool:
        if obj is None:
            return False
        namespace = obj["metadata"].get("namespace") or ""
        return watch.namespace in ("", namespace) and watch.matches(obj)

    was, is_now = concerns(event.before), concerns(event.after)
    if event.after is not None and is_now:
        return _line("MODIFIED" if was else "ADDED", watch.show(event.after))
    if not was:
        return None
    # Gone, or no longer selected: the client sees the last state under the new revision.
    last = event.removed or event.before or {}
    metadata = {**last["metadata"], "resourceVersion": str(event.revision)}
    return _line("DELETED", watch.show({**last, "metadata": metadata}))


def _bookmark(resource: Resource, revision: int) -> Json:
    return {
        "kind": resource.kind,
        "apiVersion": resource.api_version,
        "metadata": {"resourceVersion": str(revision)},
    }


def _expired(revision: int, store: Store) -> ApiError:
    message = f"too old resource version: {revision} ({store.oldest_revision})"
    return ApiError(410, "Expired", message)


def _line(kind: str, obj: Json) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"

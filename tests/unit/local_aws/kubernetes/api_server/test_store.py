from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import store
from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, config_map


def watched(
    state: Cluster,
    act: Callable[[], object] = lambda: None,
    **values: Any,  # noqa: ANN401 - a watch's fields are of all kinds
) -> list[Json]:
    """Return the events of a short watch on ConfigMaps, while something happens."""
    values = {"matches": lambda _: True, "seconds": 0.2, **values}
    wanted = store.Watch(resource=state.registry.by_kind("v1", "ConfigMap"), **values)

    async def collect() -> list[Json]:
        asyncio.get_running_loop().call_later(0.05, act)
        return [json.loads(line) async for line in store.watch(state.store, wanted)]

    return asyncio.run(collect())


def short(events: list[Json]) -> list[tuple[str, str]]:
    return [(one["type"], objects.name(one["object"])) for one in events]


def write(state: Cluster, obj: Json) -> Json:
    resource = state.registry.by_kind("v1", "ConfigMap")
    old = state.store.get(resource.key, "default", objects.name(obj))
    if old is None:
        return state.create(resource, "default", obj, Write())
    return state.update(resource, old, obj, Write())


def test_changes_after_a_revision_are_told(state: Cluster) -> None:
    write(state, config_map("before"))
    revision = state.store.revision

    def act() -> None:
        write(state, config_map("a"))
        last = write(state, changed(config_map("a"), "data.a", "2"))
        state.delete(state.registry.by_kind("v1", "ConfigMap"), last)

    events = watched(state, act, revision=revision)
    assert short(events) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]
    revisions = [int(one["object"]["metadata"]["resourceVersion"]) for one in events]
    assert revisions == sorted({*revisions, revision})[1:]


@pytest.mark.parametrize("marks", [True, False])
def test_watch_from_nowhere_begins_with_what_is_there(state: Cluster, *, marks: bool) -> None:
    """Clients that list by watching wait for the bookmark with the annotation."""
    write(state, config_map("a"))
    first, *more = watched(state, marks_the_start=marks)
    assert short([first]) == [("ADDED", "a")]
    annotations = {"k8s.io/initial-events-end": "true"}
    metadata = {"resourceVersion": str(state.store.revision), "annotations": annotations}
    mark = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata}
    assert more == ([{"type": "BOOKMARK", "object": mark}] if marks else [])


def test_object_that_begins_or_ceases_to_match_is_added_or_deleted(state: Cluster) -> None:
    write(state, config_map("a"))
    revision = state.store.revision

    def act() -> None:
        write(state, config_map("a", labels={"x": "y"}))
        write(state, config_map("a"))

    events = watched(state, act, revision=revision, matches=objects.labels)
    assert short(events) == [("ADDED", "a"), ("DELETED", "a")]

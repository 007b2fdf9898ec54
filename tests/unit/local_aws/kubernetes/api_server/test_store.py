from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import store
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, config_map


def watched(state: Cluster, query: Json, act: Callable[[], object] = lambda: None) -> list[Json]:
    """Return the events of a short watch on labelled ConfigMaps, while something happens."""
    resource = state.registry.by_kind("v1", "ConfigMap")
    query = {"timeoutSeconds": "0.2", **query}

    async def collect() -> list[Json]:
        asyncio.get_running_loop().call_later(0.05, act)
        lines = store.watch(state.store, resource, lambda one: bool(objects.labels(one)), query)
        return [json.loads(line) async for line in lines]

    return asyncio.run(collect())


def short(events: list[Json]) -> list[tuple[str, str]]:
    return [(one["type"], objects.name(one["object"])) for one in events]


def write(state: Cluster, name: str, data: str = "1", **labels: str) -> Json:
    resource = state.registry.by_kind("v1", "ConfigMap")
    obj = changed(config_map(name, labels=labels), "data.a", data)
    old = state.store.get(resource.key, "default", name)
    return state.update(resource, old, obj) if old else state.create(resource, "default", obj)


def test_changes_after_a_revision_are_told(state: Cluster) -> None:
    """Those of the objects that are selected."""
    write(state, "before", x="y")
    revision = state.store.revision

    def act() -> None:
        write(state, "other")
        write(state, "a", x="y")
        last = write(state, "a", "2", x="y")
        state.delete(state.registry.by_kind("v1", "ConfigMap"), last)

    events = watched(state, {"resourceVersion": str(revision)}, act)
    assert short(events) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]
    revisions = [int(one["object"]["metadata"]["resourceVersion"]) for one in events]
    assert revisions == sorted({*revisions, revision})[1:]


@pytest.mark.parametrize("lists", [True, False])
def test_watch_from_nowhere_begins_with_what_is_there(state: Cluster, *, lists: bool) -> None:
    """Clients that list by watching wait for the bookmark with the annotation."""
    write(state, "a", x="y")
    first, *more = watched(state, {"sendInitialEvents": "true"} if lists else {})
    assert short([first]) == [("ADDED", "a")]
    annotations = {"k8s.io/initial-events-end": "true"}
    metadata = {"resourceVersion": str(state.store.revision), "annotations": annotations}
    mark = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata}
    assert more == ([{"type": "BOOKMARK", "object": mark}] if lists else [])

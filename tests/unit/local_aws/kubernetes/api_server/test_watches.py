from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import watches
from local_aws.kubernetes.api_server.cluster import Cluster, Write
from local_aws.kubernetes.api_server.resources import Resource
from local_aws.kubernetes.api_server.store import Store
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, config_map

Events = list[tuple[str, str]]


def config_maps(cluster: Cluster) -> Resource:
    return cluster.registry.get("", "configmaps")


def watched(
    cluster: Cluster,
    act: Callable[[], object] = lambda: None,
    **values: Any,  # noqa: ANN401 - a watch's fields are of all kinds
) -> list[Json]:
    """Return the events of a short watch on ConfigMaps of `default`, while something happens."""
    watch = watches.Watch(
        **{
            "resource": config_maps(cluster),
            "namespace": "default",
            "matches": lambda _: True,
            "show": lambda obj: obj,
            "revision": "",
            "initial_events": False,
            "bookmarks": False,
            "seconds": 0.2,
            **values,
        }
    )

    async def collect() -> list[Json]:
        asyncio.get_running_loop().call_later(0.05, act)
        return [json.loads(line) async for line in watches.stream(cluster.store, watch)]

    return asyncio.run(collect())


def short(events: list[Json]) -> Events:
    return [(one["type"], objects.name(one["object"])) for one in events]


def create(cluster: Cluster, obj: Json) -> Json:
    return cluster.create(config_maps(cluster), "default", obj, Write())


def test_changes_after_a_revision_are_told(cluster: Cluster) -> None:
    create(cluster, config_map("before"))
    revision = str(cluster.store.revision)
    resource = config_maps(cluster)

    def act() -> None:
        created = create(cluster, config_map("a"))
        updated = cluster.update(resource, created, changed(created, "data.a", "2"), Write())
        cluster.delete(resource, updated, propagation="")

    events = watched(cluster, act, revision=revision)
    assert short(events) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]
    revisions = [int(one["object"]["metadata"]["resourceVersion"]) for one in events]
    assert revisions == sorted(set(revisions))
    assert revisions[0] > int(revision)


def test_watch_from_nowhere_begins_with_what_is_there(cluster: Cluster) -> None:
    create(cluster, config_map("a"))
    assert short(watched(cluster)) == [("ADDED", "a"), ("ADDED", "kube-root-ca.crt")]


def test_end_of_initial_events_is_marked(cluster: Cluster) -> None:
    """Clients that list by watching wait for the bookmark with the annotation."""
    create(cluster, config_map("a"))
    *initial, mark = watched(cluster, initial_events=True, bookmarks=True)
    assert [one["type"] for one in initial] == ["ADDED", "ADDED"]
    assert mark["type"] == "BOOKMARK"
    assert mark["object"]["kind"] == "ConfigMap"
    assert mark["object"]["metadata"] == {
        "resourceVersion": str(cluster.store.revision),
        "annotations": {"k8s.io/initial-events-end": "true"},
    }


def test_object_that_begins_or_ceases_to_match_is_added_or_deleted(cluster: Cluster) -> None:
    resource = config_maps(cluster)
    created = create(cluster, config_map("a"))
    revision = str(cluster.store.revision)

    def act() -> None:
        labelled = changed(created, "metadata.labels", {"x": "y"})
        matching = cluster.update(resource, created, labelled, Write())
        cluster.update(resource, matching, changed(matching, "metadata.labels", {}), Write())

    events = watched(
        cluster, act, revision=revision, matches=lambda obj: objects.labels(obj).get("x") == "y"
    )
    assert short(events) == [("ADDED", "a"), ("DELETED", "a")]


def test_other_namespaces_are_not_told(cluster: Cluster) -> None:
    revision = str(cluster.store.revision)

    def act() -> None:
        cluster.create(config_maps(cluster), "kube-system", config_map(), Write())

    assert watched(cluster, act, revision=revision) == []
    assert short(watched(cluster, revision=revision, namespace="")) == [("ADDED", "settings")]


def test_forgotten_revision_has_expired(cluster: Cluster) -> None:
    cluster.store = Store(history=3)
    for number in range(5):
        cluster.store.put(("", "configmaps"), config_map(str(number)))
    (error,) = watched(cluster, revision="1", namespace="")
    assert error["type"] == "ERROR"
    assert (error["object"]["code"], error["object"]["reason"]) == (410, "Expired")
    assert "too old resource version: 1" in error["object"]["message"]

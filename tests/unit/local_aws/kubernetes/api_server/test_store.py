from __future__ import annotations

import asyncio
import json

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server import store
from local_aws.kubernetes.api_server.cluster import Cluster
from local_aws.kubernetes.objects import Json
from tests.unit.local_aws.kubernetes.manifests import changed, config_map


def test_a_watch_tells_of_changes_after_a_revision(state: Cluster) -> None:
    """Those of the objects that are selected; kubectl and helm see the rest."""
    resource = state.registry.by_kind("v1", "ConfigMap")
    before = state.create(resource, "default", config_map("before", labels={"x": "y"}))

    def act() -> None:
        state.create(resource, "default", config_map("other"))
        first = state.create(resource, "default", config_map("a", labels={"x": "y"}))
        last = state.update(resource, first, changed(first, "data.a", "2"))
        state.delete(resource, last)

    async def collect() -> list[Json]:
        asyncio.get_running_loop().call_later(0.05, act)
        query = {"timeoutSeconds": "0.2", "resourceVersion": before["metadata"]["resourceVersion"]}
        lines = store.watch(state.store, resource, lambda one: bool(objects.labels(one)), query)
        return [json.loads(line) async for line in lines]

    events = [(one["type"], objects.name(one["object"])) for one in asyncio.run(collect())]
    assert events == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]

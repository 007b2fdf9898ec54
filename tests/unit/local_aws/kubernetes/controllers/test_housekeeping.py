"""Against a server that clears nothing up by itself, as a real one; in memory, so that it is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local_aws.kubernetes import client as kinds
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NAMESPACES, PODS, SERVICES, Client, Kind
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.housekeeping import Housekeeping
from local_aws.kubernetes.objects import Json

GOING = {"deletionTimestamp": "2026-11-25T00:00:00Z"}
HELD: dict[str, Any] = {**GOING, "finalizers": ["foregroundDeletion"]}
FURNITURE = {"default", "kube-root-ca.crt"}


class PlainServer(Client):
    """Keeps objects, and deletes exactly what it is told to."""

    def __init__(self, version: str = "v1.36.2") -> None:
        self.says = version
        self.kept: dict[str, tuple[Kind, Json]] = {}

    def add(self, kind: Kind, name: str, owner: str = "", **metadata: object) -> None:
        """Keep an object whose uid is its name; an owner is named by its kind and a number."""
        references = [{"kind": owner.partition("-")[0], "uid": owner, "controller": True}]
        own = {"name": name, "uid": name, "ownerReferences": references if owner else []}
        place = {"namespace": "web"} if kind.namespaced else {}
        self.kept[name] = (kind, {"metadata": {**own, **place, **metadata}, "spec": {}})

    def version(self) -> str:
        """Return what the server says of its version."""
        return self.says

    def kinds(self) -> Iterator[Kind]:
        """Return the kinds to look for."""
        yield from (NAMESPACES, PODS, SERVICES)

    def list(self, kind: Kind, namespace: str = "", *, label_selector: str = "") -> list[Json]:
        """Return objects of a kind."""
        assert not label_selector
        found = [obj for one, obj in self.kept.values() if one == kind]
        return [obj for obj in found if namespace in ("", objects.namespace(obj))]

    def create(self, kind: Kind, obj: Json, *, name: str = "", subresource: str = "") -> Json:
        """Keep what a namespace gets."""
        assert (name, subresource) == ("", "")
        self.add(kind, objects.name(obj), namespace=objects.namespace(obj))
        return obj

    def delete(
        self, kind: Kind, obj: Json, *, propagation: str = "Background", now: bool = False
    ) -> None:
        """Delete an object."""
        assert (kind.namespaced, propagation, now) == (True, "Background", False)
        del self.kept[objects.name(obj)]

    def replace(self, kind: Kind, obj: Json, *, subresource: str = "") -> Json:
        """Free a namespace."""
        assert (kind, subresource, obj["spec"]["finalizers"]) == (NAMESPACES, "finalize", [])
        del self.kept[objects.name(obj)]
        return obj

    def patch(self, kind: Kind, obj: Json, patch: Json, *, subresource: str = "") -> Json:
        """Release what waits."""
        assert (kind.namespaced, subresource) == (True, "")
        assert patch == {"metadata": {"finalizers": []}}
        del self.kept[objects.name(obj)]
        return obj


def settled(server: PlainServer) -> set[str]:
    """Run until nothing changes; return what is left."""
    context = Context(api=server, aws=lambda service: service, cluster="c", region="r")
    housekeeping = Housekeeping(context)
    for _ in range(10):
        if not housekeeping.reconcile():
            return set(server.kept)
    pytest.fail("it never settles")


def test_a_namespace_is_furnished_and_emptied_and_freed() -> None:
    server = PlainServer()
    server.add(NAMESPACES, "web", **GOING)
    server.add(NAMESPACES, "other")
    server.add(PODS, "pod")
    server.add(SERVICES, "service")
    assert settled(server) == {"other", *FURNITURE}
    assert {objects.namespace(obj) for _, obj in server.kept.values()} == {"", "other"}


def test_what_has_lost_its_owner_goes() -> None:
    server = PlainServer()
    server.add(kinds.DEPLOYMENTS, "Deployment-1")
    server.add(kinds.REPLICA_SETS, "ReplicaSet-kept", owner="Deployment-1")
    server.add(PODS, "kept", owner="ReplicaSet-kept")
    server.add(kinds.REPLICA_SETS, "ReplicaSet-lost", owner="Deployment-gone")
    server.add(PODS, "lost", owner="ReplicaSet-lost")
    server.add(PODS, "done", owner="Job-gone")
    server.add(PODS, "alone")
    server.add(PODS, "foreign", owner="Widget-1")
    assert settled(server) == {"Deployment-1", "ReplicaSet-kept", "kept", "alone", "foreign"}


def test_what_waits_for_others_goes_last() -> None:
    """An owner in the foreground after its pods; a claim that nothing protects any more."""
    server = PlainServer()
    server.add(kinds.DEPLOYMENTS, "Deployment-1", **HELD)
    server.add(kinds.REPLICA_SETS, "ReplicaSet-1", owner="Deployment-1")
    server.add(PODS, "pod", owner="ReplicaSet-1")
    server.add(kinds.CLAIMS, "disk", **GOING, finalizers=["kubernetes.io/pvc-protection"])
    assert settled(server) == set()


def test_the_stand_in_is_left_alone() -> None:
    server = PlainServer("v1.36.0-local")
    server.add(PODS, "lost", owner="ReplicaSet-gone")
    assert settled(server) == {"lost"}

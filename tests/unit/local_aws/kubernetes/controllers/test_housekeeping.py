"""No real API server is at hand here, so a small one that clears nothing up takes its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import (
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    NAMESPACES,
    PODS,
    REPLICA_SETS,
    SERVICES,
    Client,
    Kind,
)
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.housekeeping import Housekeeping
from local_aws.kubernetes.objects import Json

HELD: dict[str, Any] = {
    "deletionTimestamp": "2026-11-25T00:00:00Z",
    "finalizers": ["foregroundDeletion"],
}


class PlainServer(Client):
    """Keeps objects, and deletes exactly what it is told to."""

    def __init__(self, gitversion: str = "v1.36.3") -> None:
        self.gitversion = gitversion
        self.objects: dict[str, tuple[Kind, Json]] = {}

    def add(self, kind: Kind, name: str, owner: str = "", **metadata: object) -> None:
        """Store an object whose uid is its name."""
        owners = (
            [{"kind": owner.partition("-")[0], "uid": owner, "controller": True}] if owner else []
        )
        place = {"namespace": "web"} if kind.namespaced else {}
        self.objects[name] = (
            kind,
            {
                "metadata": {
                    "name": name,
                    "uid": name,
                    "ownerReferences": owners,
                    **place,
                    **metadata,
                },
                "spec": {"finalizers": ["kubernetes"]},
            },
        )

    def version(self) -> str:
        """Return what the server says of its version."""
        return self.gitversion

    def kinds(self) -> Iterator[Kind]:
        """Return the kinds to look for."""
        yield from (NAMESPACES, PODS, SERVICES)

    def list(self, kind: Kind, namespace: str = "", *, label_selector: str = "") -> list[Json]:
        """Return objects of a kind."""
        assert not label_selector
        found = [obj for one, obj in self.objects.values() if one == kind]
        return [obj for obj in found if namespace in ("", objects.namespace(obj))]

    def delete(
        self, kind: Kind, obj: Json, *, propagation: str = "Background", now: bool = False
    ) -> None:
        """Delete an object, as Housekeeping may."""
        assert (kind.namespaced, propagation, now) == (True, "Background", False)
        del self.objects[objects.name(obj)]

    def replace(self, kind: Kind, obj: Json, *, subresource: str = "") -> Json:
        """Free a namespace, as Housekeeping may."""
        assert (kind, subresource, obj["spec"]["finalizers"]) == (NAMESPACES, "finalize", [])
        del self.objects[objects.name(obj)]
        return obj

    def patch(self, kind: Kind, obj: Json, patch: Json, *, subresource: str = "") -> Json:
        """Release an owner, as Housekeeping may."""
        assert (kind, subresource) == (DEPLOYMENTS, "")
        assert patch == {"metadata": {"finalizers": []}}
        del self.objects[objects.name(obj)]
        return obj


def settled(server: PlainServer) -> set[str]:
    """Run until nothing changes; return what is left."""
    context = Context(api=server, aws=lambda service: service, cluster="c", region="r", account="a")
    housekeeping = Housekeeping(context)
    for _ in range(10):
        if not housekeeping.reconcile():
            return set(server.objects)
    pytest.fail("it never settles")


def test_namespace_is_emptied_then_freed() -> None:
    server = PlainServer()
    server.add(NAMESPACES, "web", deletionTimestamp="2026-11-25T00:00:00Z")
    server.add(NAMESPACES, "other")
    server.add(PODS, "pod")
    server.add(SERVICES, "service")
    assert settled(server) == {"other"}


def test_what_has_lost_its_owner_goes() -> None:
    server = PlainServer()
    server.add(DEPLOYMENTS, "Deployment-1")
    server.add(REPLICA_SETS, "ReplicaSet-kept", owner="Deployment-1")
    server.add(PODS, "kept", owner="ReplicaSet-kept")
    server.add(REPLICA_SETS, "ReplicaSet-lost", owner="Deployment-gone")
    server.add(PODS, "lost", owner="ReplicaSet-lost")
    server.add(ENDPOINT_SLICES, "slice", owner="Service-gone")
    server.add(PODS, "alone")
    server.add(PODS, "foreign", owner="Widget-1")
    assert settled(server) == {"Deployment-1", "ReplicaSet-kept", "kept", "alone", "foreign"}


def test_owner_in_the_foreground_goes_last() -> None:
    server = PlainServer()
    server.add(DEPLOYMENTS, "Deployment-1", **HELD)
    server.add(REPLICA_SETS, "ReplicaSet-1", owner="Deployment-1")
    server.add(PODS, "pod", owner="ReplicaSet-1")
    assert settled(server) == set()


def test_stand_in_is_left_alone() -> None:
    server = PlainServer("v1.36.0-local")
    server.add(PODS, "lost", owner="ReplicaSet-gone")
    assert settled(server) == {"lost"}

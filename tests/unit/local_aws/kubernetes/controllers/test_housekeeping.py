from __future__ import annotations

import pytest

from local_aws.kubernetes import client as kinds
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NAMESPACES, PODS, Kind
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.housekeeping import Housekeeping
from tests.unit.local_aws.kubernetes.memory import Memory

GOING = {"deletionTimestamp": "2026-11-25T00:00:00Z"}
FURNITURE = {"default", "kube-root-ca.crt"}


def add(server: Memory, kind: Kind, name: str, owner: str = "", **metadata: object) -> None:
    """Keep an object; an owner is named by its kind and a number."""
    reference = {"kind": owner.partition("-")[0], "uid": owner, "controller": True}
    metadata |= {"namespace": "web"} if kind.namespaced else {}
    metadata |= {"name": name, "ownerReferences": [reference] if owner else []}
    server.create(kind, {"metadata": metadata, "spec": {}})


def settled(server: Memory) -> set[str]:
    """Run until nothing changes; return what is left."""
    of_test = {"cluster": "c", "region": "r", "certificate_authority": "PEM"}
    housekeeping = Housekeeping(Context(api=server, aws=str, **of_test))
    for _ in range(10):
        if not housekeeping.reconcile():
            return server.names()
    pytest.fail("it never settles")


def test_a_namespace_is_furnished_and_emptied_and_freed() -> None:
    server = Memory()
    add(server, NAMESPACES, "web", **GOING)
    add(server, NAMESPACES, "other")
    add(server, PODS, "pod")
    add(server, kinds.SERVICES, "service")
    assert settled(server) == {"other", *FURNITURE}
    (account,) = server.list(kinds.SERVICE_ACCOUNTS)
    (authority,) = server.list(kinds.CONFIG_MAPS)
    assert {objects.namespace(one) for one in (account, authority)} == {"other"}
    assert authority["data"] == {"ca.crt": "PEM"}


def test_what_has_lost_its_owner_goes() -> None:
    server = Memory()
    add(server, kinds.DEPLOYMENTS, "Deployment-1")
    add(server, PODS, "kept", "Deployment-1")
    add(server, PODS, "done", "Job-gone")
    add(server, PODS, "alone")
    add(server, PODS, "foreign", "Widget-1")
    assert settled(server) == {"Deployment-1", "kept", "alone", "foreign"}


def test_a_claim_that_is_deleted_is_freed() -> None:
    server = Memory()
    add(server, kinds.CLAIMS, "disk", **GOING, finalizers=["kubernetes.io/pvc-protection"])
    assert settled(server) == set()

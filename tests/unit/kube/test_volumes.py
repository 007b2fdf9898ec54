"""Which nodes volumes leave to pods."""

from __future__ import annotations

from typing import Any

import pytest

from kube.scheduling import is_selected
from kube.volumes import affinities, stay

ZONE = "topology.kubernetes.io/zone"
CLASS = {
    "kind": "StorageClass",
    "metadata": {"name": "near"},
    "provisioner": "ebs.csi.aws.com",
    "allowedTopologies": [
        {"matchLabelExpressions": [{"key": "topology.ebs.csi.aws.com/zone", "values": ["a", "b"]}]}
    ],
}
ANYWHERE = {"kind": "StorageClass", "metadata": {"name": "any"}, "provisioner": "ebs.csi.aws.com"}
SHARED = {"kind": "StorageClass", "metadata": {"name": "efs"}, "provisioner": "efs.csi.aws.com"}
BOUND = {
    "kind": "PersistentVolume",
    "metadata": {"name": "pv"},
    "spec": {
        "claimRef": {"name": "data", "namespace": "shop"},
        "nodeAffinity": {
            "required": {
                "nodeSelectorTerms": [
                    {"matchExpressions": [{"key": ZONE, "operator": "In", "values": ["a"]}]}
                ]
            }
        },
    },
}


def database(**claim: object) -> dict[str, Any]:
    """Return a StatefulSet that makes a claim for each pod."""
    templates = [{"metadata": {"name": "data"}, "spec": claim}]
    return {"kind": "StatefulSet", "spec": {"volumeClaimTemplates": templates, "template": {}}}


def web(namespace: str = "shop") -> dict[str, Any]:
    """Return a Deployment whose pods share a claim."""
    volumes = [{"name": "x", "persistentVolumeClaim": {"claimName": "data"}}, {"emptyDir": {}}]
    spec = {"template": {"spec": {"volumes": volumes}}}
    return {"kind": "Deployment", "metadata": {"namespace": namespace}, "spec": spec}


def claim(**spec: object) -> dict[str, Any]:
    """Return the claim that they share."""
    metadata = {"name": "data", "namespace": "shop"}
    return {"kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize(
    ("obj", "objects", "zones", "kept"),
    [
        (database(storageClassName="near"), [CLASS], "ab", False),
        (database(storageClassName="any"), [CLASS, ANYWHERE], "abc", True),
        (database(storageClassName="efs"), [SHARED], "abc", False),
        (database(), [ANYWHERE], "abc", False),
        (web(), [claim(), BOUND], "a", False),
        (web(), [claim(storageClassName="any"), ANYWHERE], "abc", True),
        (web("other"), [claim(), BOUND], "abc", False),
        (web(), [BOUND], "abc", False),
        (web(), [], "abc", False),
        ({"kind": "Deployment"}, [claim(), BOUND], "abc", False),
    ],
)
def test_pods_are_where_their_volumes_are(
    obj: dict[str, Any], objects: list[dict[str, Any]], zones: str, *, kept: bool
) -> None:
    """A bound one by its own zone, one to come by the zones of its class, else anywhere, but once."""
    nodes = {zone: {"metadata": {"labels": {ZONE: zone}}} for zone in "abc"}
    wanted = affinities(obj, objects)
    takes = [zone for zone, node in nodes.items() if all(is_selected(node, x) for x in wanted)]
    assert takes == [*zones]
    assert stay(obj, objects) is kept

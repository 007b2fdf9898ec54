"""The objects of verdicts.json, and changes to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import jsonpatch

VERDICTS: dict[str, Any] = json.loads(
    Path(__file__).with_name("verdicts.json").read_text(encoding="utf-8")
)
CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
OTHERS: dict[str, Any] = {
    "ClusterRoleBinding": {"subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "b"}]},
    "CustomResourceDefinition": {
        "apiVersion": "apiextensions.k8s.io/v1",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object"}},
                }
            ],
        },
    },
    "EndpointSlice": {
        "apiVersion": "discovery.k8s.io/v1",
        "metadata": {"name": "web"},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"]}],
        "ports": [{"name": "http", "port": 80}],
    },
    "PersistentVolume": {
        "apiVersion": "v1",
        "metadata": {"name": "v"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "1Gi"},
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"},
        },
    },
    "ReplicationController": {
        "apiVersion": "v1",
        "metadata": {"name": "r"},
        "spec": {
            "selector": {"app": "web"},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "web"}]},
            },
        },
    },
    "ValidatingWebhookConfiguration": {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "metadata": {"name": "w"},
        "webhooks": [
            {
                "name": "w.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "clientConfig": {"url": "https://example.com"},
            }
        ],
    },
}


def base(kind: str) -> dict[str, Any]:
    """Return an object that the server takes."""
    known = VERDICTS["bases"].get(kind, {})
    return {**known, "kind": kind, **OTHERS.get(kind, {})}


def patched(case: dict[str, Any]) -> dict[str, Any]:
    """Return the object of a case of verdicts.json."""
    obj: dict[str, Any] = jsonpatch.apply_patch(VERDICTS["bases"][case["base"]], case["patch"])
    return obj


def changed(kind: str, path: str, value: object) -> dict[str, Any]:
    """Return an object with another value at a path such as spec/ports/0/name.

    On the way mappings and lists are made where there are none; `...` removes what is there. Fields of
    the object itself are given with an empty path.
    """
    obj: dict[str, Any] = json.loads(json.dumps(base(kind)))
    if not path:
        return {**obj, **cast("dict[str, Any]", value)}
    place: Any = obj
    *way, last = path.split("/")
    for step, following in zip(way, [*way, last][1:], strict=True):
        missing: Any = [] if following.isdigit() else {}
        if isinstance(place, list):
            if int(step) == len(place):
                place.append(missing)
            place = place[int(step)]
        else:
            place = place.setdefault(step.replace("~1", "/"), missing)
    key: Any = int(last) if isinstance(place, list) else last.replace("~1", "/")
    if value is ...:
        del place[key]
    elif isinstance(place, list) and key == len(place):
        place.append(value)
    else:
        place[key] = value
    return obj

"""Owners and what they manage."""

from __future__ import annotations

import copy

from local_aws.kubernetes import objects
from local_aws.kubernetes.objects import Json


def owns(owner: Json, obj: Json) -> bool:
    """Tell whether an object is managed by an owner."""
    reference = objects.controller(obj)
    return reference is not None and reference["uid"] == objects.uid(owner)


def owner_reference(owner: Json) -> Json:
    """Return the reference that makes an owner an object's controller."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": objects.name(owner),
        "uid": objects.uid(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def pod_from_template(owner: Json) -> Json:
    """Return a pod as an owner's template describes it."""
    template = copy.deepcopy(owner["spec"]["template"])
    metadata = template.get("metadata") or {}
    return {
        "metadata": {
            "generateName": f"{objects.name(owner)}-",
            "namespace": objects.namespace(owner),
            "labels": metadata.get("labels") or {},
            "annotations": metadata.get("annotations") or {},
            "finalizers": metadata.get("finalizers") or [],
            "ownerReferences": [owner_reference(owner)],
        },
        "spec": template["spec"],
    }


def is_active(pod: Json) -> bool:
    """Tell whether a pod counts: it is neither going away nor over."""
    phase = (pod.get("status") or {}).get("phase")
    return not objects.is_terminating(pod) and phase not in ("Succeeded", "Failed")

"""What goes when something else is gone: dependents of an owner, the content of a namespace."""

from __future__ import annotations

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server.store import ResourceKey, Store
from local_aws.kubernetes.objects import Json

NAMESPACES = ("", "namespaces")


def start_deletion(store: Store, key: ResourceKey, obj: Json) -> Json:
    """Delete an object, or mark it if finalizers or its content hold it; returns its last state."""
    if not obj["metadata"].get("finalizers") and key != NAMESPACES:
        return store.remove(key, obj)
    if objects.is_terminating(obj):
        return obj
    marks = {"deletionTimestamp": objects.timestamp(), "deletionGracePeriodSeconds": 0}
    marked = {**obj, "metadata": {**obj["metadata"], **marks}}
    if key == NAMESPACES:
        marked["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
    return store.put(key, marked)


def collect(store: Store) -> None:
    """Play the garbage collector and the namespace controller until nothing changes."""
    while any(_step(store, key, obj) for key, obj in list(store.everything())):
        pass


def _step(store: Store, key: ResourceKey, obj: Json) -> bool:
    metadata = obj["metadata"]
    if store.get(key, objects.namespace(obj), objects.name(obj)) is not obj:
        return False
    if objects.is_terminating(obj):
        is_held = metadata.get("finalizers") or (
            key == NAMESPACES and _has_content(store, objects.name(obj))
        )
        if not is_held:
            store.remove(key, obj)
        return not is_held
    namespace = store.get(NAMESPACES, "", objects.namespace(obj))
    owners = {one["uid"] for one in metadata.get("ownerReferences") or ()}
    is_lost = owners and owners.isdisjoint(objects.uid(one) for _, one in store.everything())
    if not is_lost and not (namespace and objects.is_terminating(namespace)):
        return False
    start_deletion(store, key, obj)
    return True


def _has_content(store: Store, namespace: str) -> bool:
    return any(objects.namespace(obj) == namespace for _, obj in store.everything())

"""What goes when something else is gone: dependents of an owner, the content of a namespace."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from local_aws.kubernetes import objects
from local_aws.kubernetes.api_server.store import ResourceKey, Store
from local_aws.kubernetes.objects import Json

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
NAMESPACES = ("", "namespaces")


def start_deletion(store: Store, key: ResourceKey, obj: Json, *, propagation: str) -> Json:
    """Delete an object, or mark it if finalizers hold it; returns its last state."""
    obj = copy.deepcopy(obj)
    metadata = obj["metadata"]
    finalizers = [
        one for one in metadata.get("finalizers") or () if one not in (FOREGROUND, ORPHAN)
    ]
    wanted = {"Foreground": FOREGROUND, "Orphan": ORPHAN}.get(propagation)
    metadata["finalizers"] = [*finalizers, *([wanted] if wanted else [])]
    if key == NAMESPACES:
        obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
    if not metadata["finalizers"]:
        del metadata["finalizers"]
        if key != NAMESPACES:
            return store.remove(key, obj)
    if not metadata.get("deletionTimestamp"):
        metadata["deletionTimestamp"] = objects.timestamp()
        metadata["deletionGracePeriodSeconds"] = 0
    return store.put(key, obj)


def collect(store: Store) -> None:
    """Play the garbage collector and the namespace controller until nothing changes."""
    while _collect_once(store):
        pass


def _collect_once(store: Store) -> bool:
    # A generator would see the store change below it.
    everything = list(store.everything())
    uids = {objects.uid(obj): obj for _, obj in everything}
    changed = False
    for key, obj in everything:
        if store.get(key, objects.namespace(obj), objects.name(obj)) is not obj:
            continue
        if objects.is_terminating(obj):
            changed |= _finalize(store, key, obj)
        elif _is_garbage(obj, uids) or _is_in_terminating_namespace(store, obj):
            start_deletion(store, key, obj, propagation=_inherited_propagation(obj, uids))
            changed = True
    return changed


def _is_garbage(obj: Json, uids: dict[str, Json]) -> bool:
    """Tell whether an object has owners, and all are gone or wait for it in the foreground."""
    references = obj["metadata"].get("ownerReferences") or ()
    if not references:
        return False
    owners = [uids.get(reference["uid"]) for reference in references]
    return all(owner is None or _deletes_in_foreground(owner) for owner in owners)


def _deletes_in_foreground(obj: Json) -> bool:
    return objects.is_terminating(obj) and FOREGROUND in (obj["metadata"].get("finalizers") or ())


def _inherited_propagation(obj: Json, uids: dict[str, Json]) -> str:
    references = obj["metadata"].get("ownerReferences") or ()
    return (
        "Foreground" if any(reference["uid"] in uids for reference in references) else "Background"
    )


def _is_in_terminating_namespace(store: Store, obj: Json) -> bool:
    namespace = store.get(NAMESPACES, "", objects.namespace(obj))
    return namespace is not None and objects.is_terminating(namespace)


def _finalize(store: Store, key: ResourceKey, obj: Json) -> bool:
    """Take a terminating object one step on: the system's finalizers, then the object itself."""
    metadata = obj["metadata"]
    finalizers = list(metadata.get("finalizers") or ())
    if ORPHAN in finalizers:
        for dependent_key, dependent in _dependents(store, obj):
            store.put(dependent_key, _without_owner(dependent, obj))
        finalizers.remove(ORPHAN)
    if FOREGROUND in finalizers and not any(_dependents(store, obj, blocking=True)):
        finalizers.remove(FOREGROUND)
    if not finalizers and not (key == NAMESPACES and _content(store, objects.name(obj))):
        store.remove(key, obj)
        return True
    if finalizers != (metadata.get("finalizers") or []):
        store.put(key, obj | {"metadata": metadata | {"finalizers": finalizers}})
        return True
    return False


def _content(store: Store, namespace: str) -> bool:
    return any(objects.namespace(obj) == namespace for _, obj in store.everything())


def _dependents(
    store: Store, owner: Json, *, blocking: bool = False
) -> Iterator[tuple[ResourceKey, Json]]:
    for key, obj in store.everything():
        for reference in obj["metadata"].get("ownerReferences") or ():
            if reference["uid"] != objects.uid(owner):
                continue
            if not blocking or reference.get("blockOwnerDeletion"):
                yield key, obj


def _without_owner(obj: Json, owner: Json) -> Json:
    references = obj["metadata"]["ownerReferences"]
    kept = [one for one in references if one["uid"] != objects.uid(owner)]
    return obj | {"metadata": obj["metadata"] | {"ownerReferences": kept}}

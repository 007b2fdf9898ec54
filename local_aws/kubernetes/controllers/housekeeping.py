"""What kube-controller-manager does besides: for namespaces, and for what has lost its owner."""

from __future__ import annotations

from collections.abc import Sequence

from local_aws.kubernetes import client as kinds
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NAMESPACES, PODS, REPLICA_SETS, Kind
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.objects import Json

_HELD_BY = ("foregroundDeletion", "kubernetes.io/pvc-protection")
"""The finalizers of what waits for those that need it to go."""
_OWNERS = (
    *(kinds.DEPLOYMENTS, kinds.STATEFUL_SETS, kinds.DAEMON_SETS),
    *(REPLICA_SETS, kinds.JOBS, kinds.CLAIMS),
)
_OWNED = (REPLICA_SETS, PODS)


class Housekeeping:
    """Furnishes and empties namespaces, and deletes what has lost its owner."""

    def __init__(self, context: Context) -> None:
        self._api = context.api
        self._furniture: Sequence[tuple[Kind, str, Json]] = (
            (kinds.SERVICE_ACCOUNTS, "default", {}),
            (
                kinds.CONFIG_MAPS,
                "kube-root-ca.crt",
                {"data": {"ca.crt": context.certificate_authority}},
            ),
        )

    def reconcile(self) -> bool:
        """Put in what is missing, and clear up what is left over."""
        namespaces = self._api.list(NAMESPACES)
        going = [one for one in namespaces if objects.is_terminating(one)]
        furnished = self._furnish([one for one in namespaces if one not in going])
        emptied = [self._empty(namespace) for namespace in going]
        return self._collect() or furnished or any(emptied)

    def _furnish(self, namespaces: Sequence[Json]) -> bool:
        """Give every namespace its default service account and the cluster's authority."""
        changed = False
        for kind, name, content in self._furniture:
            has = {objects.namespace(o) for o in self._api.list(kind) if objects.name(o) == name}
            for namespace in {objects.name(one) for one in namespaces} - has:
                metadata = {"name": name, "namespace": namespace}
                self._api.create(kind, {"metadata": metadata, **content})
                changed = True
        return changed

    def _empty(self, namespace: Json) -> bool:
        """Delete what a namespace holds, then free it; returns whether there was anything to do."""
        kinds, name = self._api.namespaced_kinds(), objects.name(namespace)
        left = [(kind, obj) for kind in kinds for obj in self._api.list(kind, name)]
        staying = [one for one in left if not objects.is_terminating(one[1])]
        for kind, obj in staying:
            self._api.delete(kind, obj)
        if not left:
            freed = {**namespace, "spec": {**namespace["spec"], "finalizers": []}}
            self._api.replace(NAMESPACES, freed, subresource="finalize")
        return bool(staying) or not left

    def _collect(self) -> bool:
        """Delete dependents whose owner is gone, or waits for them in the foreground."""
        # What is owned is looked at first: an owner that comes meanwhile must not be missed.
        owned = [(kind, obj) for kind in _OWNED for obj in self._api.list(kind)]
        owners = [(kind, obj) for kind in _OWNERS for obj in self._api.list(kind)]
        alive = {objects.uid(obj) for _, obj in owners if not _waits(obj)}
        changed = False
        for kind, obj in owned:
            owner = _owner_uid(obj)
            if owner and owner not in alive and not objects.is_terminating(obj):
                self._api.delete(kind, obj)
                changed = True
        used = {_owner_uid(obj) for _, obj in owned}
        for kind, obj in owners:
            if _waits(obj) and objects.uid(obj) not in used:
                kept = [one for one in obj["metadata"]["finalizers"] if one not in _HELD_BY]
                self._api.patch(kind, obj, {"metadata": {"finalizers": kept}})
                changed = True
        return changed


def _waits(obj: Json) -> bool:
    """Tell whether an object goes as soon as nothing needs it."""
    held = set(_HELD_BY).intersection(obj["metadata"].get("finalizers") or ())
    return objects.is_terminating(obj) and bool(held)


def _owner_uid(obj: Json) -> str:
    """Return the uid of an object's controller, if that is of a kind that is looked at here."""
    reference = objects.controller(obj) or {}
    return str(reference["uid"]) if reference.get("kind") in {one.kind for one in _OWNERS} else ""

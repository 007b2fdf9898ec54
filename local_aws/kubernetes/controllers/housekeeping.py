"""What kube-controller-manager clears up, for a real API server, behind which none runs.

The stand-in does both by itself, at once.
"""

from __future__ import annotations

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import (
    DAEMON_SETS,
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    NAMESPACES,
    PODS,
    REPLICA_SETS,
    SERVICES,
    STATEFUL_SETS,
    Kind,
)
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.objects import Json

STAND_IN = "-local"
_FOREGROUND = "foregroundDeletion"
_OWNERS = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS, SERVICES)
_OWNED = (REPLICA_SETS, PODS, ENDPOINT_SLICES)


class Housekeeping:
    """Empties namespaces that are going away, and deletes what has lost its owner."""

    def __init__(self, context: Context) -> None:
        self._api = context.api
        self._is_needed: bool | None = None

    def reconcile(self) -> bool:
        """Clear up what there is."""
        if self._is_needed is None:
            self._is_needed = not self._api.version().endswith(STAND_IN)
        if not self._is_needed:
            return False
        changed = self._empty_namespaces()
        return self._collect() or changed

    def _empty_namespaces(self) -> bool:
        going = [one for one in self._api.list(NAMESPACES) if objects.is_terminating(one)]
        if not going:
            return False
        kinds = [kind for kind in self._api.kinds() if kind.namespaced]
        for namespace in going:
            left = False
            for kind in kinds:
                for obj in self._api.list(kind, objects.name(namespace)):
                    left = True
                    if not objects.is_terminating(obj):
                        self._api.delete(kind, obj)
            if not left:
                freed = {**namespace, "spec": {**namespace["spec"], "finalizers": []}}
                self._api.replace(NAMESPACES, freed, subresource="finalize")
        return True

    def _collect(self) -> bool:
        """Delete dependents whose owner is gone, or waits for them in the foreground."""
        owners = [(kind, obj) for kind in _OWNERS for obj in self._api.list(kind)]
        owned = [(kind, obj) for kind in _OWNED for obj in self._api.list(kind)]
        alive = {objects.uid(obj) for _, obj in owners if not _is_foreground(obj)}
        changed = False
        for kind, obj in owned:
            owner = _owner_uid(obj)
            if owner and owner not in alive and not objects.is_terminating(obj):
                self._api.delete(kind, obj)
                changed = True
        used = {_owner_uid(obj) for _, obj in owned}
        for kind, obj in owners:
            if _is_foreground(obj) and objects.uid(obj) not in used:
                self._release(kind, obj)
                changed = True
        return changed

    def _release(self, kind: Kind, obj: Json) -> None:
        finalizers = [one for one in obj["metadata"]["finalizers"] if one != _FOREGROUND]
        self._api.patch(kind, obj, {"metadata": {"finalizers": finalizers}})


def _is_foreground(obj: Json) -> bool:
    return objects.is_terminating(obj) and _FOREGROUND in (obj["metadata"].get("finalizers") or ())


def _owner_uid(obj: Json) -> str:
    """Return the uid of an object's controller, if that is of a kind that is looked at here."""
    reference = objects.controller(obj) or {}
    kinds = {kind.kind for kind in _OWNERS}
    return str(reference["uid"]) if reference.get("kind") in kinds else ""

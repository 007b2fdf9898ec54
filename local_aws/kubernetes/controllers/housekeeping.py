"""What kube-controller-manager does besides: for namespaces, and for what has lost its owner."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kube.values import items
from local_aws.kubernetes import client as kinds
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import CLAIMS, NAMESPACES, PODS
from local_aws.kubernetes.controllers.context import Reconciler
from local_aws.kubernetes.controllers.workloads import KINDS
from local_aws.kubernetes.objects import Json

_PROTECTION = "kubernetes.io/pvc-protection"
"""What keeps a claim until no pod uses it."""


class Housekeeping(Reconciler):
    """Furnishes and empties namespaces, and deletes what has lost its owner."""

    def reconcile(self) -> bool:
        """Put in what is missing, and clear up what is left over."""
        namespaces = self._api.list(NAMESPACES)
        going = [one for one in namespaces if objects.is_terminating(one)]
        furnished = self._furnish([one for one in namespaces if one not in going])
        emptied = [self._empty(namespace) for namespace in going]
        return self._collect() or furnished or any(emptied)

    def _furnish(self, namespaces: Sequence[Json]) -> bool:
        """Give every namespace its default service account and the cluster's authority."""
        changed, authority = False, {"ca.crt": self._context.certificate_authority}
        for kind, name, content in (
            (kinds.SERVICE_ACCOUNTS, "default", {}),
            (kinds.CONFIG_MAPS, "kube-root-ca.crt", {"data": authority}),
        ):
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
        """Delete pods whose owner is gone, and free claims that are being deleted."""
        # What is owned is looked at first: an owner that comes meanwhile must not be missed.
        pods = [pod for pod in self._api.list(PODS) if not objects.is_terminating(pod)]
        alive = {objects.uid(obj) for kind in KINDS for obj in self._api.list(kind)}
        lost = [pod for pod in pods if _lost(pod, alive)]
        for pod in lost:
            self._api.delete(PODS, pod)
        going = [claim for claim in self._api.list(CLAIMS) if objects.is_terminating(claim)]
        held = [claim for claim in going if _PROTECTION in items(claim, "metadata", "finalizers")]
        for claim in held:
            kept = [one for one in claim["metadata"]["finalizers"] if one != _PROTECTION]
            self._api.patch(CLAIMS, claim, {"metadata": {"finalizers": kept}})
        return bool(lost or held)


def _lost(pod: Json, alive: Collection[str]) -> bool:
    """Tell whether a pod's controller is of a kind that is played here, and gone."""
    owner = objects.controller(pod) or {}
    return owner.get("kind") in {kind.kind for kind in KINDS} and owner["uid"] not in alive

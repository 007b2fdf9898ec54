"""Deployments: one ReplicaSet of the newest template; that of another one goes at once."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import DEPLOYMENTS, REPLICA_SETS
from local_aws.kubernetes.controllers import status
from local_aws.kubernetes.controllers.context import Reconciler
from local_aws.kubernetes.controllers.workloads import REFUSED, owned_by, owns, template_hash
from local_aws.kubernetes.objects import Json

_HASH = "pod-template-hash"


class Deployments(Reconciler):
    """Keeps every Deployment's ReplicaSet and status."""

    def reconcile(self) -> bool:
        """Bring each Deployment's ReplicaSet to its template and replicas."""
        replica_sets = self._api.list(REPLICA_SETS)
        changed = False
        for deployment in self._api.list(DEPLOYMENTS):
            if not objects.is_terminating(deployment):
                owned = [one for one in replica_sets if owns(deployment, one)]
                changed |= self._step(deployment, owned)
        return changed

    def _step(self, deployment: Json, owned: Sequence[Json]) -> bool:
        template, replicas = template_hash(deployment), deployment["spec"]["replicas"]
        new = next((one for one in owned if objects.labels(one).get(_HASH) == template), None)
        for one in owned:
            if one is not new and not objects.is_terminating(one):
                self._api.delete(REPLICA_SETS, one)
        if new is None:
            self._api.create(REPLICA_SETS, _replica_set(deployment, template))
            return True
        if new["spec"]["replicas"] != replicas:
            self._api.patch(REPLICA_SETS, new, {"spec": {"replicas": replicas}})
            return True
        return self._count(deployment, new) or len(owned) > 1

    def _count(self, deployment: Json, new: Json) -> bool:
        replicas, counts = deployment["spec"]["replicas"], new.get("status") or {}
        present, ready = (counts.get(key, 0) for key in ("replicas", "readyReplicas"))
        is_new = counts.get("observedGeneration") == new["metadata"]["generation"]
        complete = is_new and present == ready == replicas
        available = "MinimumReplicasAvailable" if complete else "MinimumReplicasUnavailable"
        progress = "NewReplicaSetAvailable" if complete else "ReplicaSetUpdated"
        said = [
            status.condition("Available", status=complete, reason=available),
            # Helm waits for it (kstatus).
            status.condition("Progressing", status=True, reason=progress),
            *filter(None, [objects.condition(new, REFUSED)]),
        ]
        before = (deployment.get("status") or {}).get("conditions") or ()
        return status.write(
            self._api,
            DEPLOYMENTS,
            deployment,
            observedGeneration=deployment["metadata"]["generation"],
            replicas=present,
            updatedReplicas=present,
            readyReplicas=ready,
            availableReplicas=ready,
            unavailableReplicas=replicas - ready,
            conditions=status.merged([one for one in before if one["type"] != REFUSED], *said),
        )


def _replica_set(deployment: Json, template: str) -> Json:
    spec = copy.deepcopy(deployment["spec"])
    labels = {**objects.labels(spec["template"]), _HASH: template}
    spec["template"].setdefault("metadata", {})["labels"] = labels
    selector = spec["selector"]
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), _HASH: template}
    return {
        "metadata": {
            "name": f"{objects.name(deployment)}-{template}",
            "namespace": objects.namespace(deployment),
            "labels": labels,
            "ownerReferences": owned_by(deployment),
        },
        "spec": {key: spec[key] for key in ("replicas", "selector", "template")},
    }

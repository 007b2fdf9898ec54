"""Deployments: a ReplicaSet per revision, roll-out and roll-back, conditions and history."""

from __future__ import annotations

import copy
import hashlib
import json

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import DEPLOYMENTS, REPLICA_SETS
from local_aws.kubernetes.controllers import deployment_status, events, rollout
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.ownership import owner_reference, owns
from local_aws.kubernetes.objects import Json

REVISION = "deployment.kubernetes.io/revision"
_DESIRED = "deployment.kubernetes.io/desired-replicas"
_MAXIMUM = "deployment.kubernetes.io/max-replicas"
_HASH = "pod-template-hash"
_HASH_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_NOT_COPIED = {
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    _DESIRED,
    _MAXIMUM,
    "deployment.kubernetes.io/revision-history",
    "deprecated.deployment.rollback.to",
}


class Deployments:
    """Keeps every Deployment's ReplicaSets as it wants them."""

    def __init__(self, context: Context) -> None:
        self._api = context.api

    def reconcile(self) -> bool:
        """Take each Deployment a step on."""
        replica_sets = self._api.list(REPLICA_SETS)
        changed = False
        for deployment in self._api.list(DEPLOYMENTS):
            if objects.is_terminating(deployment):
                continue
            owned = [one for one in replica_sets if owns(deployment, one)]
            changed |= self._step(deployment, sorted(owned, key=revision))
        return changed

    def _step(self, deployment: Json, owned: list[Json]) -> bool:
        new = _matching(deployment, owned)
        old = [one for one in owned if one is not new]
        paused = bool(deployment["spec"].get("paused"))
        changed = False
        may_create = not paused and not self._waits_to_recreate(deployment, old)
        if new is None and may_create:
            new = self._create(deployment, owned)
            changed = True
        elif new is not None and not paused:
            changed = self._mark_revision(deployment, new, old)
        if not changed:
            changed = self._scale(deployment, new, old) or self._trim(deployment, new, old)
        return self._write_status(deployment, new, old) or changed

    def _waits_to_recreate(self, deployment: Json, old: list[Json]) -> bool:
        if deployment["spec"]["strategy"]["type"] != "Recreate":
            return False
        return any(deployment_status.pods(one).present for one in old)

    def _create(self, deployment: Json, owned: list[Json]) -> Json:
        spec = deployment["spec"]
        template = copy.deepcopy(spec["template"])
        template_hash = _template_hash(template)
        labels = {**objects.labels(template), _HASH: template_hash}
        template.setdefault("metadata", {})["labels"] = labels
        selector = copy.deepcopy(spec["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), _HASH: template_hash}
        replica_set = {
            "metadata": {
                "name": f"{objects.name(deployment)}-{template_hash}",
                "namespace": objects.namespace(deployment),
                "labels": labels,
                "annotations": _annotations(deployment, revision=_next_revision(owned)),
                "ownerReferences": [owner_reference(deployment)],
            },
            "spec": {
                # Scaling is the next step's work.
                "replicas": 0,
                "selector": selector,
                "template": template,
                **(
                    {"minReadySeconds": spec["minReadySeconds"]}
                    if spec.get("minReadySeconds")
                    else {}
                ),
            },
        }
        return self._api.create(REPLICA_SETS, replica_set)

    def _mark_revision(self, deployment: Json, new: Json, old: list[Json]) -> bool:
        """Give a ReplicaSet that is the newest again, after a roll-back, a new revision."""
        newest = max((revision(one) for one in old), default=0)
        number = newest + 1 if revision(new) <= newest else revision(new)
        wanted = {**objects.annotations(new), **_annotations(deployment, revision=number)}
        if wanted == objects.annotations(new):
            return False
        self._api.patch(REPLICA_SETS, new, {"metadata": {"annotations": wanted}})
        return True

    def _scale(self, deployment: Json, new: Json | None, old: list[Json]) -> bool:
        spec = deployment["spec"]
        replicas = spec["replicas"]
        counts = [deployment_status.pods(one) for one in old]
        mine = (
            deployment_status.pods(new) if new else rollout.Pods(wanted=0, present=0, available=0)
        )
        if spec.get("paused"):
            # A paused roll-out still follows `kubectl scale`, with the ReplicaSet that is in use.
            active = [one for one in [*old, new] if one and one["spec"]["replicas"]]
            if len(active) == 1:
                return self._resize(deployment, active[0], replicas)
            return False
        if spec["strategy"]["type"] == "Recreate":
            emptied = [self._resize(deployment, one, 0) for one in old]
            return any(emptied) or (new is not None and self._resize(deployment, new, replicas))
        limits = _limits(deployment)
        wanted = rollout.new_replicas(replicas=replicas, new=mine, old=counts, limits=limits)
        if new and self._resize(deployment, new, wanted):
            return True
        kept = rollout.old_replicas(replicas=replicas, new=mine, old=counts, limits=limits)
        changed = False
        for one, keep in zip(old, kept, strict=True):
            changed |= self._resize(deployment, one, keep)
        return changed

    def _resize(self, deployment: Json, replica_set: Json, replicas: int) -> bool:
        before = replica_set["spec"]["replicas"]
        if before == replicas:
            return False
        self._api.replace(
            REPLICA_SETS, {**replica_set, "spec": {**replica_set["spec"], "replicas": replicas}}
        )
        direction = "up" if replicas > before else "down"
        message = f"Scaled {direction} replica set {objects.name(replica_set)} from {before} to {replicas}"
        events.record(
            self._api,
            deployment,
            component="deployment-controller",
            reason="ScalingReplicaSet",
            message=message,
        )
        return True

    def _trim(self, deployment: Json, new: Json | None, old: list[Json]) -> bool:
        """Delete the oldest revisions beyond revisionHistoryLimit, if they have no pods."""
        if not deployment_status.is_complete(deployment, new, old):
            return False
        idle = [one for one in old if not deployment_status.pods(one).present]
        limit: int = deployment["spec"]["revisionHistoryLimit"]
        surplus = max(0, len(idle) - limit)
        for one in idle[:surplus]:
            self._api.delete(REPLICA_SETS, one)
        return surplus > 0

    def _write_status(self, deployment: Json, new: Json | None, old: list[Json]) -> bool:
        if new is not None and objects.annotations(deployment).get(REVISION) != str(revision(new)):
            number = {REVISION: str(revision(new))}
            self._api.patch(DEPLOYMENTS, deployment, {"metadata": {"annotations": number}})
            return True
        status = deployment_status.status(deployment, new, old)
        if status == deployment.get("status"):
            return False
        self._api.replace(DEPLOYMENTS, {**deployment, "status": status}, subresource="status")
        return True


def revision(replica_set: Json) -> int:
    """Return a ReplicaSet's revision."""
    return int(objects.annotations(replica_set).get(REVISION, "0"))


def _next_revision(owned: list[Json]) -> int:
    return max((revision(one) for one in owned), default=0) + 1


def _annotations(deployment: Json, *, revision: int) -> dict[str, str]:
    replicas = deployment["spec"]["replicas"]
    is_rolling = deployment["spec"]["strategy"]["type"] == "RollingUpdate"
    surge = _limits(deployment).surge if is_rolling else 0
    copied = {k: v for k, v in objects.annotations(deployment).items() if k not in _NOT_COPIED}
    return {
        **copied,
        REVISION: str(revision),
        _DESIRED: str(replicas),
        _MAXIMUM: str(replicas + surge),
    }


def _limits(deployment: Json) -> rollout.Limits:
    rolling = deployment["spec"]["strategy"]["rollingUpdate"]
    return rollout.limits(
        replicas=deployment["spec"]["replicas"],
        max_surge=rolling["maxSurge"],
        max_unavailable=rolling["maxUnavailable"],
    )


def _matching(deployment: Json, owned: list[Json]) -> Json | None:
    wanted = _template_hash(deployment["spec"]["template"])
    return next((one for one in owned if _template_hash(one["spec"]["template"]) == wanted), None)


def _template_hash(template: Json) -> str:
    """Return a name for a template, the same for equal ones; no vowels, so no words."""
    plain = copy.deepcopy(template)
    (plain.setdefault("metadata", {}).get("labels") or {}).pop(_HASH, None)
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).digest()
    return "".join(_HASH_LETTERS[byte % len(_HASH_LETTERS)] for byte in digest[:10])

"""PodDisruptionBudgets: how many pods may go now."""

from __future__ import annotations

from kube import selectors
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import DEPLOYMENTS, DISRUPTION_BUDGETS, PODS, REPLICA_SETS
from local_aws.kubernetes.controllers import conditions
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.ownership import is_active
from local_aws.kubernetes.controllers.rollout import scaled
from local_aws.kubernetes.objects import Json, look_up


class DisruptionBudgets:
    """Keeps every budget's status."""

    def __init__(self, context: Context) -> None:
        self._api = context.api

    def reconcile(self) -> bool:
        """Count what each budget protects."""
        budgets = self._api.list(DISRUPTION_BUDGETS)
        if not budgets:
            return False
        pods = [pod for pod in self._api.list(PODS) if is_active(pod)]
        owners = {
            objects.uid(one): one
            for kind in (REPLICA_SETS, DEPLOYMENTS)
            for one in self._api.list(kind)
        }
        changed = False
        for budget in budgets:
            status = _status(budget, pods, owners)
            if status != budget.get("status"):
                wanted = {**budget, "status": status}
                self._api.replace(DISRUPTION_BUDGETS, wanted, subresource="status")
                changed = True
        return changed


def _status(budget: Json, pods: list[Json], owners: dict[str, Json]) -> Json:
    selector = look_up(budget, "spec", "selector")
    protected = [
        pod
        for pod in pods
        if objects.namespace(pod) == objects.namespace(budget)
        and selectors.matches(selector, objects.labels(pod))
    ]
    expected = _expected(protected, owners)
    healthy = sum(objects.is_true(pod, "Ready") for pod in protected)
    desired = _desired(budget["spec"], expected)
    allowed = max(0, healthy - desired) if expected else 0
    reason = "SufficientPods" if allowed else "InsufficientPods"
    wanted = conditions.condition("DisruptionAllowed", status=allowed > 0, reason=reason)
    # The schema asks for a message, and Kubernetes writes an empty one.
    wanted |= {"message": "", "observedGeneration": budget["metadata"]["generation"]}
    return {
        "observedGeneration": budget["metadata"]["generation"],
        "expectedPods": expected,
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": allowed,
        "conditions": conditions.merge(look_up(budget, "status", "conditions") or (), wanted),
    }


def _expected(pods: list[Json], owners: dict[str, Json]) -> int:
    """Return how many pods their owners want: a Deployment's replicas, not its ReplicaSets'."""
    replicas: dict[str, int] = {}
    for pod in pods:
        top = pod
        while (reference := objects.controller(top)) and reference["uid"] in owners:
            top = owners[reference["uid"]]
        replicas[objects.uid(top)] = 1 if top is pod else top["spec"]["replicas"]
    return sum(replicas.values())


def _desired(spec: Json, expected: int) -> int:
    if spec.get("maxUnavailable") is not None:
        return max(0, expected - scaled(spec["maxUnavailable"], expected, up=True))
    return scaled(spec.get("minAvailable", 0), expected, up=True)

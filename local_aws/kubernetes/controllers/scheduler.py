"""The scheduler: it gives each pod a node, or says why it can't."""

from __future__ import annotations

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES, PODS, Client
from local_aws.kubernetes.controllers import conditions, events
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.fargate import Fargate, is_fargate
from local_aws.kubernetes.controllers.ownership import is_active
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes.placement import Placement


class Scheduler:
    """Places pods: on Fargate those that a profile selects, the others on the groups' nodes."""

    def __init__(self, context: Context) -> None:
        self._api = context.api
        self._fargate = Fargate(context)

    def reconcile(self) -> bool:
        """Place every pod that has no node yet, and take down Fargate nodes without a pod."""
        pods = [pod for pod in self._api.list(PODS) if is_active(pod)]
        nodes = self._api.list(NODES)
        changed = self._fargate.remove_idle(nodes, pods)
        waiting = [pod for pod in pods if not pod["spec"].get("nodeName")]
        if not waiting:
            return changed
        placement = Placement(nodes, pods)
        profiles = self._fargate.profiles()
        for pod in waiting:
            node: Json | None
            profile = self._fargate.profile_of(pod, profiles)
            if profile is not None:
                node, why = self._fargate.node_for(pod, profile, nodes)
            else:
                found, why = placement.choose(pod)
                node = dict(found) if found else None
            if node is None:
                changed |= reject(self._api, pod, why)
                continue
            bind(self._api, pod, node)
            placement.add({**pod, "spec": {**pod["spec"], "nodeName": objects.name(node)}})
            if is_fargate(node):
                nodes.append(node)
            changed = True
        return changed


def bind(api: Client, pod: Json, node: Json) -> None:
    """Give a pod its node."""
    target = {"apiVersion": "v1", "kind": "Node", "name": objects.name(node)}
    metadata = {"name": objects.name(pod), "namespace": objects.namespace(pod)}
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": metadata, "target": target}
    api.create(PODS, binding, name=objects.name(pod), subresource="binding")
    message = f"Successfully assigned {objects.namespace(pod)}/{objects.name(pod)} to {objects.name(node)}"
    events.record(api, pod, component="default-scheduler", reason="Scheduled", message=message)


def reject(api: Client, pod: Json, why: str) -> bool:
    """Write into a pod's status why no node takes it."""
    status = pod.get("status") or {}
    wanted = conditions.condition("PodScheduled", status=False, reason="Unschedulable", message=why)
    merged = conditions.merge(status.get("conditions") or (), wanted)
    if merged == status.get("conditions"):
        return False
    api.patch(PODS, pod, {"status": {"conditions": merged}}, subresource="status")
    events.record(
        api,
        pod,
        component="default-scheduler",
        reason="FailedScheduling",
        message=why,
        warning=True,
    )
    return True

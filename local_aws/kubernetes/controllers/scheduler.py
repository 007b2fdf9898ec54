"""The scheduler: it gives each pod a node, or says why it can't."""

from __future__ import annotations

from kube.values import look_up
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES, PODS
from local_aws.kubernetes.controllers.context import Context, Reconciler
from local_aws.kubernetes.controllers.fargate import Fargate, is_fargate, profile_of
from local_aws.kubernetes.controllers.workloads import is_active
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes.placement import choose


class Scheduler(Reconciler):
    """Places pods: on Fargate those that a profile selects, the others on the groups' nodes."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._fargate = Fargate(context)

    def reconcile(self) -> bool:
        """Place every pod that has no node yet, and take down Fargate nodes without a pod."""
        pods = [pod for pod in self._api.list(PODS) if is_active(pod)]
        nodes = self._api.list(NODES)
        changed = self._fargate.remove_idle(nodes, pods)
        waiting = [pod for pod in pods if not pod["spec"].get("nodeName")]
        profiles = self._fargate.profiles() if waiting else []
        placed = [pod for pod in pods if pod["spec"].get("nodeName")]
        for pod in waiting:
            profile = profile_of(pod, profiles)
            if profile is not None:
                node, why = self._fargate.node_for(pod, profile, nodes)
            else:
                found, why = choose(pod, nodes, placed)
                node = dict(found) if found else None
            if node is None:
                changed |= self._reject(pod, why)
                continue
            self._bind(pod, objects.name(node))
            pod["spec"]["nodeName"] = objects.name(node)
            placed.append(pod)
            if is_fargate(node):
                nodes.append(node)
            changed = True
        return changed

    def _bind(self, pod: Json, node: str) -> None:
        metadata = {"name": objects.name(pod), "namespace": objects.namespace(pod)}
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": metadata, "target": target}
        self._api.create(PODS, binding, name=objects.name(pod), subresource="binding")

    def _reject(self, pod: Json, why: str) -> bool:
        """Write into a pod's status why no node takes it."""
        said = objects.new_condition(
            "PodScheduled", status=False, reason="Unschedulable", message=why
        )
        conditions = objects.merged_conditions(look_up(pod, "status", "conditions"), said)
        return self._api.write_status(PODS, pod, conditions=conditions)

"""The kubelets: pods that have a node run at once, and say honestly that nothing runs."""

from __future__ import annotations

from collections.abc import Sequence

from kube.values import look_up
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES, PODS
from local_aws.kubernetes.controllers.context import Reconciler
from local_aws.kubernetes.controllers.fargate import is_fargate
from local_aws.kubernetes.controllers.node_objects import SUBNET, address_of, free_address
from local_aws.kubernetes.objects import Json

MESSAGE = "Simulated by the local emulator: no container runs."


class Kubelets(Reconciler):
    """Simulates the kubelet of every node, and removes pods of nodes that are gone."""

    def reconcile(self) -> bool:
        """Start placed pods, finish those that are going away."""
        nodes = {objects.name(node): node for node in self._api.list(NODES)}
        pods = self._api.list(PODS)
        changed = False
        for pod in pods:
            placed_on = pod["spec"].get("nodeName")
            if placed_on and (objects.is_terminating(pod) or placed_on not in nodes):
                self._api.delete(PODS, pod, now=True)
                changed = True
            elif placed_on and look_up(pod, "status", "phase") not in ("Running", "Succeeded"):
                # Others of this round must not get the same address.
                pod["status"] = _status(pod, nodes[placed_on], pods)
                self._api.patch(PODS, pod, {"status": pod["status"]}, subresource="status")
                changed = True
        return changed


def _status(pod: Json, node: Json, pods: Sequence[Json]) -> Json:
    before = pod.get("status") or {}
    now = before.get("startTime") or objects.timestamp()
    over = (objects.controller(pod) or {}).get("kind") == "Job"
    said = [objects.new_condition(kind, status=True) for kind in ("Initialized", "PodScheduled")]
    why = "PodCompleted" if over else ""
    kinds = ("ContainersReady", "Ready")
    said += [objects.new_condition(kind, status=not over, reason=why) for kind in kinds]
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}
    address = before.get("podIP") or _free_address(pod, node, pods)
    return {
        "phase": "Succeeded" if over else "Running",
        "message": MESSAGE,
        "conditions": objects.merged_conditions(before.get("conditions"), *said),
        "hostIP": address_of(node),
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": now,
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "restartCount": 0,
                "ready": not over,
                "state": {"terminated": ended} if over else {"running": {"startedAt": now}},
            }
            for container in pod["spec"].get("containers") or ()
        ],
    }


def _free_address(pod: Json, node: Json, pods: Sequence[Json]) -> str:
    subnet = objects.annotations(node).get(SUBNET)
    # Fargate's pod and node share an address; a node that somebody made by hand has no subnet.
    if pod["spec"].get("hostNetwork") or is_fargate(node) or not subnet:
        return address_of(node)
    taken = {look_up(one, "status", "podIP") for one in pods}
    return free_address(subnet, taken, from_the_end=True)

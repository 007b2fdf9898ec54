"""The kubelets: pods that have a node run at once, and say honestly that nothing runs."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES, PODS
from local_aws.kubernetes.controllers import conditions
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.fargate import is_fargate
from local_aws.kubernetes.controllers.node_objects import PLAYED, SUBNET, address_of
from local_aws.kubernetes.objects import Json, look_up

MESSAGE = "Played by the local emulator: no container runs."
# Below it lie AWS' own addresses and those of the nodes.
_FIRST_HOST = 64


class Kubelets:
    """Plays the kubelet of every node, and clears up pods of nodes that are gone."""

    def __init__(self, context: Context) -> None:
        self._api = context.api

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
            elif placed_on:
                changed |= self._run(pod, nodes[placed_on], pods)
        return changed

    def _run(self, pod: Json, node: Json, pods: Sequence[Json]) -> bool:
        if objects.annotations(pod).get(PLAYED) != "true":
            self._api.patch(PODS, pod, {"metadata": {"annotations": {PLAYED: "true"}}})
        status = _status(pod, node, pods)
        if status == pod.get("status"):
            return False
        self._api.patch(PODS, pod, {"status": status}, subresource="status")
        # Others of this round must not get the same address.
        pod["status"] = status
        return True


def _status(pod: Json, node: Json, pods: Sequence[Json]) -> Json:
    before: Json = pod.get("status") or {}
    now = before.get("startTime") or objects.timestamp()
    gates = [gate["conditionType"] for gate in pod["spec"].get("readinessGates") or ()]
    ready = all(objects.is_true(pod, gate) for gate in gates)
    kinds = ("PodReadyToStartContainers", "Initialized", "PodScheduled", "ContainersReady")
    wanted = [conditions.condition(kind, status=True) for kind in kinds]
    why = {} if ready else {"reason": "ReadinessGatesNotReady"}
    wanted.append(conditions.condition("Ready", status=ready, **why))
    own_address = before.get("podIP") or _free_address(pod, node, pods)
    containers = pod["spec"].get("containers") or ()
    return {
        **before,
        "phase": "Running",
        "message": MESSAGE,
        "conditions": conditions.merge(before.get("conditions") or (), *wanted),
        "hostIP": address_of(node),
        "hostIPs": [{"ip": address_of(node)}],
        "podIP": own_address,
        "podIPs": [{"ip": own_address}],
        "startTime": now,
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": True,
                "started": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": now}},
            }
            for container in containers
        ],
    }


def _free_address(pod: Json, node: Json, pods: Sequence[Json]) -> str:
    # Fargate's pod and node share an address; a node that somebody made by hand has no subnet.
    if (
        pod["spec"].get("hostNetwork")
        or is_fargate(node)
        or SUBNET not in objects.annotations(node)
    ):
        return address_of(node)
    network = ipaddress.IPv4Network(objects.annotations(node)[SUBNET])
    taken = {look_up(one, "status", "podIP") for one in pods}
    first = int(network.network_address) + min(_FIRST_HOST, network.num_addresses // 2)
    addresses = (
        str(ipaddress.IPv4Address(n)) for n in range(first, int(network.broadcast_address))
    )
    return next(address for address in addresses if address not in taken)

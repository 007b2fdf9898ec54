"""The nodes of the cluster's node groups: the desired number, spread over the zones."""

from __future__ import annotations

import math
import time
from collections import Counter
from typing import Any

from capacity.cni import Cni
from capacity.instance_types import instance_type
from capacity.pods import type_limit
from kube.scheduling import ZONE
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES
from local_aws.kubernetes.controllers.context import Context, Reconciler
from local_aws.kubernetes.controllers.node_objects import (
    ARCHITECTURE,
    GIVEN_LABELS,
    Registration,
    Registry,
    kubelet_version,
)
from local_aws.kubernetes.objects import Json

NODE_GROUP = "eks.amazonaws.com/nodegroup"
# Rounds come faster than groups change, and the emulator has other work.
_GROUPS_SECONDS = 0.8
_GONE = ("CREATE_FAILED", "DELETING", "DELETE_FAILED")
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


class Nodes(Reconciler):
    """Creates the nodes of EKS node groups, and removes them when a group shrinks or is deleted."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._eks, self._registry = context.aws("eks"), Registry(context)
        self._known_groups: list[dict[str, Any]] = []
        self._asked = -math.inf

    def reconcile(self) -> bool:
        """Bring every group's nodes to its size, labels, taints and version."""
        groups = self._groups()
        nodes = self._api.list(NODES)
        names = {None, *(group["nodegroupName"] for group in groups)}
        gone = [node for node in nodes if objects.labels(node).get(NODE_GROUP) not in names]
        for node in gone:
            self._api.delete(NODES, node)
        changed = bool(gone)
        for group in groups:
            name = group["nodegroupName"]
            own = [node for node in nodes if objects.labels(node).get(NODE_GROUP) == name]
            changed |= self._resize(group, own, nodes)
        return changed

    def _groups(self) -> list[dict[str, Any]]:
        if time.monotonic() >= self._asked + _GROUPS_SECONDS:
            cluster = {"clusterName": self._context.cluster}
            names = self._eks.list_nodegroups(**cluster)["nodegroups"]
            answers = [self._eks.describe_nodegroup(**cluster, nodegroupName=n) for n in names]
            groups = [answer["nodegroup"] for answer in answers]
            self._known_groups = [group for group in groups if group["status"] not in _GONE]
            self._asked = time.monotonic()
        return self._known_groups

    def _resize(self, group: dict[str, Any], own: list[Json], nodes: list[Json]) -> bool:
        machine = instance_type((group.get("instanceTypes") or ["t3.medium"])[0])
        cpu, pods = str(machine.vcpus), str(type_limit(Cni(), machine).pods)
        wanted = Registration(
            subnets=group["subnets"],
            version=kubelet_version(group["version"]),
            capacity={"cpu": cpu, "memory": f"{machine.memory_mib}Mi", "pods": pods},
            labels={
                NODE_GROUP: group["nodegroupName"],
                "node.kubernetes.io/instance-type": machine.name,
                ARCHITECTURE: _ARCHITECTURES[machine.architecture],
                "eks.amazonaws.com/capacityType": group.get("capacityType") or "ON_DEMAND",
                **(group.get("labels") or {}),
            },
            taints=_taints(group),
        )
        # A new version comes with new nodes; the old ones go once these are there.
        current = [n for n in own if n["status"]["nodeInfo"]["kubeletVersion"] == wanted.version]
        surplus = [node for node in own if node not in current]
        kept, size = list(current), group["scalingConfig"]["desiredSize"]
        while len(kept) > size:
            crowds = Counter(objects.labels(node).get(ZONE) for node in kept)
            fullest = max(kept, key=lambda node: crowds[objects.labels(node).get(ZONE)])
            kept.remove(fullest)
            surplus.append(fullest)
        relabelled = [self._relabel(wanted, node) for node in kept]
        missing = size - len(kept)
        for _ in range(missing):
            kept.append(self._registry.register(wanted, nodes, kept))
            nodes.append(kept[-1])
        for node in surplus:
            self._api.delete(NODES, node)
        return any(relabelled) or missing > 0 or bool(surplus)

    def _relabel(self, wanted: Registration, node: Json) -> bool:
        """Give a node its group's labels and taints, as EKS does when the group changes."""
        given = (objects.annotations(node).get(GIVEN_LABELS) or "").split()
        labels = {**dict.fromkeys(given), **wanted.labels}
        now = {key: objects.labels(node).get(key) for key in labels}
        if now == labels and (node["spec"].get("taints") or []) == wanted.taints:
            return False
        metadata = {"labels": labels, "annotations": {GIVEN_LABELS: " ".join(wanted.labels)}}
        self._api.patch(NODES, node, {"metadata": metadata, "spec": {"taints": wanted.taints}})
        return True


def _taints(group: dict[str, Any]) -> list[Json]:
    # NO_SCHEDULE is NoSchedule in Kubernetes, and an empty value is none.
    found = group.get("taints") or ()
    named = [{**one, "effect": one["effect"].title().replace("_", "")} for one in found]
    return [{key: of for key, of in taint.items() if of} for taint in named]

"""The nodes of the cluster's node groups: as many as each wants, spread over its zones."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from kube.scheduling import ZONE
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES
from local_aws.kubernetes.controllers import node_objects
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.node_objects import NODE_GROUP, NodeRequest
from local_aws.kubernetes.controllers.subnets import Subnets
from local_aws.kubernetes.objects import Json

_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
# Rounds come faster than groups change, and the emulator has other work.
_GROUPS_SECONDS = 0.8
_GONE = ("CREATE_FAILED", "DELETING", "DELETE_FAILED")
# Which labels of a node its group gave it, so that a label that the group drops goes too.
_GROUP_LABELS = "local-aws/group-labels"


class Nodes:
    """Makes the nodes of EKS node groups, and takes them away when a group shrinks or goes."""

    def __init__(self, context: Context) -> None:
        self._api = context.api
        self._eks = context.aws("eks")
        self._cluster = context.cluster
        self._region = context.region
        self._subnets = Subnets(context)
        self._known_groups: dict[str, dict[str, Any]] = {}
        self._asked = -math.inf

    def reconcile(self) -> bool:
        """Bring every group's nodes to its size, labels, taints and version."""
        groups = self._groups()
        nodes = self._api.list(NODES)
        by_group: dict[str, list[Json]] = {name: [] for name in groups}
        changed = False
        for node in nodes:
            owner = objects.labels(node).get(NODE_GROUP)
            if owner in by_group:
                by_group[owner].append(node)
            elif owner is not None:
                self._api.delete(NODES, node)
                changed = True
        for name, group in groups.items():
            changed |= self._resize(group, by_group[name], nodes)
        return changed

    def _groups(self) -> dict[str, dict[str, Any]]:
        if time.monotonic() < self._asked + _GROUPS_SECONDS:
            return self._known_groups
        names = self._eks.list_nodegroups(clusterName=self._cluster)["nodegroups"]
        described = [
            self._eks.describe_nodegroup(clusterName=self._cluster, nodegroupName=name)["nodegroup"]
            for name in names
        ]
        self._known_groups = {
            one["nodegroupName"]: one for one in described if one["status"] not in _GONE
        }
        self._asked = time.monotonic()
        return self._known_groups

    def _resize(self, group: dict[str, Any], own: list[Json], nodes: list[Json]) -> bool:
        version = node_objects.kubelet_version(group["version"])
        current = [one for one in own if one["status"]["nodeInfo"]["kubeletVersion"] == version]
        outdated = [one for one in own if one not in current]
        wanted = group["scalingConfig"]["desiredSize"]
        # A new version comes with new nodes; each old one goes once its successor is there.
        surplus = [*_newest_of_fullest_zone(current, len(current) - wanted)]
        if len(current) >= wanted:
            surplus += outdated[:1]
        for node in surplus:
            self._api.delete(NODES, node)
        for number in range(len(current), wanted):
            nodes.append(self._create(group, number, version, nodes))
        relabelled = [self._relabel(group, node) for node in current if node not in surplus]
        return bool(surplus) or len(current) < wanted or any(relabelled)

    def _create(
        self, group: dict[str, Any], number: int, version: str, nodes: Sequence[Json]
    ) -> Json:
        name = group["nodegroupName"]
        mates = [node for node in nodes if objects.labels(node).get(NODE_GROUP) == name]
        crowds = Counter(objects.labels(node).get(ZONE) for node in mates)
        subnet = min(self._subnets.find(group["subnets"]), key=lambda one: crowds[one.zone])
        types = group.get("instanceTypes") or ["t3.medium"]
        is_spot = group.get("capacityType") == "SPOT"
        request = NodeRequest(
            prefix="",
            address=subnet.free_address({node_objects.address_of(node) for node in nodes}),
            subnet=subnet,
            region=self._region,
            # On-demand capacity comes of the first type that there is; spot of several.
            machine=node_objects.machine(types[number % len(types)] if is_spot else types[0]),
            kubelet_version=version,
            labels=_labels(group),
            taints=_taints(group),
        )
        node = node_objects.node(request)
        node["metadata"]["annotations"][_GROUP_LABELS] = _label_keys(group)
        created = self._api.create(NODES, node)
        status = node_objects.status(request)
        return self._api.replace(NODES, {**created, "status": status}, subresource="status")

    def _relabel(self, group: dict[str, Any], node: Json) -> bool:
        """Give a node its group's labels and taints, as EKS does when the group changes."""
        dropped = {
            key: None
            for key in objects.annotations(node).get(_GROUP_LABELS, "").split(",")
            if key and key not in _labels(group)
        }
        has_labels = objects.labels(node).items() >= _labels(group).items()
        taints = _taints(group)
        if has_labels and not dropped and (node["spec"].get("taints") or []) == taints:
            return False
        metadata = {
            "labels": {**_labels(group), **dropped},
            "annotations": {_GROUP_LABELS: _label_keys(group)},
        }
        self._api.patch(NODES, node, {"metadata": metadata, "spec": {"taints": taints}})
        return True


def _newest_of_fullest_zone(nodes: Sequence[Json], count: int) -> list[Json]:
    """Return which nodes to give up, so that the zones stay even."""
    left, given_up = list(nodes), []
    for _ in range(max(0, count)):
        crowds = Counter(objects.labels(node).get(ZONE) for node in left)
        one = max(
            left,
            key=lambda node: (
                crowds[objects.labels(node).get(ZONE)],
                node["metadata"]["creationTimestamp"],
                objects.name(node),
            ),
        )
        left.remove(one)
        given_up.append(one)
    return given_up


def _labels(group: dict[str, Any]) -> dict[str, str]:
    return {
        NODE_GROUP: group["nodegroupName"],
        "eks.amazonaws.com/capacityType": group.get("capacityType") or "ON_DEMAND",
        **(group.get("labels") or {}),
    }


def _label_keys(group: dict[str, Any]) -> str:
    return ",".join(sorted(group.get("labels") or {}))


def _taints(group: dict[str, Any]) -> list[Json]:
    return [
        {
            "key": taint["key"],
            "effect": _EFFECTS[taint["effect"]],
            **({"value": taint["value"]} if taint.get("value") else {}),
        }
        for taint in group.get("taints") or ()
    ]

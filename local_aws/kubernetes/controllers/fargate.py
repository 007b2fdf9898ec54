"""Fargate: each pod that a profile selects gets a node of its own, gone with the pod."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from capacity.instance_labels import ARCHITECTURE
from kube.fargate import COMPUTE_TYPE, selector_of_api, selects, unsupported
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import CLAIMS, NODES, STORAGE_CLASSES
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.node_objects import Registration, Registry, kubelet_version
from local_aws.kubernetes.objects import Json

Profile = dict[str, Any]
_TAINT = {"key": COMPUTE_TYPE, "value": "fargate", "effect": "NoSchedule"}
# Fargate runs x86 only, and sizes each node to its pod; the largest is 16 vCPUs with 120 GiB.
_CAPACITY = {"cpu": "16", "memory": "120Gi", "pods": "1"}
# EKS notes when a profile was made more finely than Kubernetes when a pod was.
_SLACK = dt.timedelta(seconds=1)


def is_fargate(node: Json) -> bool:
    """Tell whether a node is Fargate's, made for one pod."""
    return objects.labels(node).get(COMPUTE_TYPE) == "fargate"


class Fargate:
    """Makes nodes for the pods that profiles select, and removes them."""

    def __init__(self, context: Context) -> None:
        self._api, self._eks, self._cluster = context.api, context.aws("eks"), context.cluster
        self._registry = Registry(context)

    def profiles(self) -> list[Profile]:
        """Return the cluster's profiles that take pods, by name as EKS chooses among several."""
        cluster = {"clusterName": self._cluster}
        names = sorted(self._eks.list_fargate_profiles(**cluster)["fargateProfileNames"])
        describe = self._eks.describe_fargate_profile
        found = [describe(**cluster, fargateProfileName=n)["fargateProfile"] for n in names]
        return [profile for profile in found if profile["status"] == "ACTIVE"]

    def node_for(
        self, pod: Json, profile: Profile, nodes: Sequence[Json]
    ) -> tuple[Json | None, str]:
        """Return a new node for a pod, or None with why Fargate doesn't take the pod."""
        found = unsupported(
            {**pod, "kind": "Pod"},
            claims=self._api.list(CLAIMS, objects.namespace(pod)),
            classes=self._api.list(STORAGE_CLASSES),
        )
        if found:
            obstacles = ", ".join(f"{why} ({field})" for field, why in found)
            return None, f"Pod not supported on Fargate: {obstacles}"
        cluster = self._eks.describe_cluster(name=self._cluster)["cluster"]
        wanted = Registration(
            prefix="fargate-",
            subnets=profile["subnets"],
            version=kubelet_version(cluster["version"]),
            capacity=_CAPACITY,
            labels={COMPUTE_TYPE: "fargate", ARCHITECTURE: "amd64"},
            taints=[_TAINT],
        )
        mates = [node for node in nodes if is_fargate(node)]
        return self._registry.register(wanted, nodes, mates), ""

    def remove_idle(self, nodes: list[Json], pods: Sequence[Json]) -> bool:
        """Delete Fargate's nodes whose pod is gone, from the list too."""
        used = {pod["spec"].get("nodeName") for pod in pods}
        idle = [node for node in nodes if is_fargate(node) and objects.name(node) not in used]
        for node in idle:
            self._api.delete(NODES, node)
            nodes.remove(node)
        return bool(idle)


def profile_of(pod: Json, profiles: Sequence[Profile]) -> Profile | None:
    """Return the profile that takes a pod, or None; none takes pods from before it was made."""
    made = dt.datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) + _SLACK
    if (objects.controller(pod) or {}).get("kind") == "DaemonSet":
        return None
    own = objects.namespace(pod), objects.labels(pod)
    for profile in profiles:
        taken = any(selects(selector_of_api(one), *own) for one in profile["selectors"])
        if taken and made >= profile["createdAt"]:
            return profile
    return None

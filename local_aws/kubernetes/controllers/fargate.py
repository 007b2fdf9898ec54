"""Fargate: each pod that a profile selects gets a node of its own, gone with the pod."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kube.fargate import COMPUTE_TYPE, selector_of_api, selects, unsupported
from kube.scheduling import ZONE
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import CLAIMS, NODES, STORAGE_CLASSES
from local_aws.kubernetes.controllers import node_objects
from local_aws.kubernetes.controllers.context import Context
from local_aws.kubernetes.controllers.node_objects import Machine, NodeRequest
from local_aws.kubernetes.controllers.subnets import Subnets
from local_aws.kubernetes.objects import Json

_TAINT = {"key": COMPUTE_TYPE, "value": "fargate", "effect": "NoSchedule"}
# Fargate runs x86 only, and sizes each node to its pod; the largest is 16 vCPUs with 120 GiB.
_MACHINE = Machine(
    instance_type="",
    architecture="amd64",
    capacity={"cpu": "16", "memory": "120Gi", "pods": "1"},
)
# EKS notes when a profile was made more finely than Kubernetes when a pod was.
_SLACK = dt.timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A Fargate profile: which pods it selects, and the subnets that they run in."""

    name: str
    created: dt.datetime
    selectors: Sequence[Json]
    subnets: Sequence[str]

    def selects(self, pod: Json) -> bool:
        """Tell whether the profile takes a pod; it doesn't take pods that were there before it."""
        if dt.datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) + _SLACK < self.created:
            return False
        return any(
            selects(selector_of_api(selector), objects.namespace(pod), objects.labels(pod))
            for selector in self.selectors
        )


def is_fargate(node: Json) -> bool:
    """Tell whether a node is Fargate's, made for one pod."""
    return objects.labels(node).get(COMPUTE_TYPE) == "fargate"


class Fargate:
    """Makes nodes for the pods that profiles select, and removes them."""

    def __init__(self, context: Context) -> None:
        self._api = context.api
        self._eks = context.aws("eks")
        self._cluster = context.cluster
        self._region = context.region
        self._subnets = Subnets(context)

    def profiles(self) -> list[Profile]:
        """Return the cluster's profiles that take pods, by name as EKS chooses among several."""
        names = self._eks.list_fargate_profiles(clusterName=self._cluster)["fargateProfileNames"]
        described = [
            self._eks.describe_fargate_profile(clusterName=self._cluster, fargateProfileName=name)
            for name in sorted(names)
        ]
        return [
            Profile(
                name=one["fargateProfileName"],
                created=one["createdAt"],
                selectors=one["selectors"],
                subnets=one["subnets"],
            )
            for one in (answer["fargateProfile"] for answer in described)
            if one["status"] == "ACTIVE"
        ]

    def profile_of(self, pod: Json, profiles: Sequence[Profile]) -> Profile | None:
        """Return the profile that takes a pod, or None."""
        if (objects.controller(pod) or {}).get("kind") == "DaemonSet":
            return None
        return next((profile for profile in profiles if profile.selects(pod)), None)

    def node_for(
        self, pod: Json, profile: Profile, nodes: Sequence[Json]
    ) -> tuple[Json | None, str]:
        """Return a new node for a pod, or None with why Fargate doesn't take the pod."""
        if obstacles := self._obstacles(pod):
            return None, f"Pod not supported on Fargate: {', '.join(obstacles)}"
        request = self._request(profile, nodes)
        node = node_objects.node(request)
        created = self._api.create(NODES, node)
        status = node_objects.status(request)
        return self._api.replace(NODES, {**created, "status": status}, subresource="status"), ""

    def _obstacles(self, pod: Json) -> list[str]:
        claims = [
            claim
            for claim in self._api.list(CLAIMS)
            if objects.namespace(claim) == objects.namespace(pod)
        ]
        found = unsupported(
            {**pod, "kind": "Pod"}, claims=claims, classes=self._api.list(STORAGE_CLASSES)
        )
        return [f"{why} ({field})" for field, why in found]

    def _request(self, profile: Profile, nodes: Sequence[Json]) -> NodeRequest:
        crowds = Counter(objects.labels(node).get(ZONE) for node in nodes if is_fargate(node))
        subnet = min(self._subnets.find(profile.subnets), key=lambda one: crowds[one.zone])
        taken = {node_objects.address_of(node) for node in nodes}
        return NodeRequest(
            prefix="fargate-",
            address=subnet.free_address(taken),
            subnet=subnet,
            region=self._region,
            machine=_MACHINE,
            kubelet_version=self._kubelet_version(),
            labels={COMPUTE_TYPE: "fargate"},
            taints=[_TAINT],
        )

    def _kubelet_version(self) -> str:
        cluster = self._eks.describe_cluster(name=self._cluster)["cluster"]
        return node_objects.kubelet_version(cluster["version"])

    def remove_idle(self, nodes: list[Json], pods: Sequence[Json]) -> bool:
        """Delete Fargate's nodes whose pod is gone, from the list too."""
        used = {pod["spec"].get("nodeName") for pod in pods}
        idle = [node for node in nodes if is_fargate(node) and objects.name(node) not in used]
        for node in idle:
            self._api.delete(NODES, node)
            nodes.remove(node)
        return bool(idle)

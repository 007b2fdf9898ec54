"""The nodes of EKS Auto Mode: started for pods that wait, and gone when nothing runs on them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from capacity.cni import Cni
from capacity.instance_labels import ARCHITECTURE, KUBERNETES_ARCHITECTURES, facts, meets
from capacity.instance_types import InstanceType, every_type
from capacity.pods import type_limit
from kube.values import dicts, look_up, mapping, table, text
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES, PODS, Kind
from local_aws.kubernetes.controllers.context import Context, Reconciler
from local_aws.kubernetes.controllers.node_objects import Registration, Registry, kubelet_version
from local_aws.kubernetes.controllers.workloads import is_active
from local_aws.kubernetes.objects import Json
from local_aws.kubernetes.placement import choose

POOL, DOMAIN = "karpenter.sh/nodepool", "eks.amazonaws.com"
POOLS = Kind(api_version="karpenter.sh/v1", plural="nodepools", kind="NodePool", namespaced=False)
CLASSES = Kind(api_version=f"{DOMAIN}/v1", plural="nodeclasses", kind="NodeClass", namespaced=False)
_BUILT_IN: Mapping[str, Json] = table(__file__)
_SECONDS, _MOST_PODS = 0.8, 110


class NodePools(Reconciler):
    """Makes the built-in pools of Auto Mode, and the nodes of every pool."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._eks, self._registry = context.aws("eks"), Registry(context)
        self._cluster: dict[str, Any] = {}
        self._asked = -math.inf

    def reconcile(self) -> bool:
        """Bring the pools' nodes to what pods need, or to their replicas."""
        if time.monotonic() >= self._asked + _SECONDS:
            self._cluster = self._eks.describe_cluster(name=self._context.cluster)["cluster"]
            self._asked = time.monotonic()
        compute = self._cluster.get("computeConfig") or {}
        if not compute.get("enabled"):
            return False
        pools = self._pools(compute.get("nodePools") or ())
        nodes = self._api.list(NODES)
        pods = [pod for pod in self._api.list(PODS) if is_active(pod)]
        waiting = [pod for pod in pods if objects.condition(pod, "PodScheduled") and _waits(pod)]
        gone = self._remove(pools, nodes, pods, keep_idle=bool(waiting))
        made = [*self._replicas(pools, nodes), *self._for_pods(pools, nodes, waiting)]
        return bool(gone or made)

    def _pools(self, built_in: Sequence[str]) -> list[Json]:
        """Return the pools, after what EKS makes itself is there."""
        pools = {objects.name(pool): pool for pool in self._api.list(POOLS)}
        for name in built_in:
            if name not in pools:
                pools[name] = self._api.create(POOLS, {**_BUILT_IN[name]})
        if built_in and not self._api.list(CLASSES):
            self._api.create(CLASSES, {**_BUILT_IN["default"]})
        return [*pools.values()]

    def _remove(
        self, pools: Sequence[Json], nodes: list[Json], pods: Sequence[Json], *, keep_idle: bool
    ) -> bool:
        fixed = {objects.name(each): look_up(each, "spec", "replicas") for each in pools}
        used = {pod["spec"].get("nodeName") for pod in pods if not _is_daemon(pod)}
        gone = []
        for node in nodes:
            pool = objects.labels(node).get(POOL)
            idle = objects.name(node) not in used and not keep_idle
            if pool is not None and (pool not in fixed or (fixed[pool] is None and idle)):
                gone.append(node)
        for node in gone:
            self._api.delete(NODES, node)
            nodes.remove(node)
        return bool(gone)

    def _replicas(self, pools: Sequence[Json], nodes: list[Json]) -> Iterator[Json]:
        for pool in pools:
            wanted = look_up(pool, "spec", "replicas") or 0
            for _ in range(wanted - len(_of(pool, nodes))):
                kind = next(_kinds(pool), None)
                if kind is not None:
                    yield self._start(pool, kind, nodes)

    def _for_pods(
        self, pools: Sequence[Json], nodes: list[Json], waiting: Sequence[Json]
    ) -> Iterator[Json]:
        """Yield a new node for each pod that no other new one takes."""
        new: list[Json] = []
        placed: list[Json] = []
        for pod in waiting:
            node, _ = choose(pod, new, placed)
            if node is None:
                found = next(_for_pod(pod, pools, nodes), None)
                if found is None:
                    continue
                node = self._start(*found, nodes)
                new.append(node)
                yield node
            placed.append({**pod, "spec": {**pod["spec"], "nodeName": objects.name(node)}})

    def _start(self, pool: Json, kind: InstanceType, nodes: list[Json]) -> Json:
        terms = self._terms(text(pool, "spec", "template", "spec", "nodeClassRef", "name"))
        wanted = Registration(
            subnets=terms or self._cluster["resourcesVpcConfig"]["subnetIds"],
            version=kubelet_version(self._cluster["version"]),
            **_node(pool, kind),
        )
        nodes.append(self._registry.register(wanted, nodes, _of(pool, nodes)))
        return nodes[-1]

    def _terms(self, name: str) -> list[str]:
        found = [each for each in self._api.list(CLASSES) if objects.name(each) == name]
        return [
            str(term["id"]) for each in found for term in dicts(each, "spec", "subnetSelectorTerms")
        ]


def _for_pod(
    pod: Json, pools: Sequence[Json], nodes: Sequence[Json]
) -> Iterator[tuple[Json, InstanceType]]:
    """Yield the pools that take a pod, each with the smallest type that has room for it."""
    for pool in sorted(pools, key=lambda each: -int(look_up(each, "spec", "weight") or 0)):
        for kind in _kinds(pool):
            said = _node(pool, kind)
            node = {
                "metadata": {"name": "new", "labels": said["labels"]},
                "spec": {"taints": said["taints"]},
                "status": {
                    "allocatable": said["capacity"],
                    "conditions": [{"type": "Ready", "status": "True"}],
                },
            }
            if _is_within(pool, kind, nodes) and choose(pod, [node], [])[0]:
                yield pool, kind
                break


def _kinds(pool: Json) -> Iterator[InstanceType]:
    """Yield the types of a pool, the smallest first; of those that are alike, one."""
    requirements = dicts(pool, "spec", "template", "spec", "requirements")
    seen = set()
    for kind in sorted(every_type(), key=lambda each: (each.vcpus, each.memory_mib, each.name)):
        size = kind.vcpus, kind.memory_mib, kind.architecture
        labels = facts(kind, DOMAIN)
        fits = kind.vcpus > 1 and all(
            meets(labels, each["key"], each["operator"], each.get("values") or ())
            for each in requirements
        )
        if fits and size not in seen:
            seen.add(size)
            yield kind


def _node(pool: Json, kind: InstanceType) -> dict[str, Any]:
    """Return the labels, taints and capacity of a pool's node."""
    template = mapping(pool, "spec", "template")
    limit = min(_MOST_PODS, type_limit(Cni(prefix_delegation=True), kind).pods)
    return {
        "labels": {
            **facts(kind, DOMAIN),
            ARCHITECTURE: KUBERNETES_ARCHITECTURES[kind.architecture],
            POOL: objects.name(pool),
            "eks.amazonaws.com/compute-type": "auto",
            **mapping(template, "metadata", "labels"),
        },
        "taints": [*dicts(template, "spec", "taints")],
        "capacity": {
            "cpu": str(kind.vcpus),
            "memory": f"{kind.memory_mib}Mi",
            "pods": str(limit),
        },
    }


def _is_within(pool: Json, kind: InstanceType, nodes: Sequence[Json]) -> bool:
    """Tell whether one more node stays within the limits of CPU and nodes."""
    own, limits = _of(pool, nodes), mapping(pool, "spec", "limits")
    cpu = sum(int(node["status"]["capacity"]["cpu"]) for node in own) + kind.vcpus
    return cpu <= float(limits.get("cpu", math.inf)) and len(own) < float(
        limits.get("nodes", math.inf)
    )


def _of(pool: Json, nodes: Sequence[Json]) -> list[Json]:
    return [node for node in nodes if objects.labels(node).get(POOL) == objects.name(pool)]


def _waits(pod: Json) -> bool:
    return not pod["spec"].get("nodeName") and not objects.is_true(pod, "PodScheduled")


def _is_daemon(pod: Json) -> bool:
    return (objects.controller(pod) or {}).get("kind") == "DaemonSet"

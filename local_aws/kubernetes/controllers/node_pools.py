"""The nodes of EKS Auto Mode: `replicas` of a pool, or one as long as the pool is there.

Auto Mode starts nodes when pods wait and ends idle ones. A deploy needs but a place for its pods, and a
destroy has to see nodes go with their pool.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from capacity.cni import Cni
from capacity.instance_labels import ARCHITECTURE, KUBERNETES_ARCHITECTURES, facts, meets
from capacity.instance_types import InstanceType, every_type
from capacity.pods import type_limit
from kube.values import dicts, look_up, mapping, table, text
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES, Kind
from local_aws.kubernetes.controllers.context import Context, Reconciler
from local_aws.kubernetes.controllers.node_objects import Registration, Registry, kubelet_version
from local_aws.kubernetes.objects import Json

POOL, DOMAIN = "karpenter.sh/nodepool", "eks.amazonaws.com"
POOLS = Kind(api_version="karpenter.sh/v1", plural="nodepools", kind="NodePool", namespaced=False)
CLASSES = Kind(api_version=f"{DOMAIN}/v1", plural="nodeclasses", kind="NodeClass", namespaced=False)
_BUILT_IN: Mapping[str, Json] = table(__file__)
_SECONDS, _MOST_PODS, _MOST_CPUS = 0.8, 110, 8


class NodePools(Reconciler):
    """Makes the built-in pools of Auto Mode, and the nodes of every pool."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._eks, self._registry = context.aws("eks"), Registry(context)
        self._cluster: dict[str, Any] = {}
        self._asked = -math.inf

    def reconcile(self) -> bool:
        """Bring every pool to its nodes, and end those whose pool is gone."""
        if time.monotonic() >= self._asked + _SECONDS:
            self._cluster = self._eks.describe_cluster(name=self._context.cluster)["cluster"]
            self._asked = time.monotonic()
        compute = self._cluster.get("computeConfig") or {}
        if not compute.get("enabled"):
            return False
        pools = self._pools(compute.get("nodePools") or ())
        nodes = self._api.list(NODES)
        gone = [one for one in nodes if objects.labels(one).get(POOL, "") not in {"", *pools}]
        for node in gone:
            self._api.delete(NODES, node)
            nodes.remove(node)
        before = len(nodes)
        for name, pool in pools.items():
            mates = [one for one in nodes if objects.labels(one).get(POOL) == name]
            kind = _kind(pool)
            while kind is not None and len(mates) < (look_up(pool, "spec", "replicas") or 1):
                mates.append(self._registry.register(self._node(pool, kind), nodes, mates))
                nodes.append(mates[-1])
        return bool(gone) or len(nodes) > before

    def _pools(self, built_in: Sequence[str]) -> dict[str, Json]:
        """Return the pools by name, after what EKS makes itself is there."""
        pools = {objects.name(pool): pool for pool in self._api.list(POOLS)}
        for name in built_in:
            if name not in pools:
                pools[name] = self._api.create(POOLS, {**_BUILT_IN[name]})
        if built_in and not self._api.list(CLASSES):
            self._api.create(CLASSES, {**_BUILT_IN["default"]})
        return pools

    def _node(self, pool: Json, kind: InstanceType) -> Registration:
        template = mapping(pool, "spec", "template")
        named = text(template, "spec", "nodeClassRef", "name")
        classes = [each for each in self._api.list(CLASSES) if objects.name(each) == named]
        terms = [x["id"] for each in classes for x in dicts(each, "spec", "subnetSelectorTerms")]
        limit = min(_MOST_PODS, type_limit(Cni(prefix_delegation=True), kind).pods)
        return Registration(
            subnets=terms or self._cluster["resourcesVpcConfig"]["subnetIds"],
            version=kubelet_version(self._cluster["version"]),
            labels={
                **facts(kind, DOMAIN),
                ARCHITECTURE: KUBERNETES_ARCHITECTURES[kind.architecture],
                POOL: objects.name(pool),
                f"{DOMAIN}/compute-type": "auto",
                **mapping(template, "metadata", "labels"),
            },
            taints=[dict(each) for each in dicts(template, "spec", "taints")],
            capacity={
                "cpu": str(kind.vcpus),
                "memory": f"{kind.memory_mib}Mi",
                "pods": str(limit),
            },
        )


def _kind(pool: Json) -> InstanceType | None:
    """Return the largest type, up to 8 vCPUs, that the requirements and the limit of CPU allow."""
    requirements = dicts(pool, "spec", "template", "spec", "requirements")
    most = min(_MOST_CPUS, float(look_up(pool, "spec", "limits", "cpu") or math.inf))
    fitting = (
        kind
        for kind in every_type()
        if 1 < kind.vcpus <= most
        and all(
            meets(facts(kind, DOMAIN), each["key"], each["operator"], each.get("values") or ())
            for each in requirements
        )
    )
    return max(fitting, key=lambda one: (one.vcpus, one.memory_mib, one.name), default=None)

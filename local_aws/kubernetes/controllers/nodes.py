"""The nodes of groups, managed and not, and of Auto Mode's pools: the desired number, over the zones.

Auto Mode starts nodes when pods wait and ends idle ones. A deploy needs but a place for its pods, and a
destroy has to see nodes go with their pool: a pool has its `replicas`, or one node.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from capacity.cni import Cni
from capacity.instance_labels import ARCHITECTURE, INSTANCE_TYPE, facts, meets
from capacity.instance_types import InstanceType, every_type, instance_type
from capacity.pods import type_limit
from kube.node_pools import BUILT_IN
from kube.scheduling import TAINT_EFFECTS, ZONE
from kube.values import dicts, look_up, mapping, text
from local_aws.kubernetes import objects
from local_aws.kubernetes.client import NODES, Kind
from local_aws.kubernetes.controllers.context import Context, Reconciler
from local_aws.kubernetes.controllers.node_objects import (
    IDENTITY,
    Registration,
    Registry,
    kubelet_version,
)
from local_aws.kubernetes.objects import Json

DOMAIN = "eks.amazonaws.com"
NODE_GROUP, POOL = f"{DOMAIN}/nodegroup", "karpenter.sh/nodepool"
# A label that only our nodes have; on AWS, an instance is tagged with its group.
SCALING_GROUP = "local-aws/auto-scaling-group"
OWNERS = (NODE_GROUP, SCALING_GROUP, POOL)
# Its tags, for the cluster autoscaler, say what its nodes will be.
TEMPLATE = "k8s.io/cluster-autoscaler/node-template"
POOLS = Kind(api_version="karpenter.sh/v1", plural="nodepools", kind="NodePool", namespaced=False)
CLASSES = Kind(api_version=f"{DOMAIN}/v1", plural="nodeclasses", kind="NodeClass", namespaced=False)
# Rounds come faster than groups change, and the emulator has other work.
_SECONDS = 0.8
_GONE = ("CREATE_FAILED", "DELETING", "DELETE_FAILED")
_CLASS: Json = {"snatPolicy": "Random", "networkPolicy": "DefaultAllow"}
_MOST_CPUS = 8

Owner = tuple[str, str]
"""The label that says whose a node is, and its value."""
Wanted = tuple[Owner, tuple[int, Registration]]
"""How many nodes an owner has, and what they are."""


class Nodes(Reconciler):
    """Creates the nodes of groups and pools, and removes them when one shrinks or is deleted."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._eks, self._registry = context.aws("eks"), Registry(context)
        self._scaling = context.aws("autoscaling")
        self._cluster: dict[str, Any] = {}
        self._groups: list[dict[str, Any]] = []
        self._asked = -math.inf

    def reconcile(self) -> bool:
        """Bring everybody's nodes to their number, labels, taints and version."""
        if time.monotonic() >= self._asked + _SECONDS:
            self._ask()
        wanted = dict([*map(_of_group, self._groups), *self._of_pools()])
        nodes = self._api.list(NODES)
        gone = [node for node in nodes if _owner(node) not in {None, *wanted}]
        for node in gone:
            self._api.delete(NODES, node)
        changed = bool(gone)
        for owner, (size, registration) in wanted.items():
            own = [node for node in nodes if _owner(node) == owner]
            changed |= self._resize(size, registration, own, nodes)
        return changed

    def _ask(self) -> None:
        name = self._context.cluster
        self._cluster = self._eks.describe_cluster(name=name)["cluster"]
        names = self._eks.list_nodegroups(clusterName=name)["nodegroups"]
        answers = [self._eks.describe_nodegroup(clusterName=name, nodegroupName=n) for n in names]
        groups = [answer["nodegroup"] for answer in answers]
        self._groups = [group for group in groups if group["status"] not in _GONE]
        for group in self._scaling.describe_auto_scaling_groups()["AutoScalingGroups"]:
            tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
            if f"kubernetes.io/cluster/{name}" in tags:
                self._groups.append(_described(group, tags, self._cluster["version"]))
        self._asked = time.monotonic()

    def _of_pools(self) -> Iterator[Wanted]:
        """Yield what the pools of Auto Mode want, after those that EKS makes itself are there."""
        compute = self._cluster.get("computeConfig") or {}
        if not compute.get("enabled"):
            return
        pools = {objects.name(pool): pool for pool in self._api.list(POOLS)}
        classes = {objects.name(each): each for each in self._api.list(CLASSES)}
        for name in compute.get("nodePools") or ():
            if name not in pools:
                made = {"metadata": {"name": name}, "spec": {"template": BUILT_IN[name]}}
                pools[name] = self._api.create(POOLS, made)
            if "default" not in classes:
                made = {"metadata": {"name": "default"}, "spec": _CLASS}
                classes["default"] = self._api.create(CLASSES, made)
        for name, pool in pools.items():
            if kind := _kind_of(pool):
                template = mapping(pool, "spec", "template")
                of_class = classes.get(text(template, "spec", "nodeClassRef", "name"))
                terms = [each["id"] for each in dicts(of_class, "spec", "subnetSelectorTerms")]
                registration = _registration(
                    kind,
                    subnets=terms or self._cluster["resourcesVpcConfig"]["subnetIds"],
                    version=self._cluster["version"],
                    cni=Cni(prefix_delegation=True),
                    labels={
                        **facts(kind, DOMAIN),
                        POOL: name,
                        f"{DOMAIN}/compute-type": "auto",
                        **mapping(template, "metadata", "labels"),
                    },
                    taints=[dict(each) for each in dicts(template, "spec", "taints")],
                )
                yield (POOL, name), (look_up(pool, "spec", "replicas") or 1, registration)

    def _resize(self, size: int, wanted: Registration, own: list[Json], nodes: list[Json]) -> bool:
        # What changes comes with new nodes; the old ones go once these are there.
        kept = [node for node in own if objects.annotations(node).get(IDENTITY) == wanted.identity]
        surplus = [node for node in own if node not in kept]
        while len(kept) > size:
            crowds = Counter(objects.labels(node).get(ZONE) for node in kept)
            fullest = max(kept, key=lambda node: crowds[objects.labels(node).get(ZONE)])
            kept.remove(fullest)
            surplus.append(fullest)
        missing = size - len(kept)
        for _ in range(missing):
            kept.append(self._registry.register(wanted, nodes, kept))
            nodes.append(kept[-1])
        for node in surplus:
            self._api.delete(NODES, node)
        return missing > 0 or bool(surplus)


def _owner(node: Json) -> Owner | None:
    labels = objects.labels(node)
    return next(((key, labels[key]) for key in OWNERS if key in labels), None)


def _described(group: dict[str, Any], tags: Mapping[str, str], version: str) -> dict[str, Any]:
    """Return an Auto Scaling group as EKS would describe a node group."""

    def told(what: str) -> dict[str, str]:
        start = f"{TEMPLATE}/{what}/"
        return {key.removeprefix(start): tags[key] for key in tags if key.startswith(start)}

    taints = {key: value.rpartition(":") for key, value in told("taint").items()}
    return {
        # The end of it is its own, and a label holds no more.
        "owner": (SCALING_GROUP, group["AutoScalingGroupName"][-63:].strip("-")),
        "instanceTypes": [group["LaunchConfigurationName"]],
        "subnets": group["VPCZoneIdentifier"].split(","),
        "version": version,
        "labels": told("label"),
        "taints": [{"key": of, "value": v, "effect": e} for of, (v, _, e) in taints.items()],
        "scalingConfig": {"desiredSize": group["DesiredCapacity"]},
    }


def _of_group(group: dict[str, Any]) -> Wanted:
    kind = instance_type((group.get("instanceTypes") or ["t3.medium"])[0])
    owner = group.get("owner") or (NODE_GROUP, group["nodegroupName"])
    facts_of = {"kubernetes.io/os": "windows"} if "WINDOWS" in group.get("amiType", "") else {}
    if "owner" not in group:
        facts_of[f"{DOMAIN}/capacityType"] = group.get("capacityType") or "ON_DEMAND"
    registration = _registration(
        kind,
        subnets=group["subnets"],
        version=group["version"],
        cni=Cni(),
        labels={**dict([owner]), **facts_of, **(group.get("labels") or {})},
        taints=_taints(group),
    )
    return owner, (group["scalingConfig"]["desiredSize"], registration)


def _registration(
    kind: InstanceType,
    *,
    version: str,
    cni: Cni,
    labels: Mapping[str, str],
    **more: Any,  # noqa: ANN401 - as below
) -> Registration:
    return Registration(
        version=kubelet_version(version),
        capacity={
            "cpu": str(kind.vcpus),
            "memory": f"{kind.memory_mib}Mi",
            "pods": str(type_limit(cni, kind).pods),
        },
        labels={
            **{key: facts(kind, DOMAIN)[key] for key in (INSTANCE_TYPE, ARCHITECTURE)},
            **labels,
        },
        **more,
    )


def _taints(group: dict[str, Any]) -> list[Json]:
    # An empty value is none.
    found = group.get("taints") or ()
    named = [{**one, "effect": TAINT_EFFECTS.get(one["effect"], one["effect"])} for one in found]
    return [{key: of for key, of in taint.items() if of} for taint in named]


def _kind_of(pool: Json) -> InstanceType | None:
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

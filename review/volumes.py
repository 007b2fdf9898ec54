"""What the volumes of nodes and of claims cost in a month, and the instances that wait in a warm pool."""

from __future__ import annotations

import math
from collections.abc import Iterator

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import NODE_GROUP
from assembly.kubernetes_object import KubernetesObject, once
from assembly.resource import Resource
from capacity.room import GIB
from guardrails.rules.workloads import EBS, class_of, pods_in
from guardrails.step.replacement import changes_of
from kube.quantities import amount
from kube.values import Json, dicts, flag, look_up, mapping, text
from review.labels import label, listed, size_of
from review.model import DETAILS
from review.prices import Amount, Line, Prices
from review.sides import Sides

DEFAULT_DISK_GIB = {True: 50, False: 20}
"""For Windows, and for all others (CloudFormation, AWS::EKS::Nodegroup)."""
WAITS = "WaitForFirstConsumer"
INCLUDED = {"Iops": 3000, "Throughput": 125}
"""What each gp3 volume has without a charge (EBS user guide, "General Purpose SSD volumes")."""


def price_of(group: Resource, data: Json, prices: Prices) -> Amount | None:
    """Return what the volumes of a node cost, None for types other than gp3 and for odd numbers."""
    devices = [each for each in dicts(data, "BlockDeviceMappings") if look_up(each, "Ebs")]
    default = DEFAULT_DISK_GIB[text(group.properties, "AmiType").startswith("WINDOWS")]
    if not devices:
        size = text(group.properties, "DiskSize")
        return Amount.of((int(size) if size.isdecimal() else default) * prices.volume_gib_month)
    total = 0.0
    for device in devices:
        size, kind = (text(device, "Ebs", x) for x in ("VolumeSize", "VolumeType"))
        more = {x: text(device, "Ebs", x) or str(least) for x, least in INCLUDED.items()}
        size = size or str(default)
        if kind not in {"", "gp3"} or not all(map(str.isdecimal, (size, *more.values()))):
            return None
        total += int(size) * prices.volume_gib_month
        for name, each in (
            ("Iops", prices.volume_iops_month),
            ("Throughput", prices.volume_mib_second_month),
        ):
            total += max(0, int(more[name]) - INCLUDED[name]) * each
    return Amount.of(total)


def claims(environment: Environment, prices: Prices) -> Iterator[Line]:
    """Yield the volumes of claims by the type that their class makes, gp3 by default of the EBS CSI driver.

    A class that waits for the first pod makes none for a claim that no pod mounts.
    """
    # A volume stays what it is when the class that made it goes or another becomes the default.
    made = {
        each.whole_key: kind
        for side in filter(None, [environment, environment.base])
        for each in side.kubernetes_objects("PersistentVolumeClaim")
        if (kind := class_of(side, each))
        if text(kind.content, "volumeBindingMode") != WAITS or _users(side, each)
    }
    every = environment.kubernetes_objects("PersistentVolumeClaim")
    sizes = grouped(
        (_kind(kind), amount(text(x.spec, "resources", "requests", "storage")) or 0)
        for key, x in once(every).items()
        if (kind := made.get(key)) and text(kind.content, "provisioner") in EBS
    )
    where, price = prices.where("volume_gib_month"), Amount.of(prices.volume_gib_month)
    for of in dict.fromkeys(["", *sizes]):
        gib = sum(math.ceil(each / GIB) for each in sizes.get(of, []))
        name = f"{of} volumes of claims" if of else f"volumes of claims{where}"
        yield Line(name, gib, None if of else price, of="GiB")


def _kind(storage_class: KubernetesObject) -> str:
    """Return the type of a class's volumes, empty for the one with a price: gp3 without more than it includes.

    Source: kubernetes-sigs/aws-ebs-csi-driver, docs/parameters.md.
    """
    given = mapping(storage_class.content, "parameters")
    parameters = {name.lower(): text(given, name) for name in given}
    kind = parameters.get("type", "").lower() or "gp3"
    more = {"iops", "iopspergb", "throughput"} & {*parameters}
    return kind if kind != "gp3" else "gp3 (with more IOPS or throughput)" if more else ""


def grows(sides: Sides, claim: KubernetesObject) -> str:
    """Return when the file system of a larger claim grows.

    Source: Kubernetes documentation, "Resizing an in-use PersistentVolumeClaim"; kubernetes/kubernetes,
    pkg/apis/core/validation: of a claim that isn't bound nothing may change.
    """
    users = _users(sides.after, claim)
    return DETAILS["mounted by" if users else "not mounted"].format(names=listed(users))


def _users(environment: Environment, claim: KubernetesObject) -> list[str]:
    """Return the labels of what has pods that mount a claim."""
    users = dict.fromkeys(
        label(x.owner)
        for x in pods_in(environment, claim.place)
        for volume in dicts(x.spec, "volumes")
        if text(volume, "persistentVolumeClaim", "claimName") == claim.name
    )
    return [*users]


def waiting(group: Resource) -> tuple[int | None, bool]:
    """Return how many instances wait beside the desired nodes, and whether they run.

    Source: EC2 Auto Scaling user guide, "Warm pools": up to the group's maximum, or up to
    MaxGroupPreparedCapacity, together with the group's own. Those that don't run cost their volumes.
    """
    pool = look_up(group.properties, "WarmPoolConfig") or pool_left(group)
    enabled = flag({"": pool}, "", "Enabled", default=False)
    if not pool or enabled is False:
        return 0, False
    runs = text(pool, "PoolState") == "RUNNING"
    most = text(pool, "MaxGroupPreparedCapacity") or text(
        group.properties, "ScalingConfig", "MaxSize"
    )
    desired, least = size_of(group, "Desired"), text(pool, "MinSize") or "0"
    if enabled is None or desired is None or not (most.isdecimal() and least.isdecimal()):
        return None, runs
    return max(int(least), int(most) - desired), runs


def in_pool(group: Resource) -> str:
    """Return how many instances wait, and what they cost; empty where that isn't known."""
    (more, run), desired = waiting(group), size_of(group, "Desired")
    said = DETAILS["in the pool" if run else "stopped in the pool"]
    return said.format(nodes=more, most=desired + more) if more and desired is not None else ""


def pool_left(group: Resource) -> Json:
    """Return the warm pool that an update doesn't mention, and EKS keeps (EKS API reference, WarmPoolConfig)."""
    after = group.scope.environment
    old = after.base.by_node.get(group.node) if after.base else None
    pool = mapping(old.properties, "WarmPoolConfig") if old else {}
    if after.base is None or not pool or look_up(group.properties, "WarmPoolConfig"):
        return {}
    replaced = {x.node for x in changes_of(after) if x.effect == "replaced"}
    return {} if group.node in replaced else pool


def if_pool_goes(environment: Environment) -> str:
    """Return the condition of what is true only where no such pool is left."""
    return " if the warm pool goes" * any(map(pool_left, environment.resources(NODE_GROUP)))

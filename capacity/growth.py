"""How far an environment can grow, and which limit it reaches first."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from capacity.inputs import Group, Inputs, Tier
from capacity.plan import pods_of
from capacity.quotas import (
    CLUSTER_NODES,
    CLUSTER_PODS,
    FARGATE_VCPUS,
    GROUPS_PER_CLUSTER,
    MOST_SPREAD,
    NETWORK_ADDRESS_USAGE,
    NETWORK_ADDRESS_USAGE_RAISED,
    NODES_PER_GROUP,
    SMALLEST_FARGATE_POD,
)
from capacity.scaling import grown, largest
from capacity.subnet_plan import SubnetPlan, plan_subnet
from capacity.usage import worst_usage


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One limit of growth: how many nodes and pods it allows, and the next step.

    `final` limits can't be raised in this cluster: beyond them there is a second one.
    """

    name: str
    size: int
    pods: int
    beyond: str
    final: bool = False


@dataclass(frozen=True, kw_only=True)
class Growth:
    """All limits, the nearest first. Sizes are in `unit`; `desired` and `maximum` are today's."""

    unit: Literal["nodes", "Fargate pods"]
    desired: int
    maximum: int
    limits: tuple[Limit, ...]

    @property
    def first(self) -> Limit:
        """Return the limit that is reached first."""
        return self.limits[0]

    @property
    def second_cluster(self) -> Limit:
        """Return the first limit that requires a second cluster."""
        return next(limit for limit in self.limits if limit.final)


@functools.lru_cache(maxsize=256)
def make_growth(inputs: Inputs, *, with_range: Inputs | None = None) -> Growth:
    """Compute every limit of an environment.

    `with_range` is the same one with a range of its own for pods, where it could still get one. Of several
    environments many have the same network and nodes, and so the same limits.
    """
    by_nodes = bool(inputs.groups)
    today = (
        sum(group.maximum for group in inputs.groups)
        if by_nodes
        else sum(profile.pods for profile in inputs.fargate)
    )
    limits = sorted(_limits(inputs, with_range), key=lambda limit: (limit.size, limit.final))
    return Growth(
        unit="nodes" if by_nodes else "Fargate pods",
        desired=sum(group.desired for group in inputs.groups) if by_nodes else today,
        maximum=today,
        limits=tuple(limits),
    )


def _limit(
    inputs: Inputs,
    name: str,
    holds: Callable[[Inputs], bool],
    *,
    beyond: str,
    final: bool = False,
) -> Limit:
    size = largest(lambda size: holds(grown(inputs, size)))
    pods = pods_of(grown(inputs, size))
    return Limit(name=name, size=size, pods=pods, beyond=beyond, final=final)


def _limits(inputs: Inputs, with_range: Inputs | None) -> Iterator[Limit]:
    yield from _addresses(inputs, with_range)
    yield _limit(
        inputs,
        f"network address usage, {NETWORK_ADDRESS_USAGE:,} units by default",
        lambda larger: worst_usage(larger) <= NETWORK_ADDRESS_USAGE,
        beyond="request a quota increase",
    )
    yield _limit(
        inputs,
        f"network address usage, {NETWORK_ADDRESS_USAGE_RAISED:,} units maximum",
        lambda larger: worst_usage(larger) <= NETWORK_ADDRESS_USAGE_RAISED,
        beyond="a second cluster in its own VPC",
        final=True,
    )
    yield _limit(
        inputs,
        f"pods in a Kubernetes cluster, {CLUSTER_PODS:,}",
        lambda larger: pods_of(larger) <= CLUSTER_PODS,
        beyond="a second cluster",
        final=True,
    )
    yield from _nodes(inputs) if inputs.groups else _fargate(inputs)


def _addresses(inputs: Inputs, with_range: Inputs | None) -> Iterator[Limit]:
    """Yield the limits of the subnets as they are, and with a range for pods beside them."""
    alone = with_range is None
    yield from _subnets(
        inputs,
        beyond="a second cluster in its own VPC"
        if alone
        else "a pod range: network.pod_cidr with vpc_cni.custom_networking",
        final=alone,
    )
    if with_range is not None:
        beyond = "a second cluster in its own VPC"
        later = list(_subnets(with_range, beyond=beyond, final=True))
        last = min(later, key=lambda limit: limit.size)
        yield replace(last, name=f"{last.name}, with a pod range")


def _subnets(inputs: Inputs, *, beyond: str, final: bool) -> Iterator[Limit]:
    """Yield a limit for the subnets of each purpose that grows: the one that runs out first.

    Subnets of unknown size have no limit that could be told.
    """
    for tiers in dict.fromkeys(subnet.tiers for subnet in inputs.subnets):
        alike = [subnet for subnet in inputs.subnets if subnet.tiers == tiers]
        if not {"private", "pods"} & tiers or any(subnet.usable is None for subnet in alike):
            continue
        holds = functools.partial(_hold, tiers=tiers)
        limit = _limit(inputs, "", holds, beyond=beyond, final=final)
        over = _of(grown(inputs, limit.size + 1), tiers)
        full = min(over, key=lambda each: each.free or 0)
        yield replace(limit, name=f"{full.binds} of {full.subnet.name}")


def _hold(inputs: Inputs, *, tiers: frozenset[Tier]) -> bool:
    return all(each.fits for each in _of(inputs, tiers))


def _of(inputs: Inputs, tiers: frozenset[Tier]) -> list[SubnetPlan]:
    return [plan_subnet(inputs, each) for each in inputs.subnets if each.tiers == tiers]


def _nodes(inputs: Inputs) -> Iterator[Limit]:
    if any(group.spread for group in inputs.groups):
        yield _limit(
            inputs,
            f"racks of placement groups, {MOST_SPREAD} in each zone of a spread one",
            lambda larger: all(group.has_racks for group in larger.groups),
            beyond="another group of the same kind",
        )
    managed = [group for group in inputs.groups if group.managed]
    if managed:
        yield from _quotas(inputs, managed)
    yield _limit(
        inputs,
        f"nodes in a Kubernetes cluster, {CLUSTER_NODES:,}",
        lambda larger: sum(group.maximum for group in larger.groups) <= CLUSTER_NODES,
        beyond="a second cluster",
        final=True,
    )


def _quotas(inputs: Inputs, managed: Sequence[Group]) -> Iterator[Limit]:
    """Yield the limits of EKS, which counts the groups that it manages."""
    total = sum(group.maximum for group in inputs.groups)
    biggest = max(managed, key=lambda group: group.maximum)
    others = len(inputs.groups) - len(managed)
    at_quota = largest(lambda size: math.ceil(size * biggest.maximum / total) <= NODES_PER_GROUP)
    yield Limit(
        name=f"nodes of {biggest.name}, {NODES_PER_GROUP} per group by default",
        size=at_quota,
        pods=pods_of(grown(inputs, at_quota)),
        beyond="another group of the same kind, or request a quota increase",
    )
    yield _limit(
        inputs,
        f"node groups in a cluster, {GROUPS_PER_CLUSTER} of {NODES_PER_GROUP} nodes by default",
        lambda larger: len(larger.groups) - others <= GROUPS_PER_CLUSTER,
        beyond="request quota increases",
    )


def _fargate(inputs: Inputs) -> Iterator[Limit]:
    pods = sum(each.pods for each in inputs.fargate)
    vcpus = sum(max(each.vcpus, each.pods * SMALLEST_FARGATE_POD) for each in inputs.fargate)
    quota = (
        int(FARGATE_VCPUS * pods / vcpus) if vcpus else int(FARGATE_VCPUS / SMALLEST_FARGATE_POD)
    )
    yield _limit(
        inputs,
        f"Fargate vCPUs of the account, {FARGATE_VCPUS} by default",
        lambda larger: pods_of(larger) <= quota,
        beyond="request a quota increase",
    )

"""How many addresses of a subnet are used, and by what: in the steady state and in the worst case.

Steady: every group has its desired nodes, evenly over its zones, and every node is full. Worst:
every group has its maximum and the surge of an update, every node is full, and a zone is lost, so
that what ran there runs in the others. Fargate pods count at their stated maximum in both.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from capacity.cni import PREFIX_ADDRESSES, Cni, NodeUse, Use, node_use
from capacity.inputs import Group, Inputs, Subnet
from capacity.pods import group_limit
from capacity.quotas import (
    CONTROL_PLANE_INTERFACES,
    CONTROL_PLANE_UPGRADE,
    LOAD_BALANCER_ADDRESSES,
)

PREFIX_LENGTH = 28
SPOILED_BLOCKS = 2
"""The /28 blocks of a subnet that its reserved addresses lie in: the first and the last."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One kind of thing in a subnet, how many in the worst case, and what all of them take."""

    what: str
    count: int
    steady: Use
    worst: Use


def items(inputs: Inputs, subnet: Subnet) -> tuple[Item, ...]:
    """Return everything that uses addresses of a subnet, the largest in the worst case first."""
    found = [*_pods(inputs, subnet), *_services(inputs, subnet), *_control_plane(inputs, subnet)]
    taking = [item for item in found if item.steady.total or item.worst.total]
    return tuple(sorted(taking, key=lambda item: -item.worst.total))


def full_node(cni: Cni, group: Group) -> NodeUse:
    """Return what a node of a group holds when it is full: enough for each of its types."""
    if group.windows:
        # The control plane keeps addresses ready on the one interface, up to all that it has.
        most = max(kind.addresses for kind in group.kinds)
        return NodeUse(node=Use(addresses=most), pods=Use(), interfaces=1)
    pods = group.limit(cni).addressed
    uses = [node_use(group.cni or cni, kind, pods=pods) for kind in group.kinds]
    return functools.reduce(NodeUse.at_least, uses)


# Asked for every subnet, of which most are alike.
@functools.lru_cache(maxsize=256)
def full_nodes(cni: Cni, group: Group, count: int) -> NodeUse:
    """Return what so many full nodes of a group hold together at most.

    Large nodes of a NodePool take their share of its limit from the others: however its types are mixed,
    no vCPU brings more than that of the type which brings most, and no less than a whole node is there.
    """
    if not (group.densest and group.vcpu_limit and group.maximum and count):
        return full_node(cni, group).times(count)
    share, own = Fraction(group.vcpu_limit * count, group.maximum), group.cni or cni
    alone, filled = [], []
    for kind in group.densest:
        pods = group_limit(own, [kind], pinned=group.pinned_pods).addressed
        alone.append(node_use(own, kind, pods=pods))
        filled.append(alone[-1].times(share / kind.vcpus))
    largest = functools.reduce(NodeUse.at_least, alone)
    return largest.times(count).at_most(functools.reduce(NodeUse.at_least, filled, largest))


def most_in_a_zone(count: int, zones: int) -> int:
    """Return how many of `count` are in the fullest of `zones` when they are spread evenly."""
    return math.ceil(count / zones)


def without_one(zones: int) -> int:
    """Return the zones that are left when one is lost; where there is only one, it stays."""
    return max(1, zones - 1)


def blocks(subnet: Subnet) -> int | None:
    """Return how many /28 prefixes a subnet can give away while nothing else is in it.

    Of free addresses whose places are
    unknown, no more can be said than that 16 make a block.
    """
    if subnet.prefix_length is None:
        return None if subnet.free is None else subnet.free // PREFIX_ADDRESSES
    return max(0, (1 << (PREFIX_LENGTH - subnet.prefix_length)) - SPOILED_BLOCKS)


def blocks_taken(use: Use) -> int:
    """Return the blocks that are taken or spoiled: each single address can lie in one of its own.

    EC2 places addresses anywhere in a subnet (EKS best practices guide, "Prefix Mode for Linux",
    on fragmentation).
    """
    return use.prefixes + use.addresses if use.prefixes else 0


def _pods(inputs: Inputs, subnet: Subnet) -> Iterator[Item]:
    for group in inputs.groups:
        if subnet.zone not in group.zones:
            continue
        steady = most_in_a_zone(group.desired, len(group.zones))
        worst = most_in_a_zone(group.maximum + group.surge, without_one(len(group.zones)))
        yield Item(
            what=f"nodes of {group.name}",
            count=worst,
            steady=_in_subnet(full_nodes(inputs.cni, group, steady), subnet),
            worst=_in_subnet(full_nodes(inputs.cni, group, worst), subnet),
        )
        if group.warm and "private" in subnet.tiers:
            # The CNI starts with the kubelet, so an instance that waits has its own address only.
            ready = most_in_a_zone(group.warm, len(group.zones))
            always = most_in_a_zone(group.always_warm, without_one(len(group.zones)))
            yield Item(
                what=f"warm pool of {group.name}",
                count=max(ready, always),
                steady=Use(addresses=ready),
                worst=Use(addresses=always),
            )
    pods: Counter[tuple[str, ...]] = Counter()
    for profile in inputs.fargate:
        pods[profile.zones or (*inputs.zones,)] += profile.pods
    here = [(count, len(zones)) for zones, count in pods.items() if subnet.zone in zones]
    if any(count for count, _ in here) and "private" in subnet.tiers:
        worst = sum(most_in_a_zone(count, without_one(zones)) for count, zones in here)
        yield Item(
            what="Fargate pods",
            count=worst,
            steady=Use(addresses=sum(most_in_a_zone(count, zones) for count, zones in here)),
            worst=Use(addresses=worst),
        )


def _in_subnet(nodes: NodeUse, subnet: Subnet) -> Use:
    of_nodes = nodes.node if "private" in subnet.tiers else Use()
    return of_nodes + (nodes.pods if "pods" in subnet.tiers else Use())


def _services(inputs: Inputs, subnet: Subnet) -> Iterator[Item]:
    if {"private", "public"} & subnet.tiers:
        yield Item(
            what="load balancers",
            count=inputs.load_balancers,
            steady=Use(addresses=inputs.load_balancers),
            worst=Use(addresses=LOAD_BALANCER_ADDRESSES) * inputs.load_balancers,
        )
    if "private" in subnet.tiers:
        yield _each_one("interface endpoints", inputs.interface_endpoints)
    if "public" in subnet.tiers:
        yield _each_one("NAT gateways", inputs.nat_zones.count(subnet.zone))


def _control_plane(inputs: Inputs, subnet: Subnet) -> Iterator[Item]:
    """Yield what EKS and the kubectl handler place in a control-plane subnet.

    Nobody upgrades a cluster that has just lost a zone: the worse of the two counts.
    """
    if "control_plane" not in subnet.tiers:
        return
    zones = len({other.zone for other in inputs.subnets if "control_plane" in other.tiers})
    steady = most_in_a_zone(CONTROL_PLANE_INTERFACES, zones)
    moved = most_in_a_zone(CONTROL_PLANE_INTERFACES, without_one(zones))
    worst = max(steady + CONTROL_PLANE_UPGRADE, moved)
    yield Item(
        what="control-plane interfaces",
        count=worst,
        steady=Use(addresses=steady),
        worst=Use(addresses=worst),
    )
    if inputs.handler_functions:
        # Functions with the same subnets and security groups share one interface in each subnet
        # (Lambda developer guide, "Hyperplane ENIs").
        yield _each_one("kubectl handler", 1)


def _each_one(what: str, count: int) -> Item:
    return Item(what=what, count=count, steady=Use(addresses=count), worst=Use(addresses=count))

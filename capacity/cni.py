"""How many interfaces, addresses and prefixes the VPC CNI holds on a node.

The CNI keeps addresses ready beside those that pods use. How many, it decides by targets
(amazon-vpc-cni-k8s, docs/eni-and-ip-target.md and docs/prefix-and-ip-target.md; the tests replay
the tables of both).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from fractions import Fraction

from capacity.instance_types import InstanceType

PREFIX_ADDRESSES = 16
"""Addresses of a /28 prefix, the only length that the CNI takes."""

HOST_NETWORK_PODS = 2
"""Pods of every node that use the node's own address: the VPC CNI and kube-proxy. The formula of
eni-max-pods.txt adds them, and they take no address. Others of this kind leave addresses over."""


@dataclass(frozen=True, kw_only=True)
class Cni:
    """The CNI's settings. None leaves a target at the CNI's default."""

    prefix_delegation: bool = False
    custom_networking: bool = False
    pod_security_groups: bool = False
    warm_eni_target: int | None = None
    warm_ip_target: int | None = None
    minimum_ip_target: int | None = None
    warm_prefix_target: int | None = None


@dataclass(frozen=True, kw_only=True)
class Use:
    """What something uses of a subnet: single addresses, and /28 prefixes of 16."""

    addresses: int = 0
    prefixes: int = 0

    def __add__(self, other: Use) -> Use:
        return Use(
            addresses=self.addresses + other.addresses, prefixes=self.prefixes + other.prefixes
        )

    def __mul__(self, times: int | Fraction) -> Use:
        return Use(
            addresses=math.ceil(self.addresses * times), prefixes=math.ceil(self.prefixes * times)
        )

    @property
    def total(self) -> int:
        """Return the addresses, those of the prefixes included."""
        return self.addresses + self.prefixes * PREFIX_ADDRESSES


@dataclass(frozen=True, kw_only=True)
class NodeUse:
    """What one node holds: of the subnet it is in, of its pods' subnet, and interfaces.

    Without custom networking both are the same subnet, and `pods` is empty.
    """

    node: Use
    pods: Use
    interfaces: int

    @property
    def total(self) -> int:
        """Return the addresses of both subnets, those of the prefixes included."""
        return self.node.total + self.pods.total

    def times(self, number: int | Fraction) -> NodeUse:
        """Return what so many nodes hold, rounded up."""
        interfaces = math.ceil(self.interfaces * number)
        return NodeUse(node=self.node * number, pods=self.pods * number, interfaces=interfaces)

    def at_most(self, other: NodeUse) -> NodeUse:
        """Return the smaller in each part."""
        return NodeUse(
            node=_smaller(self.node, other.node),
            pods=_smaller(self.pods, other.pods),
            interfaces=min(self.interfaces, other.interfaces),
        )

    def at_least(self, other: NodeUse) -> NodeUse:
        """Return the larger in each part: enough for a node of either kind."""
        return NodeUse(
            node=_larger(self.node, other.node),
            pods=_larger(self.pods, other.pods),
            interfaces=max(self.interfaces, other.interfaces),
        )


def effective(cni: Cni, kind: InstanceType) -> Cni:
    """Return the settings as they work on an instance type.

    Without Nitro the CNI gives out single addresses, whatever `prefix_delegation` says.
    """
    if cni.prefix_delegation and not kind.prefixes:
        return replace(cni, prefix_delegation=False, warm_prefix_target=None)
    return cni


def pod_interfaces(cni: Cni, kind: InstanceType) -> int:
    """Return the interfaces that give addresses to pods; custom networking leaves the first out."""
    return kind.interfaces - 1 if cni.custom_networking else kind.interfaces


@functools.cache
def node_use(cni: Cni, kind: InstanceType, *, pods: int) -> NodeUse:
    """Return the most that a node holds with so many `pods`, those on the host network left out.

    With security groups for pods some pods have a branch interface, which takes one address, and
    the others an address of the CNI's pool; the split that takes most counts.
    """
    cni = effective(cni, kind)
    branches = min(pods, kind.branch_interfaces) if cni.pod_security_groups else 0
    splits = [
        _pool(cni, kind, pods=pods - branch, branches=branch) for branch in range(branches + 1)
    ]
    return functools.reduce(NodeUse.at_least, splits)


def held_slots(cni: Cni, kind: InstanceType, *, pods: int) -> tuple[int, int]:
    """Return how many interfaces for pods the CNI attaches, and how many slots it fills on them.

    A slot holds an address or a prefix. Whole interfaces are filled where WARM_ENI_TARGET decides.
    """
    unit = PREFIX_ADDRESSES if cni.prefix_delegation else 1
    limit = pod_interfaces(cni, kind) * kind.slots
    if cni.warm_ip_target is not None or cni.minimum_ip_target is not None:
        wanted = max(pods + (cni.warm_ip_target or 0), cni.minimum_ip_target or 0)
        slots = math.ceil(wanted / unit)
    elif cni.prefix_delegation:
        slots = _with_warm(
            pods, unit, 1 if cni.warm_prefix_target is None else cni.warm_prefix_target
        )
    else:
        warm = 1 if cni.warm_eni_target is None else cni.warm_eni_target
        slots = _with_warm(pods, kind.slots, warm) * kind.slots
    slots = min(slots, limit)
    attached = min(max(1, math.ceil(slots / kind.slots)), pod_interfaces(cni, kind))
    return attached, slots


def _with_warm(pods: int, unit: int, warm: int) -> int:
    """Return the units in use and those kept ready: the pool is too low below `warm` of them.

    With a target of 0 it is too low only when it is empty (ipamd, isDatastorePoolTooLow).
    """
    return math.ceil((pods + max(warm * unit, 1)) / unit)


def _pool(cni: Cni, kind: InstanceType, *, pods: int, branches: int) -> NodeUse:
    attached, slots = held_slots(cni, kind, pods=pods)
    if cni.pod_security_groups:
        # The trunk that carries the branches is one of the instance's interfaces.
        attached = min(attached + 1, pod_interfaces(cni, kind))
    held = (
        Use(addresses=attached + branches, prefixes=slots)
        if cni.prefix_delegation
        else Use(addresses=attached + slots + branches)
    )
    if cni.custom_networking:
        return NodeUse(node=Use(addresses=1), pods=held, interfaces=attached + 1)
    return NodeUse(node=held, pods=Use(), interfaces=attached)


def _larger(one: Use, other: Use) -> Use:
    return Use(
        addresses=max(one.addresses, other.addresses), prefixes=max(one.prefixes, other.prefixes)
    )


def _smaller(one: Use, other: Use) -> Use:
    return Use(
        addresses=min(one.addresses, other.addresses), prefixes=min(one.prefixes, other.prefixes)
    )

"""The address plan: which zone and tier gets which part of the VPC's range.

A range is cut into as many slots as `zone_slots` says, and a zone takes the slot of its letter
(a is the first). So adding, removing or reordering zones never moves another zone's subnets, which
CloudFormation could only do by replacing them.

Inside its slot the private tier begins at the start, the public tier at the middle and the
control-plane tier at the last quarter; a longer or shorter prefix never moves a neighbour either.
Pod subnets take a whole slot of the secondary range.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from ipaddress import IPv4Network

TIER_OFFSETS = {"private": 0, "public": 2, "control_plane": 3}
"""Where a tier begins in its slot, in quarters of the slot."""

TIER_LENGTHS = {"private": 1, "public": 2, "control_plane": 2}
"""The largest a tier can be: bits added to the slot's prefix length."""


@dataclass(frozen=True, kw_only=True)
class ZonePlan:
    """The networks of one zone.

    `pods` is None without a secondary range, `control_plane` where the cluster has no subnet.
    """

    zone: str
    private: IPv4Network
    public: IPv4Network
    control_plane: IPv4Network | None
    pods: IPv4Network | None


def slot_index(zone: str) -> int:
    """Return the position of a zone's slot: 0 for eu-west-1a, 1 for eu-west-1b."""
    return ord(zone[-1]) - ord("a")


@functools.cache
def slot_network(cidr: str, zone: str, zone_slots: int) -> IPv4Network:
    """Return the slot of a zone in a range; raises ValueError where the range has no such slot."""
    network = IPv4Network(cidr)
    slots = list(network.subnets(prefixlen_diff=zone_slots.bit_length() - 1))
    if slot_index(zone) >= len(slots):
        message = f"{zone} has no slot among {zone_slots}"
        raise ValueError(message)
    return slots[slot_index(zone)]


@functools.cache
def tier_network(slot: IPv4Network, tier: str, prefix_length: int) -> IPv4Network:
    """Return the network of a tier in a slot, `prefix_length` long, at the tier's fixed place."""
    quarter = slot.num_addresses // 4
    start = slot.network_address + TIER_OFFSETS[tier] * quarter
    return IPv4Network((start, prefix_length))


def largest_tier_prefix(cidr: str, zone_slots: int, tier: str) -> int:
    """Return the shortest prefix length that a tier can have in this range."""
    return IPv4Network(cidr).prefixlen + zone_slots.bit_length() - 1 + TIER_LENGTHS[tier]


def plan_zone(
    zone: str,
    *,
    cidr: str,
    pod_cidr: str | None,
    zone_slots: int,
    prefix_lengths: dict[str, int],
    control_plane: bool = True,
) -> ZonePlan:
    """Return the networks of one zone; `prefix_lengths` has one entry for each tier.

    `control_plane` tells whether the cluster has a subnet there.
    """
    slot = slot_network(cidr, zone, zone_slots)
    return ZonePlan(
        zone=zone,
        private=tier_network(slot, "private", prefix_lengths["private"]),
        public=tier_network(slot, "public", prefix_lengths["public"]),
        control_plane=tier_network(slot, "control_plane", prefix_lengths["control_plane"])
        if control_plane
        else None,
        pods=None if pod_cidr is None else slot_network(pod_cidr, zone, zone_slots),
    )

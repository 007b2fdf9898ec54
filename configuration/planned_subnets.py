"""The subnets of an environment, for its plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from capacity.inputs import Subnet, Tier
from configuration.fields import EnvironmentFields
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.network import NetworkSpec

TIERS: tuple[Tier, ...] = ("private", "public", "control_plane", "pods")


def subnets_of(config: EnvironmentFields) -> Iterator[Subnet]:
    """Yield every subnet with what it is for."""
    network = config.network
    subnets = [*_planned(network)] if isinstance(network, NetworkSpec) else [*_existing(network)]
    if not any(each.nodes_in_cluster_subnets for each in config.data_plane):
        yield from subnets
        return
    own: frozenset[Tier] = frozenset({"control_plane"})
    zones = {subnet.zone for subnet in subnets if own <= subnet.tiers}
    for subnet in subnets:
        both = "private" in subnet.tiers and subnet.zone in zones
        tiers = subnet.tiers | own if both else subnet.tiers - own
        if tiers:
            yield replace(subnet, tiers=tiers)


def _planned(network: NetworkSpec) -> Iterator[Subnet]:
    for tier in TIERS:
        for zone in network.plan:
            cidr = getattr(zone, tier)
            if cidr is not None:
                yield Subnet(
                    name=_name([tier], zone.zone),
                    zone=zone.zone,
                    tiers=frozenset({tier}),
                    prefix_length=cidr.prefixlen,
                )


def _existing(network: ExistingNetworkSpec) -> Iterator[Subnet]:
    """Yield each subnet once, with every tier that it is for."""
    zones = {
        subnet: zone
        for subnets in network.tiers.values()
        for zone, subnet in sorted(subnets.items())
    }
    for subnet, zone in zones.items():
        tiers = [tier for tier in TIERS if subnet in network.tiers[tier].values()]
        yield Subnet(
            name=f"{_name(tiers, zone)} ({subnet})",
            zone=zone,
            tiers=frozenset(tiers),
            free=network.free_addresses.get(subnet),
        )


def _name(tiers: list[Tier], zone: str) -> str:
    return f"{' and '.join(tier.replace('_', '-') for tier in tiers)} {zone}"

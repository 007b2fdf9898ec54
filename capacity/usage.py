"""Network address usage: the units by which AWS measures how full a VPC is.

Source: VPC user guide, "Network Address Usage for your VPC". A pod counts once: by its secondary
address, or by itself where the address comes out of a prefix or belongs to Fargate.
"""

from __future__ import annotations

from collections.abc import Callable

from capacity.addresses import full_node
from capacity.inputs import Group, Inputs, Tier
from capacity.quotas import CONTROL_PLANE_INTERFACES, CONTROL_PLANE_UPGRADE, USAGE_OF_A_SERVICE


def steady_usage(inputs: Inputs) -> int:
    """Return the units that the environment takes with its desired nodes."""
    return _usage(inputs, nodes=lambda group: group.desired, control_plane=CONTROL_PLANE_INTERFACES)


def worst_usage(inputs: Inputs) -> int:
    """Return the units that the environment takes with every node and the surge of an update."""
    return _usage(
        inputs,
        nodes=lambda group: group.maximum + group.surge,
        control_plane=CONTROL_PLANE_INTERFACES + CONTROL_PLANE_UPGRADE,
    )


def _usage(inputs: Inputs, *, nodes: Callable[[Group], int], control_plane: int) -> int:
    on_nodes = sum(nodes(group) * _node(inputs, group) for group in inputs.groups)
    on_fargate = sum(profile.pods for profile in inputs.fargate)
    private, public = _subnets(inputs, "private"), _subnets(inputs, "public")
    services = (
        inputs.load_balancers * (private + public)
        + inputs.interface_endpoints * private
        + len(inputs.nat_zones)
        + inputs.handler_functions
    )
    return on_nodes + on_fargate + control_plane + services * USAGE_OF_A_SERVICE


def _node(inputs: Inputs, group: Group) -> int:
    """Return the units of a full node: addresses, prefixes and further interfaces, one each."""
    use = full_node(inputs.cni, group)
    held = use.node + use.pods
    in_prefixes = group.limit(inputs.cni).addressed if held.prefixes else 0
    return held.addresses + held.prefixes + in_prefixes + use.interfaces - 1


def _subnets(inputs: Inputs, tier: Tier) -> int:
    return sum(tier in subnet.tiers for subnet in inputs.subnets)

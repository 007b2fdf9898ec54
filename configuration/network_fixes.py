"""Fixes of the network: longer subnets, a wider range, a range for pods, prefixes on or off.

A subnet can't grow once it is there, so some of these are for before the first deploy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from configuration.capacity_plan import RANGE_OF_PODS, with_range_of_pods
from configuration.fields import EnvironmentFields
from configuration.fix import Fix, Judge
from constructs_lib.specs.network import NetworkSpec
from constructs_lib.specs.network_limits import SHORTEST_VPC_PREFIX
from constructs_lib.specs.network_plan import largest_tier_prefix

FIRST = "before the first deploy, "


def network_fixes(config: EnvironmentFields, judge: Judge) -> Iterator[Fix]:
    """Yield the changes of the network that make the environment fit."""
    network = config.network
    if isinstance(network, NetworkSpec):
        yield from judge.first(_larger_subnets(config, network))
        yield from judge.first(_wider_range(config, network))
        if network.pod_cidr is not None:
            yield from judge.first(_wider_range_of_pods(config, network, network.pod_cidr))
        else:
            yield from judge.first(_range_of_pods(config))
    yield from judge.first([_prefixes(config)])


def _larger_subnets(config: EnvironmentFields, network: NetworkSpec) -> Iterator[Fix]:
    for tier, length in network.prefix_lengths.items():
        shortest = largest_tier_prefix(network.cidr, network.zone_slots, tier)
        for shorter in range(length - 1, shortest - 1, -1):
            field = f"{tier}_prefix_length"
            yield _fix(config, network, f"{FIRST}set network.{field}={shorter}", {field: shorter})


def _wider_range(config: EnvironmentFields, network: NetworkSpec) -> Iterator[Fix]:
    kept = "" if network.private_prefix_length is None else " and remove private_prefix_length"
    for wider in _wider(network.cidr):
        update = {"cidr": wider, "private_prefix_length": None}
        yield _fix(config, network, f"{FIRST}widen network.cidr to {wider}{kept}", update)


def _wider_range_of_pods(
    config: EnvironmentFields, network: NetworkSpec, pod_cidr: str
) -> Iterator[Fix]:
    for wider in _wider(pod_cidr):
        text = f"{FIRST}widen network.pod_cidr to {wider}"
        yield _fix(config, network, text, {"pod_cidr": wider})


def _wider(cidr: str) -> list[str]:
    network = IPv4Network(cidr)
    lengths = range(network.prefixlen - 1, SHORTEST_VPC_PREFIX - 1, -1)
    return [str(network.supernet(new_prefix=length)) for length in lengths]


def _range_of_pods(config: EnvironmentFields) -> Iterator[Fix]:
    changed = with_range_of_pods(config)
    if changed is not None:
        text = f"set network.pod_cidr={RANGE_OF_PODS!r} and vpc_cni.custom_networking=True"
        yield Fix(text=text, changed=changed)


def _prefixes(config: EnvironmentFields) -> Fix:
    on = not config.vpc_cni.prefix_delegation
    update = {"prefix_delegation": on, "warm_prefix_target": None}
    return Fix(
        text=f"set vpc_cni.prefix_delegation={on}",
        changed=config.model_copy(update={"vpc_cni": config.vpc_cni.model_copy(update=update)}),
    )


def _fix(
    config: EnvironmentFields, network: NetworkSpec, text: str, update: Mapping[str, object]
) -> Fix:
    changed = config.model_copy(update={"network": network.model_copy(update=update)})
    return Fix(text=text, changed=changed)

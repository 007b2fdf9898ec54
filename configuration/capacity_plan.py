"""From an environment to its plan: what uses addresses, as plain values for `capacity`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from pydantic import TypeAdapter

from capacity.growth import Growth, make_growth
from capacity.inputs import Asked, Fargate, Group, Inputs, Subnet, Tier
from capacity.plan import Plan, make_plan
from capacity.quotas import SMALLEST_FARGATE_POD
from configuration.fields import EnvironmentFields
from configuration.once import once
from constructs_lib.specs.cni import cni_of
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.karpenter import NAME as KARPENTER
from constructs_lib.specs.karpenter import REQUESTS
from constructs_lib.specs.network import NetworkSpec
from constructs_lib.specs.node_objects import on_each
from constructs_lib.specs.node_pools import NodePoolSpec
from constructs_lib.specs.nodes import NodesSpec
from constructs_lib.specs.own_code import objects_of, pods_of

TIERS: tuple[Tier, ...] = ("private", "public", "control_plane", "pods")

RANGE_OF_PODS = "100.64.0.0/16"
"""A range that AWS takes beside any private one, and that most networks leave alone."""

PLATFORM_REPLICAS = 2
"""Pods of CoreDNS, the metrics server and the EBS CSI controller, as their add-ons come. On Fargate an
update doubles them."""

HANDLER_FUNCTIONS = 2
"""The kubectl handler and its framework function, both in the control-plane subnets."""

SELDOM = (
    *("windows", "cni", "vcpu_limit", "densest", "device_plugins"),
    *("warm", "always_warm", "running", "in_a_block", "spread"),
)
"""What few groups have, and a template doesn't mention of others."""


def plan_of(config: EnvironmentFields) -> Plan:
    """Compute the plan of an environment."""
    return make_plan(inputs_of(config))


@once
def inputs_of(config: EnvironmentFields) -> Inputs:
    """Return everything in an environment that uses addresses."""
    network = config.network
    balancing = (config.add_ons.load_balancer_controller, config.auto_mode)
    ours = None if isinstance(network, ExistingNetworkSpec) else network
    groups = (*_groups(config),)
    pools = () if config.karpenter is None else config.karpenter.pools
    nodes = [(x, y.maximum) for x, y in zip((*config.nodes, *pools), groups, strict=True)]
    return Inputs(
        cni=cni_of(config.vpc_cni),
        subnets=tuple(_subnets(config)),
        groups=groups,
        fargate=tuple(_fargate(config)),
        nat_zones=() if ours is None else ours.zones[: ours.nat_gateway_count],
        interface_endpoints=0 if ours is None else len(ours.all_interface_endpoints),
        load_balancers=sum(each.max_load_balancers for each in balancing if each is not None),
        handler_functions=HANDLER_FUNCTIONS,
        daemons=daemons(config),
        platform=(*platform_on_nodes(config), *platform_on_fargate(config)),
        workloads=tuple(
            Asked(name=x.name, pods=pods_of(x) + on_each(objects_of([x], config), nodes))
            for x in config.workloads
        ),
    )


def _groups(config: EnvironmentFields) -> Iterator[Group]:
    zones = config.network.zones
    first = _first_for_the_platform(config)
    for nodes in config.nodes:
        group = nodes.planned(zones)
        yield replace(group, desired=1) if nodes == first else group
    if config.karpenter is not None:
        yield from config.karpenter.planned(cni_of(config.vpc_cni), zones)


def _first_for_the_platform(config: EnvironmentFields) -> NodesSpec | NodePoolSpec | None:
    """Return the pool that starts a node for the platform's own pods, None where one is there already."""
    tolerated = {"CriticalAddonsOnly"}
    open_to_all = [
        nodes
        for nodes in config.nodes
        if not (isinstance(nodes, NodesSpec) and nodes.is_windows)
        and {each.key for each in nodes.node_taints if each.effect != "PREFER_NO_SCHEDULE"}
        <= tolerated
    ]
    if not any(platform_on_nodes(config)) or any(
        nodes.desired_size if isinstance(nodes, NodesSpec) else nodes.replicas
        for nodes in open_to_all
    ):
        return None
    pools = (nodes for nodes in open_to_all if isinstance(nodes, NodePoolSpec))
    return next((pool for pool in pools if pool.replicas is None), None)


def daemons(config: EnvironmentFields) -> tuple[str, ...]:
    """Return the platform's pods that run on every node."""
    names = [] if config.only_auto_mode else ["aws-node", "kube-proxy", "eks-pod-identity-agent"]
    if config.add_ons.ebs_csi_driver:
        names.append("ebs-csi-node")
    if config.add_ons.node_monitoring_agent and not config.only_auto_mode:
        names.append("eks-node-monitoring-agent")
    for add_on in config.add_ons.additional:
        names += [add_on.name] * add_on.daemons
    return tuple(names)


def not_counted(config: EnvironmentFields) -> list[str]:
    """Return the add-ons whose pods are in no plan."""
    return [add_on.name for add_on in config.add_ons.additional if not add_on.is_counted]


def platform_on_nodes(config: EnvironmentFields) -> Iterator[Asked]:
    """Yield the platform's pods that need a place on some node."""
    add_ons = config.add_ons
    if not config.nodes:
        return
    if add_ons.coredns_compute_type == "ec2" and config.needs_coredns:
        yield Asked(name="coredns", pods=PLATFORM_REPLICAS)
    if add_ons.metrics_server:
        yield Asked(name="metrics-server", pods=PLATFORM_REPLICAS)
    if add_ons.ebs_csi_driver:
        yield Asked(name="ebs-csi-controller", pods=PLATFORM_REPLICAS)
    if add_ons.load_balancer_controller is not None:
        controllers = add_ons.load_balancer_controller.replicas
        yield Asked(name="aws-load-balancer-controller", pods=controllers)
    if config.karpenter is not None:
        yield Asked(name=KARPENTER, pods=config.karpenter.replicas)
    for add_on in add_ons.additional:
        if add_on.pods:
            yield Asked(name=add_on.name, pods=add_on.pods)


def stated_inputs(config: EnvironmentFields) -> str:
    """Return the inputs as JSON: what a review of the synthesized environment counts with."""
    record = TypeAdapter(Inputs).dump_python(inputs_of(config), mode="json")
    for subnet in record["subnets"]:
        subnet["tiers"].sort()
    for each in (*record["fargate"], *record["groups"]):
        for name in {"vcpus", "zones", *SELDOM}.intersection(each):
            if not each[name]:
                del each[name]
    return json.dumps(record, sort_keys=True)


def with_range_of_pods(config: EnvironmentFields) -> EnvironmentFields | None:
    """Return the environment with a range of its own for pods, as large as AWS allows.

    None where it has one already, where the network is somebody else's, or nodes of Auto Mode take none.
    """
    network = config.network
    if isinstance(network, ExistingNetworkSpec) or config.auto_mode or network.pod_cidr:
        return None
    network = network.model_copy(update={"pod_cidr": RANGE_OF_PODS})
    vpc_cni = config.vpc_cni.model_copy(update={"custom_networking": True})
    changed = config.model_copy(update={"network": network, "vpc_cni": vpc_cni})
    return None if any(network.problems()) else changed


def growth_of(config: EnvironmentFields) -> Growth:
    """Compute how far an environment can grow."""
    changed = with_range_of_pods(config)
    with_range = None if changed is None else inputs_of(changed)
    return make_growth(inputs_of(config), with_range=with_range)


def _subnets(config: EnvironmentFields) -> Iterator[Subnet]:
    network = config.network
    subnets = [*_planned(network)] if isinstance(network, NetworkSpec) else [*_existing(network)]
    if not config.has_cluster_in_private_subnets:
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


def platform_on_fargate(config: EnvironmentFields) -> Iterator[Asked]:
    """Yield the platform's pods that have a Fargate profile, those of an update included."""
    add_ons = config.add_ons
    on_fargate = add_ons.coredns_compute_type == "fargate" and config.needs_coredns
    platform = PLATFORM_REPLICAS if on_fargate else 0
    if not config.nodes:
        controller = add_ons.load_balancer_controller
        platform += 0 if controller is None else controller.replicas
        platform += PLATFORM_REPLICAS if add_ons.metrics_server else 0
        platform += 0 if config.karpenter is None else config.karpenter.replicas
    if platform:
        yield Asked(name="Platform", pods=2 * platform)


def _fargate(config: EnvironmentFields) -> Iterator[Fargate]:
    """Yield the profiles of the environment and that of the platform's own pods."""
    for asked in platform_on_fargate(config):
        large = 0 if config.karpenter is None or config.nodes else 2 * config.karpenter.replicas
        vcpus = large * float(REQUESTS["cpu"]) + (asked.pods - large) * SMALLEST_FARGATE_POD
        yield Fargate(name=asked.name, pods=asked.pods, vcpus=vcpus if large else 0)
    objects = objects_of(config.workloads, config)
    for profile in config.fargate_profiles:
        yield profile.planned(config.fargate_profiles, objects)

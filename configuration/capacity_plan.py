"""From an environment to its plan: what uses addresses, as plain values for `capacity`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pydantic import TypeAdapter

from capacity.growth import Growth, make_growth
from capacity.inputs import Asked, Fargate, Group, Inputs
from capacity.plan import CRITICAL, Plan, make_plan
from capacity.quotas import SMALLEST_FARGATE_POD
from configuration.fields import EnvironmentFields
from configuration.once import once
from configuration.planned_subnets import subnets_of
from constructs_lib.specs.add_ons import CONTROLLER_RESOURCES
from constructs_lib.specs.cni import cni_of
from constructs_lib.specs.compute_protocol import Compute
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.node_objects import apart, node_of, on_each
from constructs_lib.specs.own_code import objects_of, pods_of
from kube.platform_pods import daemon_of, row_of, spec_of
from kube.pods import requests
from kube.scheduling import takes, tolerates
from kube.values import Json

RANGE_OF_PODS = "100.64.0.0/16"
"""A range that AWS takes beside any private one, and that most networks leave alone."""

PLATFORM_REPLICAS = 2
"""Pods of CoreDNS, the metrics server and the EBS CSI controller, as their add-ons come. On Fargate an
update doubles them."""

HANDLER_FUNCTIONS = 2
"""The kubectl handler and its framework function, both in the control-plane subnets."""

LOAD_BALANCER_CONTROLLER = "aws-load-balancer-controller"
CRITICAL_NODE = {"spec": {"taints": [{"key": "CriticalAddonsOnly", "effect": "NoSchedule"}]}}

SELDOM = (
    *("windows", "cni", "vcpu_limit", "densest", "device_plugins"),
    *("warm", "always_warm", "running", "in_a_block", "spread", "kept_away", "apart"),
)
"""What few groups have, and a template doesn't mention of others."""


def plan_of(config: EnvironmentFields) -> Plan:
    """Compute the plan of an environment."""
    return make_plan(inputs_of(config))


@once
def inputs_of(config: EnvironmentFields) -> Inputs:
    """Return everything in an environment that uses addresses."""
    network = config.network
    balancing = (config.add_ons.load_balancer_controller, *config.makers.values())
    ours = None if isinstance(network, ExistingNetworkSpec) else network
    groups = (*_groups(config),)
    nodes = [(x, y.maximum) for x, y in zip(config.compute, groups, strict=True)]
    return Inputs(
        cni=cni_of(config.vpc_cni),
        subnets=tuple(subnets_of(config)),
        groups=groups,
        fargate=tuple(_fargate(config)),
        nat_zones=() if ours is None else ours.zones[: ours.nat_gateway_count],
        interface_endpoints=0 if ours is None else len(ours.all_interface_endpoints),
        load_balancers=sum(each.max_load_balancers for each in balancing if each is not None),
        handler_functions=HANDLER_FUNCTIONS,
        daemons=daemons(config),
        platform=(
            *_with_nodes_of_their_own(config, groups),
            *platform_on_fargate(config),
        ),
        workloads=tuple(
            Asked(name=x.name, pods=pods_of(x) + on_each(objects_of([x], config), nodes))
            for x in config.workloads
        ),
    )


def _groups(config: EnvironmentFields) -> Iterator[Group]:
    zones = config.network.zones
    first = _first_for_the_platform(config)
    names = daemons(config)
    for nodes in config.compute:
        group = nodes.planned(zones)
        away = sum(not runs_on(config, name, nodes) for name in names)
        group = replace(group, kept_away=0 if group.windows else away, apart=apart(nodes))
        yield replace(group, desired=1) if nodes in first else group


def _first_for_the_platform(config: EnvironmentFields) -> list[Compute]:
    """Return the pools that start a node for the platform's own pods, as few as can be, where none is there already."""
    nodes, names = config.nodes, {each.name for each in platform_on_nodes(config)}
    there = [x for x in nodes if x.planned(config.network.zones).desired]
    pools = {name: [x for x in nodes if x.when_needed and hosts(config, x, name)] for name in names}
    for name in sorted(names, key=lambda each: (len(pools[each]), each)):
        if pools[name] and not any(hosts(config, x, name) for x in there):
            there.append(pools[name][0])
    return [x for x in there if x.when_needed]


def hosts(config: EnvironmentFields, nodes: Compute, name: str) -> bool:
    """Tell whether pods of the platform run on nodes."""
    return takes(node_of(nodes, {}), {"spec": spec_in(config, name)})


def daemons(config: EnvironmentFields) -> tuple[str, ...]:
    """Return the platform's pods that run on every node that some group or pool doesn't keep for itself."""
    names = ["aws-node", "kube-proxy", "eks-pod-identity-agent"]
    names += ["ebs-csi-node"] * config.add_ons.ebs_csi_driver
    names += ["eks-node-monitoring-agent"] * config.add_ons.node_monitoring_agent
    for add_on in config.add_ons.additional:
        names += [add_on.name] * add_on.daemons
    return tuple(x for x in names if any(runs_on(config, x, nodes) for nodes in config.compute))


def runs_on(config: EnvironmentFields, name: str, nodes: Compute) -> bool:
    """Tell whether one of the platform's DaemonSets runs on nodes."""
    return takes(node_of(nodes, {}), {"spec": spec_in(config, name, "DaemonSet")})


def _with_nodes_of_their_own(config: EnvironmentFields, groups: Iterable[Group]) -> Iterator[Asked]:
    """Yield pods of the platform, those marked that run on nodes for critical add-ons, if there are any."""
    some = any(group.apart == CRITICAL for group in groups)
    for each in platform_on_nodes(config):
        own = some and tolerates(spec_in(config, each.name), CRITICAL_NODE)
        yield replace(each, critical=True) if own else each


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
        replicas = add_ons.load_balancer_controller.replicas
        yield Asked(name=LOAD_BALANCER_CONTROLLER, pods=replicas)
    for name, (pods, _) in controllers(config).items():
        yield Asked(name=name, pods=pods)
    for add_on in add_ons.additional:
        if add_on.pods:
            yield Asked(name=add_on.name, pods=add_on.pods)


def controllers(config: EnvironmentFields) -> dict[str, tuple[int, Mapping[str, object]]]:
    """Return the pods of what makes nodes: how many, and what their chart is told."""
    return {name: told for each in config.data_plane for name, told in each.controllers.items()}


def spec_in(config: EnvironmentFields, name: str, kind: str = "Deployment") -> Json:
    """Return the specification of pods of the platform, with what the templates tell their add-on or chart."""
    told = {each.name: each.configuration for each in config.add_ons.additional}
    told[LOAD_BALANCER_CONTROLLER] = {"resources": CONTROLLER_RESOURCES}
    told |= {each: values for each, (_, values) in controllers(config).items()}
    row = row_of(name, kind)
    return (daemon_of if kind == "DaemonSet" else spec_of)(row, told.get(row.get("of", name)))


def stated_inputs(config: EnvironmentFields) -> str:
    """Return the inputs as JSON: what a review of the synthesized environment counts with."""
    record = TypeAdapter(Inputs).dump_python(inputs_of(config), mode="json")
    for subnet in record["subnets"]:
        subnet["tiers"].sort()
    for each in (*record["fargate"], *record["groups"], *record["platform"], *record["workloads"]):
        for name in {"vcpus", "zones", "critical", *SELDOM}.intersection(each):
            if not each[name]:
                del each[name]
    return json.dumps(record, sort_keys=True)


def with_range_of_pods(config: EnvironmentFields) -> EnvironmentFields | None:
    """Return the environment with a range of its own for pods, as large as AWS allows.

    None where it has one already, where the network is somebody else's, or some nodes have a network of their own.
    """
    network = config.network
    own = any(nodes.planned(network.zones).cni for nodes in config.compute)
    if isinstance(network, ExistingNetworkSpec) or own or network.pod_cidr:
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


def platform_on_fargate(config: EnvironmentFields) -> Iterator[Asked]:
    """Yield the platform's pods that have a Fargate profile, those of an update included."""
    add_ons = config.add_ons
    on_fargate = add_ons.coredns_compute_type == "fargate" and config.needs_coredns
    platform = PLATFORM_REPLICAS if on_fargate else 0
    if not config.nodes:
        controller = add_ons.load_balancer_controller
        platform += 0 if controller is None else controller.replicas
        platform += PLATFORM_REPLICAS if add_ons.metrics_server else 0
        platform += sum(pods for pods, _ in controllers(config).values())
    if platform:
        yield Asked(name="Platform", pods=2 * platform)


def _fargate(config: EnvironmentFields) -> Iterator[Fargate]:
    """Yield the profiles of the environment and that of the platform's own pods."""
    for asked in platform_on_fargate(config):
        large = {} if config.nodes else controllers(config)
        sizes = {name: float(requests(spec_in(config, name))["cpu"]) for name in large}
        vcpus = sum(2 * large[x][0] * (size - SMALLEST_FARGATE_POD) for x, size in sizes.items())
        vcpus += asked.pods * SMALLEST_FARGATE_POD
        yield Fargate(name=asked.name, pods=asked.pods, vcpus=vcpus if large else 0)
    objects = objects_of(config.workloads, config)
    for profile in config.fargate_profiles:
        yield profile.planned(config.fargate_profiles, objects)

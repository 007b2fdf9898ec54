"""How the subnets of a VPC lie: what EC2 and EKS refuse, and what the loss of a zone would take along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ADD_ON, CLUSTER, NODE_GROUP, SUBNET, VPC
from assembly.resource import Resource
from constructs_lib.specs.network_limits import is_private
from constructs_lib.specs.regions import ZONES as LETTERS
from guardrails.reach.places import COMPUTE, places, vpc_of_cluster
from guardrails.reach.subnets import by_target, network_of, subnets_in, vpc_of, zone_of
from guardrails.rule import Finding, breach, rule
from kube.values import known, look_up, several, text

SMALLEST, LARGEST = 28, 16
"""The prefixes of subnets that EC2 takes."""
FOR_NODES = 27
"""The first prefix whose addresses don't hold a node's interfaces and a /28 for its pods."""
ZONES = 2
RANGE = "AWS::EC2::VPCCidrBlock"
SERVICE_SIZES = range(12, 25)


@rule("NET1")
def _two_zones(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        written = look_up(cluster.properties, "ResourcesVpcConfig", "SubnetIds")
        named = subnets_in(environment, written)
        if not named or len(named) != len(written):
            continue
        zones = dict.fromkeys(map(zone_of, named))
        if "" not in zones and len(zones) < ZONES:
            detail = f"All its subnets are in {', '.join(zones)}."
            path = "ResourcesVpcConfig/SubnetIds"
            yield breach(cluster, path, ", ".join(zones), detail)


@rule("NET2")
def _overlapping(environment: Environment) -> Iterator[Finding]:
    for subnets in _by_vpc(environment).values():
        ranges = sorted(
            ((network, each) for each in subnets if (network := _block(each))),
            key=lambda pair: (pair[0].network_address, pair[0].prefixlen),
        )
        # Sorted by where they begin, an overlap is with the one that ends last so far.
        last: tuple[IPv4Network, Resource] | None = None
        for network, subnet in ranges:
            if last is not None and network.overlaps(last[0]):
                detail = f"{network} is in the range of {last[1].path}, {last[0]}."
                yield breach(subnet, "CidrBlock", str(network), detail)
            if last is None or network.broadcast_address > last[0].broadcast_address:
                last = network, subnet


@indexed
def _by_vpc(environment: Environment) -> Mapping[Resource, list[Resource]]:
    return grouped(
        (vpc, subnet)
        for subnet in environment.resources(SUBNET)
        if (vpc := vpc_of(environment, subnet)) is not None and vpc.kind == VPC
    )


def _block(subnet: Resource) -> IPv4Network | None:
    return network_of(subnet.properties.get("CidrBlock"))


@rule("NET3")
def _outside(environment: Environment) -> Iterator[Finding]:
    for vpc, subnets in _by_vpc(environment).items():
        ranges = [network for network, _ in _ranges(environment, vpc)]
        for each in ranges:
            if each is not None and not LARGEST <= each.prefixlen <= SMALLEST:
                yield breach(
                    vpc, "CidrBlock", str(each), f"The VPC's range is a /{each.prefixlen}."
                )
        for subnet in subnets:
            block = _block(subnet)
            if block is None:
                continue
            if not LARGEST <= block.prefixlen <= SMALLEST:
                yield breach(subnet, "CidrBlock", str(block), f"It is a /{block.prefixlen}.")
            elif None not in ranges and not any(
                each is not None and block.subnet_of(each) for each in ranges
            ):
                detail = f"The VPC has {', '.join(map(str, ranges))}."
                yield breach(subnet, "CidrBlock", str(block), detail)


def _ranges(
    environment: Environment, vpc: Resource
) -> Iterator[tuple[IPv4Network | None, Resource | None]]:
    """Yield the ranges of a VPC, with the resource that adds it; None for one that isn't known."""
    yield network_of(vpc.properties.get("CidrBlock")), None
    for each in by_target(environment, RANGE, "VpcId").get(vpc.node, ()):
        ipv6 = "AmazonProvidedIpv6CidrBlock" in each.properties
        if not ipv6 and "Ipv6CidrBlock" not in each.properties:
            yield network_of(each.properties.get("CidrBlock")), each


@rule("NET6")
def _too_small(environment: Environment) -> Iterator[Finding]:
    for place in places(environment):
        for subnet in place.subnets if place.kind in COMPUTE else ():
            block = _block(subnet)
            if block is not None and block.prefixlen > FOR_NODES:
                detail = f"{subnet.path} has {block.num_addresses - 5} free addresses ({block})."
                path = "ConfigurationValues" if place.kind == ADD_ON else "Subnets"
                yield breach(place.resource, path, subnet.logical_id, detail)


@rule("NET7")
def _before_its_range(environment: Environment) -> Iterator[Finding]:
    for vpc, subnets in _by_vpc(environment).items():
        for network, added in _ranges(environment, vpc):
            for subnet in subnets if network and added else ():
                block = _block(subnet)
                inside = block is not None and network is not None and block.subnet_of(network)
                if added and inside and not environment.waits_for(subnet, added):
                    detail = f"Nothing makes it wait for {added.path}."
                    yield breach(subnet, "DependsOn", added.logical_id, detail)


@rule("NET8")
def _ranges_of_services(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        path = "KubernetesNetworkConfig", "ServiceIpv4Cidr"
        services = network_of(look_up(cluster.properties, *path))
        if services is None:
            continue
        inside = is_private(services)
        if not inside or services.prefixlen not in SERVICE_SIZES:
            detail = "EKS takes /12 to /24 in 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16."
            yield breach(cluster, "/".join(path), str(services), detail)
            continue
        vpc = vpc_of_cluster(environment, cluster)
        for network, _ in _ranges(environment, vpc) if vpc else ():
            if network and network.overlaps(services):
                detail = f"{vpc.path if vpc else ''} has {network}."
                yield breach(cluster, "/".join(path), str(services), detail)


@rule("NET10")
def _no_such_zone(environment: Environment) -> Iterator[Finding]:
    for subnet in environment.resources(SUBNET):
        zone, region = text(subnet.properties, "AvailabilityZone"), subnet.scope.stack.region
        letters = LETTERS.get(region)
        # A local zone has a longer name, such as us-west-2-lax-1a.
        named = zone and known(zone) and region
        inside = (
            zone.startswith(f"{region}-")
            or letters is None
            or zone in {region + each for each in letters}
        )
        if named and not (zone.startswith(region) and inside):
            detail = f"{region} has {', '.join(letters or '')}."
            yield breach(subnet, "AvailabilityZone", zone, detail)


@rule("NET11")
def _nodes_in_one_zone(environment: Environment) -> Iterator[Finding]:
    groups = grouped(
        (each.cluster, each) for each in places(environment) if each.kind == NODE_GROUP
    )
    for cluster, several_groups in groups.items():
        zones = {zone_of(each) for group in several_groups for each in group.subnets}
        written = [len(several(each.resource.properties, "Subnets")) for each in several_groups]
        all_here = written == [len(each.subnets) for each in several_groups] and "" not in zones
        protected = cluster is not None and cluster.scope.stack.termination_protection
        for group in several_groups if protected and all_here and len(zones) == 1 else ():
            zone = next(iter(zones))
            detail = f"All nodes of the cluster are in {zone}."
            yield breach(group.resource, "Subnets", zone, detail)

"""How the subnets of a VPC lie: what EC2 and EKS refuse."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import product

from assembly.environment import Environment
from assembly.kinds import ADD_ON, CLUSTER, SUBNET
from assembly.resource import Resource
from constructs_lib.specs.network_limits import is_private
from constructs_lib.specs.regions import ZONES as LETTERS
from guardrails.reach.places import COMPUTE, places, vpc_of_cluster
from guardrails.reach.subnets import by_target, by_vpc, network_of, subnets_in, zone_of
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
    path = "ResourcesVpcConfig", "SubnetIds"
    for cluster in environment.resources(CLUSTER):
        written = several(cluster.properties, *path)
        named = subnets_in(environment, written)
        zones = {*map(zone_of, named)}
        if named and len(named) == len(written) and "" not in zones and len(zones) < ZONES:
            (zone,) = zones
            yield breach(cluster, "/".join(path), zone, f"All its subnets are in {zone}.")


@rule("NET2")
def _overlapping(environment: Environment) -> Iterator[Finding]:
    for subnets in by_vpc(environment).values():
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


def _block(subnet: Resource) -> IPv4Network | None:
    return network_of(subnet.properties.get("CidrBlock"))


@rule("NET3")
def _outside(environment: Environment) -> Iterator[Finding]:
    for vpc, subnets in by_vpc(environment).items():
        every = [*_ranges(environment, vpc)]
        ranges = [network for network, _ in every]
        named = [(added or vpc, network) for network, added in every]
        for resource, block in named + [(each, _block(each)) for each in subnets]:
            detail = ""
            if block and not LARGEST <= block.prefixlen <= SMALLEST:
                detail = f"The range of {resource.path} is a /{block.prefixlen}."
            elif block and not any(each is None or block.subnet_of(each) for each in ranges):
                detail = f"The VPC has {', '.join(map(str, ranges))}."
            if detail:
                yield breach(resource, "CidrBlock", str(block), detail)


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
    for vpc, subnets in by_vpc(environment).items():
        added = [pair for pair in _ranges(environment, vpc) if pair[1]]
        for subnet, (network, later) in product(subnets, added):
            block = _block(subnet)
            inside = block is not None and network is not None and block.subnet_of(network)
            if later and inside and not environment.waits_for(subnet, later):
                detail = f"Nothing makes it wait for {later.path}."
                yield breach(subnet, "DependsOn", later.logical_id, detail)


@rule("NET8")
def _ranges_of_services(environment: Environment) -> Iterator[Finding]:
    path = "KubernetesNetworkConfig", "ServiceIpv4Cidr"
    for cluster in environment.resources(CLUSTER):
        services = network_of(look_up(cluster.properties, *path))
        vpc, detail = vpc_of_cluster(environment, cluster), ""
        for network, _ in _ranges(environment, vpc) if vpc else ():
            if vpc and network and services and network.overlaps(services):
                detail = f"{vpc.path} has {network}."
        if services and not (is_private(services) and services.prefixlen in SERVICE_SIZES):
            detail = "EKS takes /12 to /24 in 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16."
        if detail:
            yield breach(cluster, "/".join(path), str(services), detail)


@rule("NET10")
def _no_such_zone(environment: Environment) -> Iterator[Finding]:
    for subnet in environment.resources(SUBNET):
        zone, region = text(subnet.properties, "AvailabilityZone"), subnet.scope.stack.region
        letters = LETTERS.get(region, "")
        # A local zone has a longer name, such as us-west-2-lax-1a.
        there = {region + each for each in letters} if letters else {zone} - {""}
        # The CDK writes dummy1a before it has looked up the zones.
        inside = zone.startswith((f"{region}-", "dummy")) or zone in there
        if zone and known(zone) and region and not inside:
            yield breach(subnet, "AvailabilityZone", zone, f"{region} has {', '.join(letters)}.")

"""How the subnets of a VPC lie, and what must be in one VPC or only once (layout.json): what EC2 and EKS refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import product

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import CLUSTER, NAT_GATEWAY, SUBNET, VPC
from assembly.links import by_target
from assembly.nodes import resources_of
from assembly.resource import Resource
from constructs_lib.specs.regions import ZONES as LETTERS
from constructs_lib.specs.service_ranges import chosen_by_eks
from guardrails.reach.places import COMPUTE, places, vpc_of_cluster
from guardrails.reach.subnets import (
    block_of,
    by_vpc,
    network_of,
    subnets_in,
    vpc_of,
    ways_out,
    zone_of,
)
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.workloads import HELD
from kube.values import Json, known, look_up, several, table, text

SMALLEST, LARGEST = 28, 16
"""The prefixes of subnets that EC2 takes."""
FOR_NODES = 27
"""The first prefix whose addresses don't hold a node's interfaces and a /28 for its pods."""
ZONES = 2
DATA: Json = table(__file__)
EXISTING = re.compile(r"\bsubnet-[0-9a-f]{8,17}\b")
SERVICES = "KubernetesNetworkConfig", "ServiceIpv4Cidr"
RANGE = "AWS::EC2::VPCCidrBlock"


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
        blocks = [(block, each) for each in subnets if (block := block_of(each))]
        # Of two ranges that overlap one is in the other, which comes first in this order.
        blocks.sort(key=lambda pair: (pair[0].network_address, pair[0].prefixlen))
        outer, other = blocks[0] if blocks else (None, None)
        for block, subnet in blocks[1:]:
            if outer and other and block.overlaps(outer):
                detail = f"{block} is in the range of {other.path}, {outer}."
                yield breach(subnet, "CidrBlock", str(block), detail)
            else:
                outer, other = block, subnet


def _ranges(environment: Environment, vpc: Resource | None) -> dict[Resource, IPv4Network | None]:
    """Return the ranges of a VPC by what adds them; None for one that isn't known."""
    added = by_target(environment, RANGE, "VpcId").get(vpc.node, []) if vpc else []
    ipv4 = [each for each in added if not any("Ipv6" in name for name in each.properties)]
    return {each: block_of(each) for each in ([vpc, *ipv4] if vpc else [])}


@rule("NET3")
def _outside(environment: Environment) -> Iterator[Finding]:
    for vpc, subnets in by_vpc(environment).items():
        ranges = _ranges(environment, vpc)
        for resource in (*ranges, *subnets):
            block, detail = block_of(resource), ""
            if block and not LARGEST <= block.prefixlen <= SMALLEST:
                detail = f"The range of {resource.path} is a /{block.prefixlen}."
            elif block and not any(x is None or block.subnet_of(x) for x in ranges.values()):
                detail = f"The VPC has {', '.join(map(str, ranges.values()))}."
            if detail:
                yield breach(resource, "CidrBlock", str(block), detail)


@rule("NET5")
def _through_another_zone(environment: Environment) -> Iterator[Finding]:
    every = grouped(
        ((vpc, zone_of(subnet)), nat)
        for nat in environment.resources(NAT_GATEWAY)
        for subnet in subnets_in(environment, nat.properties.get("SubnetId"))
        if (vpc := vpc_of(environment, subnet)) is not None and zone_of(subnet)
    )
    zones = {nat: (zone, len(nats)) for (_, zone), nats in every.items() for nat in nats}
    for subnet in environment.resources(SUBNET):
        route, own = ways_out(environment)[subnet.node].default_route, zone_of(subnet)
        taken = environment.target(route.properties.get("NatGatewayId")) if route else None
        vpc = vpc_of(environment, subnet)
        near = every.get((vpc, own), []) if vpc else []
        zone, count = zones.get(taken, (own, 0)) if taken else (own, 0)
        # One for all zones saves money; two in one zone save nothing.
        if route and taken and own and zone != own and (near or count > 1):
            where = f"{near[0].path} is in its own zone" if near else f"{zone} has {count} of them"
            leads = f"{subnet.path} is in {own} and leads to {taken.path} in {zone}"
            detail = f"{leads}, though {where}."
            yield breach(route, "NatGatewayId", taken.logical_id, detail)


@rule("NET6")
def _too_small(environment: Environment) -> Iterator[Finding]:
    for place in places(environment):
        for subnet in place.subnets if place.kind in COMPUTE else ():
            block = block_of(subnet)
            if block is not None and block.prefixlen > FOR_NODES:
                detail = f"{subnet.path} has {block.num_addresses - 5} free addresses ({block})."
                path = HELD.get(place.kind, "Subnets")
                yield breach(place.resource, path, subnet.logical_id, detail)


@rule("NET7")
def _before_its_range(environment: Environment) -> Iterator[Finding]:
    for vpc, subnets in by_vpc(environment).items():
        for subnet, (added, network) in product(subnets, _ranges(environment, vpc).items()):
            block = block_of(subnet)
            inside = added != vpc and block and network and block.subnet_of(network)
            if inside and not environment.waits_for(subnet, added):
                detail = f"Nothing makes it wait for {added.path}."
                yield breach(subnet, "DependsOn", added.logical_id, detail)


@rule("NET8")
def _ranges_of_services(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        services = network_of(look_up(cluster.properties, *SERVICES))
        every = _ranges(environment, vpc_of_cluster(environment, cluster)).values()
        shared = [str(each) for each in every if each and services and each.overlaps(services)]
        if shared:
            detail = f"The VPC has {', '.join(shared)}."
            yield breach(cluster, "/".join(SERVICES), str(services), detail)


@rule("KUBE20")
def _no_address_of_services(environment: Environment) -> Iterator[Finding]:
    for item in environment.kubernetes_objects("Service"):
        own = network_of(item.spec.get("clusterIP"))
        cluster = item.resource.cluster if own else None
        vpc = [*_ranges(environment, cluster and vpc_of_cluster(environment, cluster)).values()]
        said = look_up(cluster.properties, *SERVICES) if cluster else None
        usual = chosen_by_eks([*map(str, vpc)]) if vpc and all(vpc) else ()
        there = [*filter(None, map(network_of, (said,) if said else usual))]
        if own and there and not any(own.subnet_of(each) for each in there):
            ranges = " or ".join(map(str, there))
            value = f"spec.clusterIP {own.network_address}"
            detail = f"spec.clusterIP: the cluster gives Services addresses of {ranges}."
            fix = f"Remove clusterIP, or choose an address of {ranges}."
            yield found(item, value, detail, fix=fix, field="spec.clusterIP")


@rule("NET9")
def _torn_apart(environment: Environment) -> Iterator[Finding]:
    for kind, leading, equal in DATA["one_each"]:
        for target, leaders in by_target(environment, kind, leading).items():
            first: dict[str, Resource] = {}
            for each in leaders:
                value = text(each.properties, equal) if equal else target[1]
                earlier = first.setdefault(value, each)
                if value and earlier != each and known([value]):
                    detail = f"{earlier.path} is there already, for {value}."
                    yield breach(each, leading, value, detail)
    for kind, *names in DATA["same_vpc"]:
        for each in resources_of(environment, kind):
            inside = environment.targets([each.properties.get(name) for name in names])
            homes = {one: one if one.kind == VPC else vpc_of(environment, one) for one in inside}
            vpcs = {one: vpc for one, vpc in homes.items() if vpc and vpc.kind == VPC}
            named = str([each.properties.get(name) for name in names]) if vpcs else ""
            for one in EXISTING.findall(named):
                detail = f"Nothing says that {one} is in the VPC of the others."
                yield breach(each, "", one, detail, fix="Name a subnet of the templates.")
            if len(set(vpcs.values())) > 1:
                parts = ", ".join(f"{one.name} in {vpc.name}" for one, vpc in vpcs.items())
                yield breach(each, "", "several VPCs", f"It has {parts}.")


@rule("NET9")
def _another_vpc(environment: Environment) -> Iterator[Finding]:
    """Yield what has the id of a VPC, beside what is in a VPC that is yet to be made."""
    once: dict[Resource, Finding] = {}
    for user in resources_of(environment, *(kind for kind, *_ in DATA["same_vpc"])):
        parts = [user, *environment.targets([*user.properties.values()])]
        made = {vpc.path for each in parts if (vpc := vpc_of(environment, each))}
        for each in parts if made else ():
            named = text(each.properties, "VpcId")
            if named.startswith("vpc-") and known(named):
                detail = f"{user.path} has it together with what is in {', '.join(sorted(made))}."
                once[each] = breach(each, "VpcId", named, detail)
    yield from once.values()


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

"""What belongs together in a VPC: gateways and zones, and all that must be in one VPC or only once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import ENDPOINT, NAT_GATEWAY, SUBNET, VPC
from assembly.resource import Resource
from guardrails.reach.places import places
from guardrails.reach.subnets import by_target, subnets_in, vpc_of, ways_out, zone_of
from guardrails.rule import Finding, breach, rule
from kube.values import known, look_up, text


@rule("NET4")
def _shared_address(environment: Environment) -> Iterator[Finding]:
    used: dict[object, Resource] = {}
    for nat in environment.resources(NAT_GATEWAY):
        address = nat.properties.get("AllocationId")
        found = environment.target(address)
        key = found or (text(address) if known(address) else None) or None
        if key is not None and (first := used.setdefault(key, nat)) != nat:
            detail = f"{first.path} has this Elastic IP."
            yield breach(nat, "AllocationId", first.logical_id, detail)


@rule("NET5")
def _through_another_zone(environment: Environment) -> Iterator[Finding]:
    inside = {
        nat: subnet
        for nat in environment.resources(NAT_GATEWAY)
        for subnet in subnets_in(environment, nat.properties.get("SubnetId"))
        if vpc_of(environment, subnet) and zone_of(subnet)
    }
    here = grouped(((vpc_of(environment, at), zone_of(at)), nat) for nat, at in inside.items())
    for subnet in environment.resources(SUBNET):
        route, own = ways_out(environment)[subnet.node].default_route, zone_of(subnet)
        taken = environment.target(route.properties.get("NatGatewayId")) if route else None
        if route is None or taken not in inside or not own or own == zone_of(inside[taken]):
            continue
        vpc, zone = vpc_of(environment, subnet), zone_of(inside[taken])
        near, count = here.get((vpc, own), []), len(here.get((vpc, zone), []))
        # One for all zones saves money; two in one zone save nothing.
        if near or count > 1:
            where = f"{near[0].path} is in its own zone" if near else f"{zone} has {count} of them"
            detail = f"{subnet.path} is in {own} and leads to {taken.path} in {zone}: {where}."
            yield breach(route, "NatGatewayId", taken.logical_id, detail)


ONE_EACH = (
    ("AWS::EC2::SubnetRouteTableAssociation", "SubnetId", ""),
    ("AWS::EC2::SubnetNetworkAclAssociation", "SubnetId", ""),
    ("AWS::EC2::Route", "RouteTableId", "DestinationCidrBlock"),
)
"""Of which types a target takes one: by what leads to it, and by what else must be equal."""
SAME_VPC = (
    ("AWS::EC2::SubnetRouteTableAssociation", "RouteTableId", "SubnetId"),
    (ENDPOINT, "SubnetIds", "VpcId"),
    (ENDPOINT, "SecurityGroupIds", "VpcId"),
    (ENDPOINT, "RouteTableIds", "VpcId"),
)
"""Properties of a type that lead to things of one VPC."""


@rule("NET9")
def _torn_apart(environment: Environment) -> Iterator[Finding]:
    for kind, leading, equal in ONE_EACH:
        for target, rivals in by_target(environment, kind, leading).items():
            first: dict[str, Resource] = {}
            for each in rivals:
                value = text(each.properties, equal) if equal else target[1]
                earlier = first.setdefault(value, each)
                if value and earlier != each and known(value):
                    detail = f"{earlier.path} is there already, for {value}."
                    yield breach(each, leading, value, detail)
    for kind, *names in SAME_VPC:
        for each in environment.resources(kind):
            led = [each.properties.get(name) for name in names]
            yield from _of_one_vpc(environment, each, names[0], environment.targets(led))
    for place in places(environment):
        groups = (environment.by_node.get(key) for key in place.groups if key)
        network = look_up(place.cluster.properties, "ResourcesVpcConfig") if place.cluster else None
        of_cluster = subnets_in(environment, look_up(network, "SubnetIds"))[:1]
        inside = (*place.subnets, *filter(None, groups), *of_cluster)
        yield from _of_one_vpc(environment, place.resource, "", inside)


def _of_one_vpc(
    environment: Environment, resource: Resource, path: str, inside: Iterable[Resource]
) -> Iterator[Finding]:
    found = {each: each if each.kind == VPC else vpc_of(environment, each) for each in inside}
    vpcs = {each: vpc for each, vpc in found.items() if vpc is not None and vpc.kind == VPC}
    if len(set(vpcs.values())) > 1:
        parts = ", ".join(f"{each.name} in {vpc.name}" for each, vpc in vpcs.items())
        yield breach(resource, path, "several VPCs", f"It has {parts}.")

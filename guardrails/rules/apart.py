"""What belongs together in a VPC: gateways and zones, and all that must be in one VPC or only once."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import (
    ENDPOINT,
    NAT_GATEWAY,
    SUBNET,
    VPC,
)
from assembly.resource import Resource
from guardrails.reach.places import Place, places
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
            detail = (
                f"{subnet.path} is in {own} and leads to {taken.path} in {zone}, though {where}."
            )
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
        for target, several in by_target(environment, kind, leading).items():
            first: dict[str, Resource] = {}
            for each in several:
                value = text(each.properties, equal) if equal else target[1]
                earlier = first.setdefault(value, each)
                if value and earlier != each and known([value]):
                    detail = f"{earlier.path} is there already, for {value}."
                    yield breach(each, leading, value, detail)
    for kind, *names in SAME_VPC:
        for each in environment.resources(kind):
            yield from _of_one_vpc(
                environment, each, names[0], [each.properties.get(n) for n in names]
            )
    for place in places(environment):
        groups = [
            environment.by_node[key] for key in place.groups if key and key in environment.by_node
        ]
        yield from _of_one_vpc(
            environment,
            place.resource,
            "",
            [],
            [*place.subnets, *groups, *_near(environment, place)],
        )


def _near(environment: Environment, place: Place) -> Iterator[Resource]:
    """Yield a subnet of the cluster that a place belongs to: it must be in the same VPC."""
    network = look_up(place.cluster.properties, "ResourcesVpcConfig") if place.cluster else None
    yield from subnets_in(environment, look_up(network, "SubnetIds"))[:1]


def _of_one_vpc(
    environment: Environment,
    resource: Resource,
    path: str,
    values: list[object],
    more: list[Resource] | None = None,
) -> Iterator[Finding]:
    inside = [each for value in values for each in environment.targets(value)] + (more or [])
    vpcs = {
        each: vpc
        for each in inside
        if (vpc := each if each.kind == VPC else vpc_of(environment, each)) is not None
        and vpc.kind == VPC
    }
    if len(set(vpcs.values())) > 1:
        parts = ", ".join(f"{each.name} in {vpc.name}" for each, vpc in vpcs.items())
        yield breach(resource, path, "several VPCs", f"It has {parts}.")

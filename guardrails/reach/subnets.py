"""What runs in which subnet, and its routes."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import product

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import ENDPOINT, FUNCTION, KUBECTL, NODE_GROUP, PROFILE, SUBNET, VPC
from assembly.links import by_target, kubectl_handler, kubectl_handlers
from assembly.nodes import resources_of
from assembly.references import Node
from assembly.resource import Resource
from kube.values import Unknown, dicts, look_up, text, unsure

WHOLE_INTERNET = "0.0.0.0/0"
ROLE = "kubernetes.io/role/"
ROLES = {True: f"{ROLE}elb", False: f"{ROLE}internal-elb"}
"""The tags of subnets for load balancers that face the internet, and for the others."""
TRUE = ("1", "")
Range = IPv4Network | IPv6Network


@dataclass(frozen=True, kw_only=True)
class WaysOut:
    """What leads out of a subnet; nobody writes the local route.

    `judged` is False where its route table was made elsewhere, so that nothing is known of it.
    """

    associations: tuple[Resource, ...]
    routes: tuple[Resource, ...]
    endpoints: tuple[Resource, ...]
    judged: bool

    @property
    def all(self) -> tuple[Resource, ...]:
        """Return whatever somebody in the subnet needs on the way."""
        return (*self.associations, *self.routes, *self.endpoints)

    @property
    def default_route(self) -> Resource | None:
        """Return the route to everywhere, if the subnet has one."""
        to = ((each.properties.get("DestinationCidrBlock"), each) for each in self.routes)
        # One that only a deploy knows may be the route to everywhere.
        return next((each for at, each in to if text(at).endswith("/0") or unsure(at)), None)

    @property
    def is_public(self) -> bool:
        """Tell whether the default route leads to an internet gateway."""
        return self.leads_to("GatewayId") is not None

    def leads_to(self, kind: str) -> object:
        """Return what the default route names as GatewayId or NatGatewayId."""
        return self.default_route.properties.get(kind) if self.default_route else None


@indexed
def users(environment: Environment) -> tuple[tuple[Resource, tuple[Resource, ...]], ...]:
    """Return node groups, Fargate profiles and the functions of kubectl with their subnets."""
    groups = resources_of(environment, NODE_GROUP, PROFILE)
    named = [(each, each.properties.get("Subnets")) for each in groups]
    # The framework's function calls the handler, so it needs a way out too.
    tokens = [each.properties.get("ServiceToken") for each in environment.resources(*KUBECTL)]
    providers = (each for each in environment.targets(tokens) if each.kind == FUNCTION)
    functions = dict.fromkeys((*kubectl_handlers(environment), *providers))
    named += [(each, look_up(each.properties, "VpcConfig", "SubnetIds")) for each in functions]
    return tuple((user, subnets_in(environment, value)) for user, value in named)


def runner(environment: Environment, user: Resource) -> Node | None:
    """Return what runs for a resource: a manifest or chart runs where its kubectl handler does."""
    runs = kubectl_handler(environment, user) if user.kind in KUBECTL else user
    return runs.node if runs else None


def subnets_in(environment: Environment, value: object) -> tuple[Resource, ...]:
    """Return the subnets of a value that are made here."""
    return tuple(each for each in environment.targets(value) if each.kind == SUBNET)


@indexed
def ways_out(environment: Environment) -> Mapping[Node, WaysOut]:
    """Return what leads out of each subnet."""
    associations = by_target(environment, "AWS::EC2::SubnetRouteTableAssociation", "SubnetId")
    routes = by_target(environment, "AWS::EC2::Route", "RouteTableId")
    # A gateway endpoint serves the route tables that it names, an interface endpoint its whole VPC.
    gateways, of_vpc = (by_target(environment, ENDPOINT, x) for x in ("RouteTableIds", "VpcId"))
    found: dict[Node, WaysOut] = {}
    for subnet in environment.resources(SUBNET):
        own, vpc = associations.get(subnet.node, ()), vpc_of(environment, subnet)
        named = [environment.target(each.properties.get("RouteTableId")) for each in own]
        tables = [each.node for each in named if each is not None]
        beside = of_vpc.get(vpc.node, ()) if vpc is not None else ()
        endpoints = [each for table in tables for each in gateways.get(table, ())]
        found[subnet.node] = WaysOut(
            associations=tuple(own),
            routes=tuple(each for table in tables for each in routes.get(table, ())),
            endpoints=(*endpoints, *(each for each in beside if not is_gateway(each))),
            judged=None not in named,
        )
    return found


def is_gateway(endpoint: Resource) -> bool:
    """Tell whether an endpoint is one in route tables, which is CloudFormation's default."""
    return text(endpoint.properties, "VpcEndpointType") in ("", "Gateway")


def vpc_of(environment: Environment, resource: Resource) -> Resource | None:
    """Return the VPC of a subnet or an endpoint, if it is made here."""
    return environment.target(resource.properties.get("VpcId"))


@indexed
def by_vpc(environment: Environment) -> Mapping[Resource, list[Resource]]:
    """Return the subnets of each VPC that is made here."""
    return grouped(
        (vpc, subnet)
        for subnet in environment.resources(SUBNET)
        if (vpc := vpc_of(environment, subnet)) is not None and vpc.kind == VPC
    )


def tags_of(resource: Resource) -> dict[str, str]:
    """Return the tags of a resource."""
    return {text(each, "Key"): text(each, "Value") for each in dicts(resource.properties, "Tags")}


def zone_of(subnet: Resource) -> str:
    """Return the zone of a subnet, or the function that makes it; empty where EC2 chooses one."""
    zone = subnet.properties.get("AvailabilityZone")
    if isinstance(zone, Unknown):
        return json.dumps(subnet.unresolved.get("AvailabilityZone"), default=str)
    return text(zone)


def block_of(subnet: Resource) -> IPv4Network | None:
    """Return the range of a subnet, if it is known."""
    return network_of(subnet.properties.get("CidrBlock"))


def in_the_way(
    environment: Environment, new: Collection[Node], gone: Collection[Node]
) -> Iterator[tuple[Resource, Resource]]:
    """Yield new subnets in the range of one that goes after them, each with that one."""
    base = environment.base
    old = [x for x in base.resources(SUBNET) if x.node in gone] if base else []
    made = [x for x in environment.resources(SUBNET) if x.node in new]
    for one, other in product(made, old):
        own, was, vpc = block_of(one), block_of(other), vpc_of(environment, one)
        moved = vpc is not None and vpc.node in new
        here = one.properties.get("VpcId") == other.properties.get("VpcId") and not moved
        if here and own and was and own.overlaps(was):
            yield one, other


def network_of(value: object) -> IPv4Network | None:
    """Return the range of IPv4 addresses that a value is, None for any other."""
    found = range_of(value)
    return found if isinstance(found, IPv4Network) else None


def range_of(value: object) -> Range | None:
    """Return the range of addresses of either version that a value is, None for any other."""
    return None if isinstance(value, Unknown) else _range(text(value))


@functools.lru_cache(maxsize=1024)
def _range(written: str) -> Range | None:
    try:
        return ip_network(written, strict=False)
    except ValueError:
        return None

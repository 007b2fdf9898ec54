"""The subnets of the templates: in which zone and tier each is, and what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CLUSTER, ENDPOINT, FUNCTION, INTERNET_GATEWAY, NAT_GATEWAY, SUBNET
from assembly.links import kubectl_handlers
from assembly.references import Node, Text
from assembly.resource import Resource
from kube.values import dicts, look_up, text
from review.labels import words
from review.pictures.painting import WORDS

TIERS: Mapping[str, str] = WORDS["tiers"]
"""The tiers from the internet inwards, and what the picture calls them."""
TIER_OF_ID = re.compile(r"(Public|Private|Pods|ControlPlane)[A-Z]")
"""The construct id of a subnet begins with its tier; ids are a contract (CONTRIBUTING.md)."""
PUBLIC_TAGS = {("kubernetes.io/role/elb", "1"), ("aws-cdk:subnet-type", "Public")}
AWS_SERVICE = re.compile(r"^com\.amazonaws\.(\{.*?\}|[^.]+)\.")
INHABITANTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    NAT_GATEWAY: ("NAT gateway", ("SubnetId",)),
    ENDPOINT: ("endpoints", ("SubnetIds",)),
    CLUSTER: ("interfaces of the control plane", ("ResourcesVpcConfig", "SubnetIds")),
    FUNCTION: ("kubectl handler", ("VpcConfig", "SubnetIds")),
}
"""What is in subnets, and the property that names them."""
Place = tuple[str, str]
"""Where a subnet is: its tier and its zone."""


@indexed
def places(environment: Environment) -> Mapping[Node, Place]:
    """Return where each subnet of the templates is."""
    public = {each.node for each in _routed_to_the_internet(environment)}
    return {
        each.node: ("public" if each.node in public else _tier(each), _zone(each))
        for each in environment.resources(SUBNET)
    }


def places_of(environment: Environment, subnets: object) -> list[Place]:
    """Return where the subnets are that a property names; somebody else's are left out."""
    found = (places(environment).get(each.node) for each in environment.targets(subnets))
    return [each for each in found if each is not None]


@indexed
def contents(environment: Environment) -> Mapping[Node, tuple[str, ...]]:
    """Return what is in each subnet for itself: gateways, endpoints, interfaces."""
    found: dict[Node, dict[str, list[str]]] = {}
    others = environment.resources(NAT_GATEWAY, ENDPOINT, CLUSTER)
    for each in (*others, *kubectl_handlers(environment)):
        thing, path = INHABITANTS.get(each.kind, INHABITANTS[FUNCTION])
        for subnet in environment.targets(look_up(each.properties, *path)):
            things = found.setdefault(subnet.node, {}).setdefault(thing, [])
            things += [service(each)] if each.kind == ENDPOINT else []
    return {
        node: tuple(f"{thing}: {', '.join(of)}" if of else thing for thing, of in things.items())
        for node, things in found.items()
    }


def service(endpoint: Resource) -> str:
    """Return what an endpoint leads to, such as `ecr.api`."""
    return AWS_SERVICE.sub("", words(text(endpoint.properties, "ServiceName")))


def _routed_to_the_internet(environment: Environment) -> Iterator[Resource]:
    """Yield the subnets whose route tables lead to an internet gateway."""
    tables = {
        table.node
        for route in environment.resources("AWS::EC2::Route")
        if _is_internet_gateway(environment, route.properties.get("GatewayId"))
        for table in environment.targets(route.properties.get("RouteTableId"))
    }
    for each in environment.resources("AWS::EC2::SubnetRouteTableAssociation"):
        table = environment.target(each.properties.get("RouteTableId"))
        if table is not None and table.node in tables:
            yield from environment.targets(each.properties.get("SubnetId"))


def _is_internet_gateway(environment: Environment, value: object) -> bool:
    gateway = environment.target(value)
    made_elsewhere = gateway is None and text(value).startswith("igw-")
    return made_elsewhere or (gateway is not None and gateway.kind == INTERNET_GATEWAY)


def _tier(subnet: Resource) -> str:
    """Return the tier by the construct ids, or else by what marks a public subnet."""
    for match in filter(None, map(TIER_OF_ID.match, subnet.ids[-2:])):
        return match[1].replace("ControlPlane", "control_plane").lower()
    tags = {(text(tag, "Key"), text(tag, "Value")) for tag in dicts(subnet.properties, "Tags")}
    is_public = subnet.properties.get("MapPublicIpOnLaunch") is True or tags & PUBLIC_TAGS
    return "public" if is_public else "private"


def _zone(subnet: Resource) -> str:
    """Return the zone; one of a region's list has no name before a deploy, only a number."""
    named = (subnet.properties.get(f"AvailabilityZone{suffix}") for suffix in ("", "Id"))
    zone = next(filter(None, named), None)
    parts = zone.parts if isinstance(zone, Text) and zone == "${Fn::Select}" else ()
    match parts:
        case ([index, _],) if text(index).isdecimal():
            return f"zone {int(text(index)) + 1}"
    return words(text(zone)) or "a zone that AWS chooses"

"""The way from a subnet to the internet: its route, and the gateway that this leads to.

Source: Amazon VPC user guide, "NAT gateways", "Enable internet access for a VPC using internet gateways".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import (
    FUNCTION,
    INTERNET_GATEWAY,
    LAUNCH_TEMPLATE,
    NAT_GATEWAY,
    NODE_GROUP,
    SUBNET,
)
from assembly.resource import Resource
from guardrails.reach.acls import through, through_nat
from guardrails.reach.hops import Fault, Hop, fails
from guardrails.reach.places import Place
from guardrails.reach.subnets import vpc_of, ways_out
from kube.values import dicts, flag, look_up, text

HTTPS = 443
LOCAL = ("NatGatewayId", "GatewayId")


def outward(environment: Environment, place: Place, subnet: Resource, lost: Fault) -> Iterator[Hop]:
    """Yield the hops from a subnet to the internet; `lost` is the fault where no route leads there."""
    ways = ways_out(environment)[subnet.node]
    route = ways.default_route
    if not ways.judged:
        yield Hop(what=f"route table of {subnet.name}, made elsewhere", unknown=True)
        return
    if route is None:
        what = f"route table of {subnet.name}: no route to the internet"
        yield Hop(what=what, fault=lost)
        return
    gateway = next((name for name in LOCAL if route.properties.get(name) is not None), "")
    found = environment.target(route.properties.get(gateway)) if gateway else None
    if gateway == "NatGatewayId" and found is not None and found.kind == NAT_GATEWAY:
        yield from _by_nat(environment, subnet, found)
    elif gateway == "GatewayId":
        yield from through(environment, subnet, None, HTTPS)
        yield from _by_internet_gateway(environment, subnet, route)
        if place.kind == FUNCTION or _has_no_address(environment, place, subnet):
            detail = f"{subnet.path} leads to an internet gateway: it serves public addresses only."
            yield Hop(what="a public address", fault=replace(lost, detail=detail))
    else:
        yield from through(environment, subnet, None, HTTPS)
        yield Hop(what=f"route {route.name} to what was made elsewhere", unknown=True)


def _has_no_address(environment: Environment, place: Place, subnet: Resource) -> bool:
    """Tell whether nodes get no public address: by their subnet, or by their launch template."""
    if place.kind != NODE_GROUP:
        return True
    template = environment.target(look_up(place.resource.properties, "LaunchTemplate", "Id"))
    data = look_up(template.properties, "LaunchTemplateData") if template else None
    interfaces = dicts(data, "NetworkInterfaces")
    said = [each for each in interfaces if "AssociatePublicIpAddress" in each]
    if template is not None and template.kind == LAUNCH_TEMPLATE and said:
        return all(flag(each, "AssociatePublicIpAddress") is False for each in said)
    return flag(subnet.properties, "MapPublicIpOnLaunch") is False


def _by_nat(environment: Environment, subnet: Resource, nat: Resource) -> Iterator[Hop]:
    inside = environment.target(nat.properties.get("SubnetId"))
    place = inside if inside is not None and inside.kind == SUBNET else None
    words = nat_problem(environment, subnet, nat)
    zone = f" in {text(place.properties, 'AvailabilityZone')}" if place else ""
    fault = fails("REACH7", nat, "", nat.logical_id, words) if words else None
    yield Hop(what=f"NAT gateway {nat.name}{zone}", fault=fault, unknown=place is None)
    if place is not None:
        yield from through_nat(environment, subnet, place, HTTPS)
        route = ways_out(environment)[place.node].default_route
        if route is not None:
            yield from _by_internet_gateway(environment, place, route)


def nat_problem(environment: Environment, subnet: Resource, nat: Resource) -> str:
    """Return why a NAT gateway leads nowhere, empty where it does, or may."""
    if text(nat.properties, "ConnectivityType") == "private":
        return "It is private: it translates addresses between networks, not to the internet."
    zonal = text(nat.properties, "AvailabilityMode") in ("", "zonal")
    if zonal and nat.properties.get("AllocationId") is None:
        return "It has no Elastic IP (AllocationId)."
    place = environment.target(nat.properties.get("SubnetId"))
    if place is None or place.kind != SUBNET:
        return ""
    here, there = vpc_of(environment, subnet), vpc_of(environment, place)
    if here and there and here != there:
        return f"It is in another VPC than {subnet.path}."
    ways = ways_out(environment)[place.node]
    if not ways.judged or ways.is_public:
        return ""
    route = ways.default_route
    itself = route is not None and environment.target(route.properties.get("NatGatewayId")) == nat
    if route is not None and route.properties.get("NatGatewayId") is None:
        return ""
    why = "routes to the NAT gateway itself" if itself else "has no route to an internet gateway"
    return f"Its subnet {place.path} {why}."


def _by_internet_gateway(
    environment: Environment, subnet: Resource, route: Resource
) -> Iterator[Hop]:
    gateway = environment.target(route.properties.get("GatewayId"))
    vpc = vpc_of(environment, subnet)
    if gateway is None or gateway.kind != INTERNET_GATEWAY:
        yield Hop(what=f"gateway of {route.name}, made elsewhere", unknown=True)
        return
    attached = _attached(environment).get(gateway, [])
    fault = None
    if vpc is not None and all(each is not None and each != vpc for each in attached):
        to = ", ".join(each.path for each in attached if each) or "no VPC"
        detail = f"{gateway.path} is attached to {to}, but {route.path} needs it in {vpc.path}."
        fault = fails("REACH8", gateway, "", gateway.logical_id, detail)
    yield Hop(what=f"internet gateway {gateway.name}", fault=fault)


@indexed
def _attached(environment: Environment) -> dict[Resource, list[Resource | None]]:
    """Return the VPCs that each internet gateway is attached to, None for one made elsewhere."""
    return grouped(
        (gateway, environment.target(each.properties.get("VpcId")))
        for each in environment.resources("AWS::EC2::VPCGatewayAttachment")
        for gateway in environment.targets(each.properties.get("InternetGatewayId"))
    )

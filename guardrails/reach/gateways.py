"""The way from a subnet to the internet: its route, and the gateway that this leads to.

Source: Amazon VPC user guide, "NAT gateways", "Enable internet access for a VPC using internet gateways".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assembly.environment import Environment
from assembly.index import grouped, indexed
from assembly.kinds import FUNCTION, INTERNET_GATEWAY, NAT_GATEWAY, NODE_GROUP, SUBNET
from assembly.resource import Resource
from guardrails.reach.acls import HTTPS, through, through_nat
from guardrails.reach.hops import Hop
from guardrails.reach.places import Place
from guardrails.reach.subnets import vpc_of, ways_out
from guardrails.rule import Finding, breach
from kube.values import dicts, flag, look_up, text


def outward(
    environment: Environment, place: Place, subnet: Resource, rule: str, lost: Finding
) -> Iterator[Hop]:
    """Yield the hops from a subnet to the internet; `lost` is the finding where no route leads there."""
    ways = ways_out(environment)[subnet.node]
    route, table = ways.default_route, f"route table of {subnet.name}"
    if not ways.judged:
        yield Hop(what=f"{table}, made elsewhere", unknown=True)
        return
    if route is None:
        yield Hop(what=f"{table}: no route to the internet", rule=rule, finding=lost)
        return
    nat = environment.target(route.properties.get("NatGatewayId"))
    if nat is not None and nat.kind == NAT_GATEWAY:
        yield from _by_nat(environment, subnet, nat)
        return
    yield from through(environment, subnet, None, HTTPS)
    if not ways.is_public:
        yield Hop(what=f"route {route.name} to what was made elsewhere", unknown=True)
        return
    yield from _by_internet_gateway(environment, subnet, route)
    if place.kind == FUNCTION or _has_no_address(environment, place, subnet):
        detail = f"{subnet.path} leads to an internet gateway: it serves public addresses only."
        yield Hop(what="a public address", rule=rule, finding=replace(lost, detail=detail))


def _has_no_address(environment: Environment, place: Place, subnet: Resource) -> bool:
    """Tell whether nodes get no public address: by their subnet, or by their launch template."""
    template = environment.target(look_up(place.resource.properties, "LaunchTemplate", "Id"))
    data = look_up(template.properties, "LaunchTemplateData") if template else None
    name = "AssociatePublicIpAddress"
    said = [each for each in dicts(data, "NetworkInterfaces") if name in each]
    if place.kind == NODE_GROUP and said:
        return all(flag(each, name) is False for each in said)
    return place.kind != NODE_GROUP or flag(subnet.properties, "MapPublicIpOnLaunch") is False


def _by_nat(environment: Environment, subnet: Resource, nat: Resource) -> Iterator[Hop]:
    inside = environment.target(nat.properties.get("SubnetId"))
    place = inside if inside is not None and inside.kind == SUBNET else None
    words = _problem(environment, subnet, nat, place)
    what = f"NAT gateway {nat.name}"
    if place is not None:
        what += f" in {text(place.properties, 'AvailabilityZone')}"
    found = breach(nat, "", nat.logical_id, words) if words else None
    yield Hop(what=what, rule="REACH7", finding=found, unknown=place is None)
    if place is not None:
        yield from through_nat(environment, subnet, place, HTTPS)
        route = ways_out(environment)[place.node].default_route
        if route is not None:
            yield from _by_internet_gateway(environment, place, route)


def _problem(
    environment: Environment, subnet: Resource, nat: Resource, place: Resource | None
) -> str:
    """Return why a NAT gateway leads nowhere, empty where it does, or may."""
    if text(nat.properties, "ConnectivityType") == "private":
        return "It is private: it translates addresses between networks, not to the internet."
    zonal = text(nat.properties, "AvailabilityMode") in ("", "zonal")
    if zonal and nat.properties.get("AllocationId") is None:
        return "It has no Elastic IP (AllocationId)."
    if place is None:
        return ""
    here, there = vpc_of(environment, subnet), vpc_of(environment, place)
    if here and there and here != there:
        return f"It is in another VPC than {subnet.path}."
    ways = ways_out(environment)[place.node]
    route = ways.default_route
    # What a firewall or a transit gateway leads to isn't known.
    if not ways.judged or (route is not None and route.properties.get("NatGatewayId") is None):
        return ""
    return f"Its subnet {place.path} has no route to an internet gateway."


def _by_internet_gateway(
    environment: Environment, subnet: Resource, route: Resource
) -> Iterator[Hop]:
    gateway = environment.target(route.properties.get("GatewayId"))
    vpc = vpc_of(environment, subnet)
    if gateway is None or gateway.kind != INTERNET_GATEWAY:
        yield Hop(what=f"gateway of {route.name}, made elsewhere", unknown=True)
        return
    found, attached = None, _attached(environment).get(gateway, [])
    if vpc is not None and all(each is not None and each != vpc for each in attached):
        to = ", ".join(each.path for each in attached if each) or "no VPC"
        detail = f"{gateway.path} is attached to {to}, but {route.path} needs it in {vpc.path}."
        found = breach(gateway, "", gateway.logical_id, detail)
    yield Hop(what=f"internet gateway {gateway.name}", rule="REACH8", finding=found)


@indexed
def _attached(environment: Environment) -> dict[Resource, list[Resource | None]]:
    """Return the VPCs that each internet gateway is attached to, None for one made elsewhere."""
    return grouped(
        (gateway, environment.target(each.properties.get("VpcId")))
        for each in environment.resources("AWS::EC2::VPCGatewayAttachment")
        for gateway in environment.targets(each.properties.get("InternetGatewayId"))
    )

"""The way from a subnet to the internet: its route, and the gateway that this leads to.

Source: Amazon VPC user guide, "NAT gateways", "Enable internet access for a VPC using internet gateways".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assembly.environment import Environment
from assembly.kinds import INTERNET_GATEWAY, NAT_GATEWAY, NODE_GROUP, SUBNET
from assembly.links import template_of
from assembly.resource import Resource
from guardrails.reach.filters import HTTPS, Flow, through
from guardrails.reach.hops import Hop, checked, hop
from guardrails.reach.places import Place
from guardrails.reach.subnets import by_target, vpc_of, ways_out
from guardrails.rule import Finding
from kube.values import dicts, flag, text


def outward(
    environment: Environment, place: Place, subnet: Resource, rule: str, lost: Finding
) -> Iterator[Hop]:
    """Yield the hops from a subnet to the internet; `lost` is the finding where no route leads there."""
    ways = ways_out(environment)[subnet.node]
    route, table = ways.default_route, f"route table of {subnet.name}"
    nat = environment.target(ways.leads_to("NatGatewayId"))
    if not ways.judged:
        yield Hop(f"{table}, made elsewhere", unknown=True)
    elif route is None:
        yield Hop(f"{table}: no route to the internet", rule, lost)
    elif nat is not None and nat.kind == NAT_GATEWAY:
        yield from _by_nat(environment, subnet, nat)
    else:
        yield from through(environment, subnet, None, Flow(port=HTTPS))
        yield from _by_internet_gateway(environment, subnet)
        detail = f"{subnet.path} leads to an internet gateway: it serves public addresses only."
        private = ways.is_public and _has_no_address(environment, place, subnet)
        yield checked("a public address", rule, replace(lost, detail=detail), passes=not private)


def _has_no_address(environment: Environment, place: Place, subnet: Resource) -> bool:
    """Tell whether what runs in a public subnet gets no public address: only nodes may get one."""
    template, name = template_of(environment, place.resource), "AssociatePublicIpAddress"
    interfaces = (
        dicts(template.properties, "LaunchTemplateData", "NetworkInterfaces") if template else ()
    )
    said = [flag(each, name) for each in interfaces if name in each]
    said = said or [flag(subnet.properties, "MapPublicIpOnLaunch")]
    return place.kind != NODE_GROUP or not any(each is not False for each in said)


def _by_nat(environment: Environment, subnet: Resource, nat: Resource) -> Iterator[Hop]:
    inside = environment.target(nat.properties.get("SubnetId"))
    place = inside if inside is not None and inside.kind == SUBNET else None
    words = _problem(environment, subnet, nat, place)
    zone = f" in {text(place.properties, 'AvailabilityZone')}" if place else ""
    step = hop(
        "NAT gateway", nat, nat.logical_id, passes=not words, nat=nat, zone=zone, words=words
    )
    yield replace(step, unknown=place is None)
    if place is not None:
        yield from through(environment, subnet, None, Flow(port=HTTPS), place)
        yield from _by_internet_gateway(environment, place)


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
    # What a firewall or a transit gateway leads to isn't known.
    if not ways.judged or (ways.default_route and ways.leads_to("NatGatewayId") is None):
        return ""
    return f"Its subnet {place.path} has no route to an internet gateway."


def _by_internet_gateway(environment: Environment, subnet: Resource) -> Iterator[Hop]:
    """Yield the internet gateway of a subnet's default route, which its VPC must have."""
    ways, vpc = ways_out(environment)[subnet.node], vpc_of(environment, subnet)
    gateway, route = environment.target(ways.leads_to("GatewayId")), ways.default_route
    if route is None:
        return
    if gateway is None or gateway.kind != INTERNET_GATEWAY:
        yield Hop(f"route {route.name} to what was made elsewhere", unknown=True)
        return
    attachments = by_target(environment, "AWS::EC2::VPCGatewayAttachment", "InternetGatewayId")
    attached = [vpc_of(environment, each) for each in attachments.get(gateway.node, ())]
    to = ", ".join(each.path for each in attached if each) or "no VPC"
    passes = vpc is None or any(each is None or each == vpc for each in attached)
    facts = {"gateway": gateway, "to": to, "route": route, "vpc": vpc}
    yield hop("internet gateway", gateway, gateway.logical_id, passes=passes, **facts)

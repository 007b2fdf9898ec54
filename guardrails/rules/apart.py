"""What belongs together in a VPC: gateways and zones, and all that must be in one VPC or only once (apart.json)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import NAT_GATEWAY, SUBNET, VPC
from assembly.nodes import resources_of
from assembly.resource import Resource
from guardrails.reach.subnets import by_target, subnets_in, vpc_of, ways_out, zone_of
from guardrails.rule import Finding, breach, rule
from kube.values import Json, known, table, text

DATA: Json = table(__file__)
EXISTING = re.compile(r"\bsubnet-[0-9a-f]{8,17}\b")


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


@rule("NET9")
def _torn_apart(environment: Environment) -> Iterator[Finding]:
    for kind, leading, equal in DATA["one_each"]:
        for target, several in by_target(environment, kind, leading).items():
            first: dict[str, Resource] = {}
            for each in several:
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

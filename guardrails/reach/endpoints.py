"""The way to an AWS service through a VPC endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assembly.environment import Environment
from assembly.resource import Resource
from guardrails.reach.acls import through
from guardrails.reach.groups import Flow, closed_sides, keys, name_of
from guardrails.reach.hops import Fault, Hop
from guardrails.reach.places import DATA, Place
from guardrails.reach.policies import Call, refusal
from guardrails.reach.subnets import (
    is_gateway,
    network_of,
    subnets_in,
    vpc_of,
    ways_out,
)
from kube.values import Unknown, flag, text

SERVICE = re.compile(r"(?:cn\.)?com\.amazonaws\.(?P<region>[^.]+)\.(?P<service>.+)")
HTTPS = 443
DNS_FLAGS = (("EnableDnsSupport", True), ("EnableDnsHostnames", False))
"""What a VPC needs so that the names of endpoints are theirs, with CloudFormation's defaults."""


def service_of(endpoint: Resource) -> str:
    """Return the service of an endpoint, such as ecr.api of com.amazonaws.eu-west-1.ecr.api."""
    found = SERVICE.fullmatch(text(endpoint.properties, "ServiceName"))
    return found["service"] if found else ""


def wrong_region(endpoint: Resource) -> str:
    """Return the region of an endpoint's service where it is another one than the stack's."""
    found = SERVICE.fullmatch(text(endpoint.properties, "ServiceName"))
    region, own = (found["region"] if found else ""), endpoint.scope.stack.region
    cross_region = endpoint.properties.get("ServiceRegion") is not None
    differs = region and own and "${" not in region and region != own and not cross_region
    return region if differs else ""


def takes_the_name(endpoint: Resource) -> bool:
    """Tell whether the service's name leads to an endpoint: by routes, or by private DNS."""
    return is_gateway(endpoint) or flag(endpoint.properties, "PrivateDnsEnabled") is not False


def serving(environment: Environment, subnet: Resource, service: str) -> Resource | None:
    """Return the endpoint that a service's name leads to from a subnet.

    One whose service only a deploy knows may be it.
    """
    found = [each for each in ways_out(environment)[subnet.node].endpoints if takes_the_name(each)]
    named = [each for each in found if service_of(each) == service]
    maybe = [each for each in found if isinstance(each.properties.get("ServiceName"), Unknown)]
    unclear = [each for each in maybe if not service_of(each)]
    return next(iter((*named, *unclear)), None)


def by_endpoint(
    environment: Environment, place: Place, subnet: Resource, endpoint: Resource, service: str
) -> Iterator[Hop]:
    """Yield the hops from a subnet through an endpoint."""
    what = f"{'gateway' if is_gateway(endpoint) else 'interface'} endpoint {endpoint.name}"
    yield Hop(what=what, fault=_of_region(endpoint), unknown=not service_of(endpoint))
    if not is_gateway(endpoint):
        yield from _names(environment, endpoint)
        yield from _connection(environment, place, subnet, endpoint)
    else:
        yield from through(environment, subnet, None, HTTPS)
    policy = endpoint.properties.get("PolicyDocument")
    if policy is not None and service in place.needs:
        yield Hop(
            what=f"policy of {endpoint.name}",
            fault=_of_policy(environment, place, endpoint, service),
        )


def _of_region(endpoint: Resource) -> Fault | None:
    if region := wrong_region(endpoint):
        own = endpoint.scope.stack.region
        detail = f"The stack is in {own}, but the service in {region}: EC2 refuses the endpoint."
        return Fault(
            rule="REACH9", resource=endpoint, path="ServiceName", value=region, detail=detail
        )
    return None


def _names(environment: Environment, endpoint: Resource) -> Iterator[Hop]:
    vpc = vpc_of(environment, endpoint)
    for name, default in DNS_FLAGS if vpc else ():
        if vpc and flag(vpc.properties, name, default=default) is False:
            fault = Fault(rule="REACH3", resource=vpc, path=name, value=name, detail="")
            yield Hop(what=f"DNS of {vpc.name}", fault=fault)


def _connection(
    environment: Environment, place: Place, subnet: Resource, endpoint: Resource
) -> Iterator[Hop]:
    flow = Flow(
        port=HTTPS,
        sources=place.groups,
        source=network_of(subnet.properties.get("CidrBlock")),
        targets=keys(environment, endpoint.properties, "SecurityGroupIds"),
    )
    yield from out_of(environment, place, flow, f"the endpoint for {service_of(endpoint)}")
    addresses = subnets_in(environment, endpoint.properties.get("SubnetIds"))
    # One address is as good as another: those of its own zone come first.
    for other in addresses if subnet not in addresses else ():
        yield from through(environment, subnet, other, HTTPS)
    fault = None
    if "in" in closed_sides(environment, flow):
        detail = f"{service_of(endpoint)} doesn't accept HTTPS from {subnet.path}."
        fault = Fault(
            rule="REACH4",
            resource=endpoint,
            path="SecurityGroupIds",
            value=subnet.logical_id,
            detail=detail,
        )
    yield Hop(what=f"security groups of {endpoint.name}", fault=fault)


def out_of(environment: Environment, place: Place, flow: Flow, to: str) -> Iterator[Hop]:
    """Yield the security groups that a connection leaves a place by."""
    if not place.groups:
        return
    fault = None
    if "out" in closed_sides(environment, flow):
        fault = Fault(
            rule="REACH13",
            resource=place.resource,
            value=f"{flow.protocol}/{flow.port}",
            detail=f"No security group of {place.name} ({_named(place)}) lets {flow.protocol} "
            f"{flow.port} out to {to}.",
        )
    yield Hop(what=f"security groups of {place.name}, outbound", fault=fault)


def _named(place: Place) -> str:
    return ", ".join(map(name_of, place.groups))


def _of_policy(
    environment: Environment, place: Place, endpoint: Resource, service: str
) -> Fault | None:
    region, account = endpoint.scope.stack.region, endpoint.scope.stack.account
    of_kind = DATA["calls_of"].get(place.kind, {}).get(service, ())
    rows: Sequence[tuple[str, str, str]] = (*DATA["calls"].get(service, ()), *of_kind)
    for action, resource, owner in rows:
        # A template for any region has no region here.
        wanted = resource.replace("REGION", region or "REGION")
        call = Call(action=action, resource=wanted, owner=owner, role=place.role, account=account)
        if words := refusal(environment, endpoint.properties.get("PolicyDocument"), call):
            return Fault(
                rule="REACH10",
                resource=endpoint,
                path="PolicyDocument",
                value=action,
                detail=f"It {words}, which {place.name} needs.",
            )
    return None

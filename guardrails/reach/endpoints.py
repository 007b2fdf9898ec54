"""The way to an AWS service through a VPC endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly.environment import Environment
from assembly.index import indexed
from assembly.resource import Resource
from guardrails.reach.acls import through
from guardrails.reach.groups import Flow, keys, lets_in, lets_out, name_of
from guardrails.reach.hops import Fault, Hop, fails
from guardrails.reach.places import DATA, Place
from guardrails.reach.policies import WEB_IDENTITY, Call, refusal
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
        fault = _of_policy(environment, place, endpoint, service)
        yield Hop(what=f"policy of {endpoint.name}", fault=fault)


def _of_region(endpoint: Resource) -> Fault | None:
    region, own = wrong_region(endpoint), endpoint.scope.stack.region
    detail = f"The stack is in {own}, but the service in {region}: EC2 refuses the endpoint."
    return fails("REACH9", endpoint, "ServiceName", region, detail) if region else None


def _names(environment: Environment, endpoint: Resource) -> Iterator[Hop]:
    vpc = vpc_of(environment, endpoint)
    for name, default in DNS_FLAGS if vpc else ():
        if vpc and flag(vpc.properties, name, default=default) is False:
            yield Hop(what=f"DNS of {vpc.name}", fault=fails("REACH3", vpc, name, name, ""))


def _connection(
    environment: Environment, place: Place, subnet: Resource, endpoint: Resource
) -> Iterator[Hop]:
    service, network = service_of(endpoint), network_of(subnet.properties.get("CidrBlock"))
    groups = keys(environment, endpoint.properties, "SecurityGroupIds")
    flow = Flow(port=HTTPS, sources=place.groups, source=network, targets=groups)
    yield from out_of(environment, place, flow, f"the endpoint for {service}")
    addresses = subnets_in(environment, endpoint.properties.get("SubnetIds"))
    # One address is as good as another: that of its own zone comes first.
    for other in addresses if subnet not in addresses else ():
        yield from through(environment, subnet, other, HTTPS)
    detail = f"{service} doesn't accept HTTPS from {subnet.path}."
    fault = fails("REACH4", endpoint, "SecurityGroupIds", subnet.logical_id, detail)
    admitted = lets_in(environment, flow)
    yield Hop(what=f"security groups of {endpoint.name}", fault=None if admitted else fault)


def out_of(environment: Environment, place: Place, flow: Flow, to: str) -> Iterator[Hop]:
    """Yield the security groups that a connection leaves a place by."""
    if place.groups:
        port, names = f"{flow.protocol} {flow.port}", ", ".join(map(name_of, place.groups))
        detail = f"No security group of {place.name} ({names}) lets {port} out to {to}."
        fault = fails("REACH13", place.resource, "", f"{flow.protocol}/{flow.port}", detail)
        passes = lets_out(environment, flow)
        yield Hop(
            what=f"security groups of {place.name}, {port} out", fault=None if passes else fault
        )


def _of_policy(
    environment: Environment, place: Place, endpoint: Resource, service: str
) -> Fault | None:
    region, account = endpoint.scope.stack.region, endpoint.scope.stack.account
    of_kind = DATA["calls_of"].get(place.kind, {}).get(service, ())
    irsa = [(WEB_IDENTITY, "*", "own")] if service == "sts" and _uses_irsa(environment) else []
    for action, resource, owner in (*DATA["calls"].get(service, ()), *of_kind, *irsa):
        # A template for any region has no region here.
        wanted = resource.replace("REGION", region or "REGION")
        call = Call(
            action=action,
            resource=wanted,
            owner=owner,
            role=place.role,
            account=account,
            vpc=endpoint.properties.get("VpcId"),
        )
        words = refusal(environment, endpoint.properties.get("PolicyDocument"), call)
        detail = f"It {words}, which {place.name} needs."
        if words:
            return fails("REACH10", endpoint, "PolicyDocument", action, detail)
    return None


@indexed
def _uses_irsa(environment: Environment) -> bool:
    """Tell whether service accounts take roles by tokens of the cluster's OIDC provider."""
    accounts = environment.kubernetes_objects("ServiceAccount")
    return any("eks.amazonaws.com/role-arn" in each.annotations for each in accounts)

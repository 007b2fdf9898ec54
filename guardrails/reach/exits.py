"""What leads out of a subnet: gateways, and VPC endpoints, whose policy lets a call through or not.

Source: Amazon VPC user guide, "NAT gateways", "Enable internet access for a VPC using internet gateways";
AWS PrivateLink guide, "Control access to VPC endpoints using endpoint policies".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from assembly.arns import HOLE, alike, rendered
from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import ENDPOINT, INTERNET_GATEWAY, NAT_GATEWAY, NODE_GROUP, SUBNET
from assembly.links import by_target, template_of
from assembly.policies import Call, allows, principals
from assembly.references import Reference
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.reach.filters import HTTPS, Flow, through
from guardrails.reach.hops import Hop, checked, hop
from guardrails.reach.places import DATA, Place
from guardrails.reach.subnets import is_gateway, vpc_of, ways_out
from guardrails.rule import Finding, breach
from kube.values import Json, Unknown, dicts, flag, several, text

SERVICE = re.compile(r"(?:cn\.)?com\.amazonaws\.(?P<region>[^.]+)\.(?P<service>.+)")
AWS = "602401143452"
"""Stands for AWS's accounts: its repositories of EKS add-ons are in this one."""
ACCOUNT = re.compile(r"\b[0-9]{12}\b")
UNKNOWABLE, OURS = "an endpoint that is yet to be made", "our account"


def service_of(endpoint: Resource) -> str:
    """Return the service of an endpoint, such as ecr.api of com.amazonaws.eu-west-1.ecr.api."""
    found = SERVICE.fullmatch(text(endpoint.properties, "ServiceName"))
    return found["service"] if found else ""


def takes_the_name(endpoint: Resource) -> bool:
    """Tell whether the service's name leads to an endpoint: by routes, or by private DNS."""
    return is_gateway(endpoint) or flag(endpoint.properties, "PrivateDnsEnabled") is not False


def serving(environment: Environment, subnet: Resource, service: str) -> Resource | None:
    """Return the endpoint that a service's name leads to from a subnet, or may lead to."""
    found = [each for each in ways_out(environment)[subnet.node].endpoints if takes_the_name(each)]
    named = [each for each in found if service_of(each) == service]
    maybe = [each for each in found if isinstance(each.properties.get("ServiceName"), Unknown)]
    return next(iter((*named, *(each for each in maybe if not service_of(each)))), None)


def of_other_region(endpoint: Resource) -> Finding | None:
    """Return the finding about an endpoint whose service is of another region than the stack."""
    named = SERVICE.fullmatch(text(endpoint.properties, "ServiceName"))
    region, own = (named["region"] if named else ""), endpoint.scope.stack.region
    said = endpoint.properties.get("ServiceRegion") is not None
    if said or not region or region == own or not own or "${" in region:
        return None
    detail = f"The stack is in {own}, but the service in {region}: EC2 refuses the endpoint."
    return breach(endpoint, "ServiceName", region, detail)


def refused(
    environment: Environment, place: Place, endpoint: Resource, service: str
) -> Finding | None:
    """Return the finding about the first call that an endpoint's policy stops."""
    calls = [*DATA["calls"].get(service, ())]
    calls += DATA["calls_of"].get(place.kind, {}).get(service, ())
    for action, resource, owner in calls:
        region = endpoint.scope.stack.region
        named = resource.replace("REGION", region or HOLE).replace("arn:aws:", f"arn:{HOLE}:")
        if not lets_through(environment, endpoint, (action, named, owner), place.role):
            on = resource.replace("REGION", region or "REGION")
            detail = f"It lets no {action} on {on} through, which {place.name} needs."
            return breach(endpoint, "PolicyDocument", action, detail)
    return None


def lets_through(
    environment: Environment,
    endpoint: Resource,
    wanted: tuple[str, str, str],
    role: Resource | None,
) -> bool:
    """Tell whether the policy of an endpoint lets a call through, or may.

    `wanted` is the action, the resource and whose that is, own or aws. A request to a bucket of
    AWS's is signed by AWS.
    """
    action, resource, owner = wanted
    account = endpoint.scope.stack.account or _own_account(environment, endpoint)
    try:
        document = structured(endpoint.properties.get("PolicyDocument"))
    except ValueError:
        return True
    ours = not (owner == "aws" and action.startswith("s3:"))
    # The role's ARN.
    caller = rendered(environment, Reference("", node=role.node, attribute="Arn")) if role else HOLE
    holder = AWS if owner == "aws" else account
    context: dict[str, str | None] = {
        "aws:principalaccount": account if ours else AWS,
        "aws:principalarn": caller if ours else None,
        "aws:resourceaccount": holder,
        "s3:resourceaccount": holder,
        "aws:sourcevpce": UNKNOWABLE,
        "aws:sourcevpc": rendered(environment, endpoint.properties.get("VpcId")),
        # Only a service that calls for somebody says for whom.
        **dict.fromkeys(DATA["not_said"]["ours" if ours else "aws"]),
    }
    document = _with_account(document, OURS if account == HOLE else account)
    statements = [*_about(environment, document, resource, caller if ours else "")]
    call = Call(action=action, resource=resource, context=context)
    return document is None or allows(environment, [{"Statement": statements}], call) is not False


def _own_account(environment: Environment, endpoint: Resource) -> str:
    """Return what stands for the account where the assembly doesn't name it: a policy may write it out."""
    others = _lists(environment)
    if "['${AWS::AccountId}']" in others:
        return OURS
    written = ACCOUNT.findall(str(endpoint.properties.get("PolicyDocument")))
    return HOLE if {*written} - {AWS, *ACCOUNT.findall(" ".join(others))} else OURS


@indexed
def _lists(environment: Environment) -> list[str]:
    """Return the lists with AWS::AccountId in policies: what is written out beside it are others'."""
    every = [str(each.properties.get("PolicyDocument")) for each in environment.resources(ENDPOINT)]
    return [x for x in re.findall(r"\[[^][]*]", " ".join(every)) if "${AWS::AccountId}" in x]


def _with_account(value: object, account: str) -> object:
    """Return a policy with an account in the place of the stack's own."""
    if isinstance(value, dict):
        return {key: _with_account(inner, account) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_account(inner, account) for inner in value]
    return account if value == "${AWS::AccountId}" else value


def _about(
    environment: Environment, document: object, resource: str, caller: str
) -> Iterator[object]:
    """Yield the statements that are about a caller, without what names it."""
    if isinstance(document, Unknown):
        yield document
    for each in several(document, "Statement"):
        if isinstance(each, Unknown):
            yield each
        elif isinstance(each, dict) and _names(environment, each, caller):
            said: Json = {k: v for k, v in each.items() if v is not None and k != "Principal"}
            # What a call about anything is about is not for a policy to say.
            yield {**said, "Resource": "*"} if resource == "*" else said


def _names(environment: Environment, statement: Json, caller: str) -> bool:
    """Tell whether a statement names a caller of ours, or everybody."""
    named = [rendered(environment, who) for kind, who in principals(statement) if kind == "AWS"]
    # The account's own root stands for everybody in it.
    return any(
        each == "*"
        or (caller and (":role/" not in each or HOLE in (each, caller) or alike(each, caller)))
        for each in named
    )


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
    data = template.properties if template else {}
    interfaces = dicts(data, "LaunchTemplateData", "NetworkInterfaces")
    said: list[object] = [flag(each, name) for each in interfaces if name in each]
    by_subnet = flag(subnet.properties, "MapPublicIpOnLaunch")
    said = said or [by_subnet if place.addressed is None else place.addressed]
    return place.kind != NODE_GROUP or not any(each is not False for each in said)


def _by_nat(environment: Environment, subnet: Resource, nat: Resource) -> Iterator[Hop]:
    inside = environment.target(nat.properties.get("SubnetId"))
    place = inside if inside is not None and inside.kind == SUBNET else None
    words = _problem(environment, subnet, nat, place)
    zone = f" in {text(place.properties, 'AvailabilityZone')}" if place else ""
    facts = {"nat": nat, "zone": zone, "words": words}
    step = hop("NAT gateway", nat, nat.logical_id, passes=not words, **facts)
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

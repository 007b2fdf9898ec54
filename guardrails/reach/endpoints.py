"""The way to an AWS service through a VPC endpoint, and whether its policy lets a call through.

Source: AWS PrivateLink guide, "Control access to VPC endpoints using endpoint policies".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assembly.arns import HOLE, alike, rendered
from assembly.environment import Environment
from assembly.policies import Call, allows
from assembly.references import Reference
from assembly.resource import Resource
from assembly.structured import structured
from guardrails.reach.acls import HTTPS, through
from guardrails.reach.groups import Flow, keys, lets_in, lets_out, names_of
from guardrails.reach.hops import Hop
from guardrails.reach.places import DATA, Place
from guardrails.reach.subnets import is_gateway, network_of, subnets_in, vpc_of, ways_out
from guardrails.rule import Finding, breach
from kube.values import Json, Unknown, flag, several, text

SERVICE = re.compile(r"(?:cn\.)?com\.amazonaws\.(?P<region>[^.]+)\.(?P<service>.+)")
AWS = "602401143452"
"""Stands for AWS's accounts: its repositories of EKS add-ons are in this one."""
UNKNOWABLE = "an endpoint that is yet to be made"
DNS_FLAGS = (("EnableDnsSupport", True), ("EnableDnsHostnames", False))
"""What the names of endpoints need of a VPC, with CloudFormation's defaults."""


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


def by_endpoint(
    environment: Environment, place: Place, subnet: Resource, endpoint: Resource, service: str
) -> Iterator[Hop]:
    """Yield the hops from a subnet through an endpoint."""
    what = f"{'gateway' if is_gateway(endpoint) else 'interface'} endpoint {endpoint.name}"
    found, unknown = _of_region(endpoint), not service_of(endpoint)
    yield Hop(what=what, rule="REACH9", finding=found, unknown=unknown)
    if is_gateway(endpoint):
        yield from through(environment, subnet, None, HTTPS)
    else:
        vpc = vpc_of(environment, endpoint)
        for lost in no_names(vpc) if vpc else ():
            yield Hop(what=f"DNS of {lost.resource.name}", rule="REACH3", finding=lost)
        yield from _connection(environment, place, subnet, endpoint)
    if endpoint.properties.get("PolicyDocument") is not None and service in place.needs:
        found = _refused(environment, place, endpoint, service)
        yield Hop(what=f"policy of {endpoint.name}", rule="REACH10", finding=found)


def no_names(vpc: Resource) -> Iterator[Finding]:
    """Yield what keeps the names of endpoints in a VPC from being theirs."""
    for name, default in DNS_FLAGS:
        if flag(vpc.properties, name, default=default) is False:
            yield breach(vpc, name, name)


def _of_region(endpoint: Resource) -> Finding | None:
    """Return the finding about an endpoint whose service is of another region than the stack."""
    named = SERVICE.fullmatch(text(endpoint.properties, "ServiceName"))
    region, own = (named["region"] if named else ""), endpoint.scope.stack.region
    if not region or region == own or not own or "${" in region:
        return None
    detail = f"The stack is in {own}, but the service in {region}: EC2 refuses the endpoint."
    found = breach(endpoint, "ServiceName", region, detail)
    return found if endpoint.properties.get("ServiceRegion") is None else None


def _connection(
    environment: Environment, place: Place, subnet: Resource, endpoint: Resource
) -> Iterator[Hop]:
    service, network = service_of(endpoint), network_of(subnet.properties.get("CidrBlock"))
    groups = keys(environment, endpoint.properties, "SecurityGroupIds")
    flow = Flow(port=HTTPS, sources=place.groups, source=network, targets=groups)
    yield out_of(environment, place, flow, f"the endpoint for {service}")
    addresses = subnets_in(environment, endpoint.properties.get("SubnetIds"))
    # One address is as good as another: that of its own zone comes first.
    for other in addresses if subnet not in addresses else ():
        yield from through(environment, subnet, other, HTTPS)
    detail = f"{service} doesn't accept HTTPS from {subnet.path}."
    found = breach(endpoint, "SecurityGroupIds", subnet.logical_id, detail)
    passes = lets_in(environment, flow)
    what = f"security groups of {endpoint.name}"
    yield Hop(what=what, rule="REACH4", finding=None if passes else found)


def out_of(environment: Environment, place: Place, flow: Flow, to: str) -> Hop:
    """Return the security groups that a connection leaves a place by."""
    port, passes = f"{flow.protocol} {flow.port}", lets_out(environment, flow)
    detail = (
        f"No security group of {place.name} ({names_of(place.groups)}) lets {port} out to {to}."
    )
    found = breach(place.resource, "", f"{flow.protocol}/{flow.port}", detail)
    what = f"security groups of {place.name}, {port} out"
    return Hop(what=what, rule="REACH13", finding=None if passes else found)


def _refused(
    environment: Environment, place: Place, endpoint: Resource, service: str
) -> Finding | None:
    """Return the finding about the first call that an endpoint's policy stops."""
    calls = [*DATA["calls"].get(service, ())]
    calls += DATA["calls_of"].get(place.kind, {}).get(service, ())
    for action, resource, owner in calls:
        region = endpoint.scope.stack.region or HOLE
        named = resource.replace("REGION", region).replace("arn:aws:", f"arn:{HOLE}:")
        if not lets_through(environment, endpoint, (action, named, owner), place.role):
            on = resource.replace("REGION", endpoint.scope.stack.region or "REGION")
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
    stack, policy = endpoint.scope.stack, endpoint.properties.get("PolicyDocument")
    try:
        document = structured(policy)
    except ValueError:
        return True
    ours = not (owner == "aws" and action.startswith("s3:"))
    # The role's ARN.
    caller = rendered(environment, Reference("", node=role.node, attribute="Arn")) if role else HOLE
    own = stack.account or HOLE
    context: dict[str, str | None] = {
        "aws:principalaccount": own if ours else AWS,
        "aws:principalarn": caller if ours else None,
        "aws:resourceaccount": AWS if owner == "aws" else own,
        "s3:resourceaccount": AWS if owner == "aws" else own,
        "aws:sourcevpce": UNKNOWABLE,
        "aws:sourcevpc": rendered(environment, endpoint.properties.get("VpcId")),
        **({} if ours else dict.fromkeys(("aws:principalorgid", "aws:principalorgpaths"))),
    }
    document = _with_account(document, stack.account or "our account")
    statements = [*_about(environment, document, resource, caller if ours else "")]
    call = Call(action=action, resource=resource, context=context)
    return document is None or allows(environment, [{"Statement": statements}], call) is not False


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
        elif isinstance(each, dict) and _names(environment, each.get("Principal"), caller):
            said: Json = {k: v for k, v in each.items() if v is not None and k != "Principal"}
            # What a call about anything is about is not for a policy to say.
            yield {**said, "Resource": "*"} if resource == "*" else said


def _names(environment: Environment, principal: object, caller: str) -> bool:
    """Tell whether a statement names a caller of ours, or everybody."""
    if not caller:
        return "*" in several(principal) or "*" in several(principal, "AWS")
    if principal is None or isinstance(principal, str):
        return principal == "*" or isinstance(principal, Unknown)
    named = [rendered(environment, each) for each in several(principal, "AWS")]
    # The account's own root stands for everybody in it.
    return any(
        ":role/" not in each or HOLE in (each, caller) or alike(each, caller) for each in named
    )

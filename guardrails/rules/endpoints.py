"""An interface endpoint lets in whoever has its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import ENDPOINT, INGRESS, SECURITY_GROUP
from assembly.references import Node
from assembly.resource import Resource
from guardrails.rule import Finding, rule
from guardrails.rules.reachability import service_of
from guardrails.rules.subnets import by_target, network_of, pod_subnets, users
from kube.values import Unknown, look_up, several, text

HTTPS = 443


@rule("REACH4")
def _closed_endpoints(environment: Environment) -> Iterator[Finding]:
    for endpoint in environment.resources(ENDPOINT):
        rules = _ingress(environment, endpoint)
        vpc = environment.target(endpoint.properties.get("VpcId"))
        if text(endpoint.properties, "VpcEndpointType") != "Interface" or rules is None:
            continue
        for subnet in _used_subnets(environment).get(vpc.node, ()) if vpc else ():
            if not any(_admits(rule, subnet) for rule in rules):
                yield Finding(
                    resource=endpoint,
                    value=subnet.logical_id,
                    location="Properties/SecurityGroupIds",
                    detail=f"{service_of(endpoint)} is closed to {subnet.path}.",
                )


@indexed
def _used_subnets(environment: Environment) -> Mapping[Node, Mapping[Resource, None]]:
    """Return the subnets in which something runs by their VPCs."""
    found: dict[Node, dict[Resource, None]] = {}
    for _, names in (*users(environment), *pod_subnets(environment)):
        for subnet in names:
            vpc = environment.target(subnet.properties.get("VpcId"))
            if vpc is not None:
                found.setdefault(vpc.node, {})[subnet] = None
    return found


def _ingress(environment: Environment, endpoint: Resource) -> Sequence[object] | None:
    """Return the rules of an endpoint's security groups; None if one of them isn't made here."""
    rules: list[object] = []
    for value in several(endpoint.properties, "SecurityGroupIds"):
        group = environment.target(value)
        if group is None or group.kind != SECURITY_GROUP:
            return None
        rules += several(group.properties, "SecurityGroupIngress")
        rules += [each.properties for each in _ingress_by_group(environment).get(group.node, ())]
    return rules


@indexed
def _ingress_by_group(environment: Environment) -> Mapping[Node, list[Resource]]:
    return by_target(environment, INGRESS, "GroupId")


def _admits(rule: object, subnet: Resource) -> bool:
    """Tell whether a rule lets HTTPS in from a subnet; what can't be read here is let pass."""
    protocol = look_up(rule, "IpProtocol")
    if isinstance(protocol, Unknown):
        return True
    if text(protocol) != "-1" and not (text(protocol) in ("tcp", "6") and _holds_https(rule)):
        return False
    source = look_up(rule, "CidrIp")
    if source is None:
        # Another security group, or a prefix list.
        return look_up(rule, "CidrIpv6") is None
    outer, inner = network_of(source), network_of(subnet.properties.get("CidrBlock"))
    return outer is None or inner is None or inner.subnet_of(outer)


def _holds_https(rule: object) -> bool:
    first, last = text(rule, "FromPort"), text(rule, "ToPort")
    return not (first.isdecimal() and last.isdecimal()) or int(first) <= HTTPS <= int(last)

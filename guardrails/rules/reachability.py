"""Whether whatever runs in a subnet can reach the AWS services that it needs.

Only networks made in the same environment are judged. Of an existing one the templates hold nothing
but ids: neither its routes nor its endpoints, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from assembly import kinds
from assembly.environment import Environment
from assembly.index import grouped
from assembly.kinds import FUNCTION, NODE_GROUP, PROFILE
from assembly.links import cluster_of
from assembly.references import Node
from assembly.resource import Resource
from guardrails.rule import Finding, breach, rule
from guardrails.rules.subnets import (
    WHOLE_INTERNET,
    WaysOut,
    by_target,
    is_gateway,
    network_of,
    pod_subnets,
    runner,
    users,
    ways_out,
)
from kube.values import Unknown, flag, known, look_up, several, text

DATA = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
HTTPS = 443


@rule("REACH1")
def _no_way_to_a_service(environment: Environment) -> Iterator[Finding]:
    for user, subnet, ways in _cut_off(environment):
        # Whoever asks for the service's name needs it to lead to the endpoint.
        served = {
            _service_of(each)
            for each in ways.endpoints
            if is_gateway(each) or flag(each.properties, "PrivateDnsEnabled") is not False
        }
        for name in DATA["needed_by"][user.kind]:
            if name not in served:
                value, fix = f"{subnet.logical_id}:{name}", DATA["endpoint_or_nat"].format(name)
                detail = f"{subnet.path} has no NAT gateway and no endpoint for {name}."
                yield breach(user, "", value, detail, fix=fix)


def _cut_off(environment: Environment) -> Iterator[tuple[Resource, Resource, WaysOut]]:
    for user, subnet, ways in _running(environment):
        # An internet gateway serves public addresses only: nodes may have one, a Lambda function
        # never. EKS refuses Fargate there anyway. A NAT gateway, a transit gateway or an appliance
        # serves all.
        gets_address = flag(subnet.properties, "MapPublicIpOnLaunch") is not False
        served = user.kind == PROFILE or (user.kind == NODE_GROUP and gets_address)
        leads_out = served if ways.is_public else ways.default_route is not None
        if ways.judged and not leads_out:
            yield user, subnet, ways


def _running(environment: Environment) -> Iterator[tuple[Resource, Resource, WaysOut]]:
    for user, names in users(environment):
        yield from ((user, subnet, ways_out(environment)[subnet.node]) for subnet in names)


def _service_of(endpoint: Resource) -> str:
    """Return the service of an endpoint, such as ecr.api of com.amazonaws.eu-west-1.ecr.api."""
    written = text(endpoint.properties, "ServiceName")
    return written.partition("com.amazonaws.")[2].partition(".")[2]


@rule("REACH2")
def _api_server_out_of_reach(environment: Environment) -> Iterator[Finding]:
    clusters = grouped(
        (runner(environment, each), cluster)
        for each in environment.resources(NODE_GROUP, PROFILE, *kinds.KUBECTL)
        if (cluster := cluster_of(environment, each))
    )
    for user, subnet, _ in _cut_off(environment):
        for cluster in dict.fromkeys(clusters.get(user.node, ())):
            if flag(cluster.properties, "ResourcesVpcConfig", "EndpointPrivateAccess") is False:
                yield breach(user, "", subnet.logical_id, "The cluster's endpoint is public only.")
    for user, _ in users(environment):
        outside = user.kind == FUNCTION and not user.properties.get("VpcConfig")
        # The address of a handler outside the VPC isn't known.
        if outside and any(map(_is_closed, clusters.get(user.node, ()))):
            detail = "The kubectl handler runs outside the VPC."
            yield breach(user, "VpcConfig", "outside the VPC", detail, fix=DATA["handler_inside"])


def _is_closed(cluster: Resource) -> bool:
    network = look_up(cluster.properties, "ResourcesVpcConfig")
    cidrs = several(network, "PublicAccessCidrs") or [WHOLE_INTERNET]
    closed = known(cidrs) and WHOLE_INTERNET not in cidrs
    return closed or flag(network, "EndpointPublicAccess", default=True) is False


@rule("REACH3")
def _no_names(environment: Environment) -> Iterator[Finding]:
    for vpc in environment.resources(kinds.VPC):
        # CloudFormation's own defaults.
        for name, default in (("EnableDnsSupport", True), ("EnableDnsHostnames", False)):
            if flag(vpc.properties, name, default=default) is False:
                yield breach(vpc, name, name)


@rule("REACH4")
def _closed_endpoints(environment: Environment) -> Iterator[Finding]:
    by_group = by_target(environment, kinds.INGRESS, "GroupId")
    used = grouped(
        (environment.target(subnet.properties.get("VpcId")), subnet)
        for _, names in (*users(environment), *pod_subnets(environment))
        for subnet in names
    )
    for endpoint in environment.resources(kinds.ENDPOINT):
        rules = [*_ingress(environment, endpoint, by_group)]
        vpc = environment.target(endpoint.properties.get("VpcId"))
        is_interface = text(endpoint.properties, "VpcEndpointType") == "Interface"
        for subnet in dict.fromkeys(used.get(vpc, ())) if vpc and is_interface else ():
            if not any(_admits(rule, subnet) for rule in rules):
                detail = f"{_service_of(endpoint)} doesn't accept HTTPS from {subnet.path}."
                yield breach(endpoint, "SecurityGroupIds", subnet.logical_id, detail)


def _ingress(
    environment: Environment, endpoint: Resource, by_group: Mapping[Node, list[Resource]]
) -> Iterator[object]:
    """Yield the rules of an endpoint's security groups; those of one made elsewhere aren't known."""
    for value in several(endpoint.properties, "SecurityGroupIds"):
        if (group := environment.target(value)) is None or group.kind != kinds.SECURITY_GROUP:
            yield Unknown("rules made elsewhere")
        else:
            yield from several(group.properties, "SecurityGroupIngress")
            yield from (each.properties for each in by_group.get(group.node, ()))


def _admits(rule: object, subnet: Resource) -> bool:
    """Tell whether a rule lets HTTPS in from a subnet; what can't be read here is let pass."""
    protocol, source = look_up(rule, "IpProtocol"), look_up(rule, "CidrIp")
    ports = [text(rule, end) for end in ("FromPort", "ToPort")]
    all_decimal = all(port.isdecimal() for port in ports)
    holds_https = not all_decimal or int(ports[0]) <= HTTPS <= int(ports[1])
    if isinstance(protocol, Unknown):
        return True
    if text(protocol) != "-1" and not (text(protocol) in ("tcp", "6") and holds_https):
        return False
    if source is None:
        # Another security group, or a prefix list.
        return look_up(rule, "CidrIpv6") is None
    outer, inner = network_of(source), network_of(subnet.properties.get("CidrBlock"))
    return outer is None or inner is None or inner.subnet_of(outer)


@rule("REACH5")
def _lost_pods(environment: Environment) -> Iterator[Finding]:
    for add_on, names in pod_subnets(environment):
        for subnet in names:
            ways = ways_out(environment)[subnet.node]
            if ways.judged and not (ways.associations and (ways.routes or ways.endpoints)):
                name = text(add_on.properties, "AddonName")
                yield breach(subnet, "", subnet.logical_id, f"{name} gives its addresses to pods.")


@rule("REACH6")
def _fargate_in_public(environment: Environment) -> Iterator[Finding]:
    for user, subnet, ways in _running(environment):
        if user.kind == PROFILE and ways.is_public:
            detail = f"The default route of {subnet.path} leads to an internet gateway."
            yield breach(user, "Subnets", subnet.logical_id, detail)

"""Whatever runs in a subnet reaches the AWS services that it can't do without.

Only networks made in the same environment are judged. Of an existing one the templates hold nothing
but ids: neither its routes nor its endpoints, so nothing is said about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from assembly import kinds
from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import FUNCTION, NODE_GROUP, PROFILE
from assembly.links import cluster_of, kubectl_handler
from assembly.references import Node
from assembly.resource import Resource
from guardrails.rule import Finding, rule
from guardrails.rules.findings import breach
from guardrails.rules.subnets import (
    WHOLE_INTERNET,
    WaysOut,
    by_target,
    is_gateway,
    network_of,
    pod_subnets,
    users,
    ways_out,
)
from kube.values import Unknown, flag, known, look_up, several, text

PULLING = ("ecr.api", "ecr.dkr", "s3")
NEEDED_BY = {
    NODE_GROUP: (*PULLING, "ec2", "eks", "eks-auth", "logs", "sts"),
    PROFILE: (*PULLING, "logs", "sts"),
    # The framework's function invokes the handler; kubectl gets its token from STS, and the API
    # server's address from EKS.
    FUNCTION: ("eks", "lambda", "logs", "s3", "sts"),
}
"""EKS user guide, "Deploy private clusters with limited internet access"."""
HTTPS = 443


@rule("REACH1")
def _no_way_to_a_service(environment: Environment) -> Iterator[Finding]:
    for user, subnet, ways in _cut_off(environment):
        served = set(_services(ways))
        for name in NEEDED_BY[user.kind]:
            if name not in served:
                yield breach(
                    user,
                    "",
                    f"{subnet.logical_id}:{name}",
                    f"{subnet.path} has no NAT gateway and no endpoint for {name}.",
                    fix=f"Give the network an endpoint for {name} (network.interface_endpoints), "
                    "or a NAT gateway (network.nat_gateways).",
                )


def _cut_off(environment: Environment) -> Iterator[tuple[Resource, Resource, WaysOut]]:
    """Yield who runs in a subnet without a way to the internet."""
    for user, names in users(environment):
        for subnet in names:
            ways = ways_out(environment, subnet)
            # EKS refuses Fargate there anyway.
            refused = user.kind == PROFILE and ways.is_public
            if ways.judged and not refused and not _leads_to_the_internet(user, subnet, ways):
                yield user, subnet, ways


def _leads_to_the_internet(user: Resource, subnet: Resource, ways: WaysOut) -> bool:
    if not ways.is_public:
        # A NAT gateway, a transit gateway, an appliance.
        return ways.default_route is not None
    # An internet gateway serves public addresses only: nodes may have one, a Lambda function never.
    gets_address = flag(subnet.properties, "MapPublicIpOnLaunch") is not False
    return user.kind == NODE_GROUP and gets_address


def _services(ways: WaysOut) -> Iterator[str]:
    for endpoint in ways.endpoints:
        if is_gateway(endpoint) or flag(endpoint.properties, "PrivateDnsEnabled") is not False:
            yield _service_of(endpoint)


def _service_of(endpoint: Resource) -> str:
    """Return the service of an endpoint, such as ecr.api of com.amazonaws.eu-west-1.ecr.api."""
    written = text(endpoint.properties, "ServiceName")
    return written.partition("com.amazonaws.")[2].partition(".")[2]


@rule("REACH2")
def _api_server_out_of_reach(environment: Environment) -> Iterator[Finding]:
    for user, subnet, _ in _cut_off(environment):
        for cluster in _clusters_of(environment, user):
            network = look_up(cluster.properties, "ResourcesVpcConfig")
            if flag(network, "EndpointPrivateAccess") is False:
                detail = "The cluster's endpoint is public only."
                yield breach(user, "", subnet.logical_id, detail)
    for user, _ in users(environment):
        if user.kind == FUNCTION and not user.properties.get("VpcConfig"):
            for cluster in _clusters_of(environment, user):
                # The address of a handler outside the VPC isn't known.
                if _is_closed(look_up(cluster.properties, "ResourcesVpcConfig")):
                    yield breach(
                        user,
                        "VpcConfig",
                        "outside the VPC",
                        "The kubectl handler runs outside the VPC.",
                        fix="Give the kubectl handler subnets of the VPC (kubectl_provider_options"
                        ".private_subnets) and switch the private endpoint on.",
                    )


def _is_closed(network: object) -> bool:
    cidrs = several(network, "PublicAccessCidrs") or [WHOLE_INTERNET]
    closed = known(cidrs) and WHOLE_INTERNET not in cidrs
    return closed or flag(network, "EndpointPublicAccess", default=True) is False


def _clusters_of(environment: Environment, user: Resource) -> Iterable[Resource]:
    if user.kind == FUNCTION:
        return _clusters_by_handler(environment).get(user.node, ())
    return filter(None, [cluster_of(environment, user)])


@indexed
def _clusters_by_handler(environment: Environment) -> Mapping[Node, Iterable[Resource]]:
    found: dict[Node, dict[Resource, None]] = defaultdict(dict)
    for resource in environment.resources(*kinds.KUBECTL):
        handler, cluster = kubectl_handler(environment, resource), cluster_of(environment, resource)
        if handler is not None and cluster is not None:
            found[handler.node][cluster] = None
    return found


@rule("REACH3")
def _no_names(environment: Environment) -> Iterator[Finding]:
    for vpc in environment.resources(kinds.VPC):
        # CloudFormation's own defaults.
        for name, default in (("EnableDnsSupport", True), ("EnableDnsHostnames", False)):
            if flag(vpc.properties, name, default=default) is False:
                yield breach(vpc, name, name)


@rule("REACH4")
def _closed_endpoints(environment: Environment) -> Iterator[Finding]:
    for endpoint in environment.resources(kinds.ENDPOINT):
        rules = _ingress(environment, endpoint)
        vpc = environment.target(endpoint.properties.get("VpcId"))
        is_interface = text(endpoint.properties, "VpcEndpointType") == "Interface"
        if not is_interface or rules is None or vpc is None:
            continue
        for subnet in _used_subnets(environment).get(vpc.node, ()):
            if not any(_admits(rule, subnet) for rule in rules):
                detail = f"{_service_of(endpoint)} is closed to {subnet.path}."
                yield breach(endpoint, "SecurityGroupIds", subnet.logical_id, detail)


@indexed
def _used_subnets(environment: Environment) -> Mapping[Node, Iterable[Resource]]:
    """Return the subnets in which something runs by their VPCs."""
    found: dict[Node, dict[Resource, None]] = defaultdict(dict)
    for _, names in (*users(environment), *pod_subnets(environment)):
        for subnet in names:
            vpc = environment.target(subnet.properties.get("VpcId"))
            if vpc is not None:
                found[vpc.node][subnet] = None
    return found


def _ingress(environment: Environment, endpoint: Resource) -> Sequence[object] | None:
    """Return the rules of an endpoint's security groups; None if one of them isn't made here."""
    rules: list[object] = []
    for value in several(endpoint.properties, "SecurityGroupIds"):
        group = environment.target(value)
        if group is None or group.kind != kinds.SECURITY_GROUP:
            return None
        rules += several(group.properties, "SecurityGroupIngress")
        rules += [each.properties for each in _ingress_by_group(environment).get(group.node, ())]
    return rules


@indexed
def _ingress_by_group(environment: Environment) -> Mapping[Node, list[Resource]]:
    return by_target(environment, kinds.INGRESS, "GroupId")


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


@rule("REACH5")
def _lost_pods(environment: Environment) -> Iterator[Finding]:
    for add_on, names in pod_subnets(environment):
        for subnet in names:
            ways = ways_out(environment, subnet)
            if ways.judged and not (ways.associations and (ways.routes or ways.endpoints)):
                name = text(add_on.properties, "AddonName")
                yield breach(subnet, "", subnet.logical_id, f"{name} gives its addresses to pods.")


@rule("REACH6")
def _fargate_in_public(environment: Environment) -> Iterator[Finding]:
    for user, names in users(environment):
        for subnet in names if user.kind == PROFILE else ():
            if ways_out(environment, subnet).is_public:
                detail = f"The default route of {subnet.path} leads to an internet gateway."
                yield breach(user, "Subnets", subnet.logical_id, detail)

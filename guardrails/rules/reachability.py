"""Whatever runs in a subnet reaches the AWS services that it can't do without.

Only networks made in the same environment are judged. Of an existing one the templates hold nothing
but ids: neither its routes nor its endpoints, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from guardrails import subnets
from guardrails.clusters import (
    NODE_GROUP,
    PROFILE,
    add_on_name,
    cluster_of,
    kubectl_handlers,
)
from guardrails.environment import Environment, Resource
from guardrails.intrinsics import text
from guardrails.rule import Finding, Rule

FAMILY = "Reachability"

HANDLER = "AWS::Lambda::Function"
PULLING = ("ecr.api", "ecr.dkr", "s3")
NEEDED_BY = {
    NODE_GROUP: (*PULLING, "ec2", "eks", "eks-auth", "logs", "sts"),
    PROFILE: (*PULLING, "logs", "sts"),
    # The framework's function invokes the handler; kubectl gets its token from STS, and the API
    # server's address from EKS.
    HANDLER: ("eks", "lambda", "logs", "s3", "sts"),
}
"""EKS user guide, "Deploy private clusters with limited internet access"."""


def _no_way_to_a_service(environment: Environment) -> Iterator[Finding]:
    for user, names in _users(environment):
        for subnet in names:
            if _leads_to_the_internet(environment, user, subnet):
                continue
            served = set(_services(environment, subnet))
            missing = [name for name in NEEDED_BY[user.kind] if name not in served]
            for name in missing:
                yield Finding(
                    resource=user,
                    value=f"{subnet.logical_id}:{name}",
                    location="Properties",
                    detail=f"{subnet.path} has no NAT gateway and no endpoint for {name}.",
                    mend=f"Give the network an endpoint for {name} (network.interface_endpoints), "
                    "or a NAT gateway (network.nat_gateways).",
                )


def _users(environment: Environment) -> Iterator[tuple[Resource, list[Resource]]]:
    for resource in environment.resources(NODE_GROUP, PROFILE):
        values = resource.properties.get("Subnets", ())
        yield resource, subnets.named_subnets(environment, resource, values)
    for handler in sorted(kubectl_handlers(environment), key=lambda found: found.node):
        yield handler, subnets.handler_subnets(environment, handler)


def _leads_to_the_internet(environment: Environment, user: Resource, subnet: Resource) -> bool:
    route = subnets.default_route(environment, subnet)
    if route is None:
        return False
    if not subnets.is_public(environment, subnet):
        # A NAT gateway, a transit gateway, an appliance.
        return True
    # An internet gateway serves public addresses only: nodes may have one, a Lambda function never.
    gets_address = subnet.properties.get("MapPublicIpOnLaunch") is True
    return user.kind == NODE_GROUP and gets_address


def _services(environment: Environment, subnet: Resource) -> Iterator[str]:
    for endpoint in subnets.endpoints(environment, subnet):
        gateway = endpoint.properties.get("VpcEndpointType", "Gateway") == "Gateway"
        if gateway or endpoint.properties.get("PrivateDnsEnabled") is True:
            yield service_of(endpoint)


def service_of(endpoint: Resource) -> str:
    """Return the service of an endpoint, such as ecr.api of com.amazonaws.eu-west-1.ecr.api."""
    written = text(endpoint.properties.get("ServiceName", ""))
    return written.partition("com.amazonaws.")[2].partition(".")[2]


def _api_server_out_of_reach(environment: Environment) -> Iterator[Finding]:
    for user, names in _users(environment):
        clusters = (
            [cluster_of(environment, user)]
            if user.kind != HANDLER
            else list(environment.resources("AWS::EKS::Cluster"))
        )
        for cluster in clusters:
            if cluster is None:
                continue
            network = cluster.properties.get("ResourcesVpcConfig", {})
            if "VpcConfig" not in user.properties and user.kind == HANDLER:
                yield from _handler_outside(user, network)
            if network.get("EndpointPrivateAccess", False) is True:
                continue
            for subnet in names:
                if not _leads_to_the_internet(environment, user, subnet):
                    yield Finding(
                        resource=user,
                        value=subnet.logical_id,
                        location="Properties",
                        detail="The cluster's endpoint is public only.",
                    )


def _handler_outside(handler: Resource, network: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield that a handler outside the VPC finds the endpoint closed: its address isn't known."""
    cidrs = network.get("PublicAccessCidrs") or ["0.0.0.0/0"]
    if network.get("EndpointPublicAccess", True) is not True or "0.0.0.0/0" not in cidrs:
        yield Finding(
            resource=handler,
            value="outside the VPC",
            location="Properties/VpcConfig",
            detail="The kubectl handler runs outside the VPC.",
            mend="Give the kubectl handler subnets of the VPC "
            "(kubectl_provider_options.private_subnets) and switch the private endpoint on.",
        )


def _no_names(environment: Environment) -> Iterator[Finding]:
    for vpc in environment.resources("AWS::EC2::VPC"):
        # CloudFormation's own defaults.
        for name, default in (("EnableDnsSupport", True), ("EnableDnsHostnames", False)):
            if vpc.properties.get(name, default) is not True:
                yield Finding(resource=vpc, value=name, location=f"Properties/{name}")


def _closed_endpoints(environment: Environment) -> Iterator[Finding]:
    for endpoint in environment.resources(subnets.ENDPOINT):
        if endpoint.properties.get("VpcEndpointType") != "Interface":
            continue
        rules = _ingress(environment, endpoint)
        if rules is None:
            continue
        for subnet in _subnets_with_users(environment):
            vpc = environment.named_by(endpoint, endpoint.properties.get("VpcId"))
            if environment.named_by(subnet, subnet.properties.get("VpcId")) != vpc:
                continue
            if not any(_admits(rule, subnet) for rule in rules):
                yield Finding(
                    resource=endpoint,
                    value=subnet.logical_id,
                    location="Properties/SecurityGroupIds",
                    detail=f"{service_of(endpoint)} is closed to {subnet.path}.",
                )


def _subnets_with_users(environment: Environment) -> list[Resource]:
    return list(
        dict.fromkeys(
            subnet
            for _, names in (*_users(environment), *subnets.pod_subnets(environment))
            for subnet in names
        )
    )


def _ingress(environment: Environment, endpoint: Resource) -> list[dict[str, Any]] | None:
    """Return the rules of an endpoint's security groups; None if one of them isn't made here."""
    rules: list[dict[str, Any]] = []
    for value in endpoint.properties.get("SecurityGroupIds", ()):
        group = environment.named_by(endpoint, value)
        if group is None or group.kind != "AWS::EC2::SecurityGroup":
            return None
        rules.extend(group.properties.get("SecurityGroupIngress", ()))
        rules.extend(
            dict(ingress.properties)
            for ingress in environment.resources("AWS::EC2::SecurityGroupIngress")
            if environment.named_by(ingress, ingress.properties.get("GroupId")) == group
        )
    return rules


def _admits(rule: dict[str, Any], subnet: Resource) -> bool:
    if str(rule.get("IpProtocol")) not in {"-1", "tcp", "6"}:
        return False
    if str(rule["IpProtocol"]) != "-1" and not _holds_443(rule):
        return False
    source = rule.get("CidrIp")
    if not isinstance(source, str):
        # Another security group, a prefix list, or the VPC's range, which isn't known before.
        return "SourceSecurityGroupId" in rule or source is not None or "CidrIpv6" not in rule
    network = subnet.properties.get("CidrBlock")
    return not isinstance(network, str) or IPv4Network(network).subnet_of(IPv4Network(source))


def _holds_443(rule: dict[str, Any]) -> bool:
    first, last = rule.get("FromPort"), rule.get("ToPort")
    return not (isinstance(first, int) and isinstance(last, int)) or first <= 443 <= last  # noqa: PLR2004  # HTTPS


def _lost_pods(environment: Environment) -> Iterator[Finding]:
    for add_on, names in subnets.pod_subnets(environment):
        for subnet in names:
            yield from _without_route(environment, add_on, subnet)


def _without_route(
    environment: Environment, add_on: Resource, subnet: Resource
) -> Iterator[Finding]:
    reached: Iterable[Resource] = (
        *subnets.routes(environment, subnet),
        *subnets.endpoints(environment, subnet),
    )
    if subnets.route_table(environment, subnet) is None or not any(reached):
        yield Finding(
            resource=subnet,
            value=subnet.logical_id,
            location="Properties",
            detail=f"{add_on_name(add_on)} gives its addresses to pods.",
        )


RULES = (
    Rule(
        id="REACH1",
        family=FAMILY,
        reason="Nodes don't join, images aren't pulled or manifests aren't applied: what runs in "
        "the subnet can't reach an AWS service that it needs.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html",
        mend="Give the network a NAT gateway (network.nat_gateways) or the endpoint.",
        check=_no_way_to_a_service,
    ),
    Rule(
        id="REACH2",
        family=FAMILY,
        reason="What runs in the subnet can't reach the API server: its endpoint is on the internet "
        "only, and the subnet has no way there.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
        mend="Switch the private endpoint on (EndpointPrivateAccess), or give the network a NAT "
        "gateway (network.nat_gateways).",
        check=_api_server_out_of_reach,
    ),
    Rule(
        id="REACH3",
        family=FAMILY,
        reason="Names of the API server and of endpoints don't resolve to private addresses.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
        mend="Set EnableDnsSupport and EnableDnsHostnames of the VPC to true.",
        check=_no_names,
    ),
    Rule(
        id="REACH4",
        family=FAMILY,
        reason="The service's name leads to an endpoint that refuses the connection, also where "
        "there is a NAT gateway.",
        source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
        mend="Let the endpoint's security group take HTTPS (tcp 443) from every range of the VPC.",
        check=_closed_endpoints,
    ),
    Rule(
        id="REACH5",
        family=FAMILY,
        reason="Pods with addresses of this subnet reach nothing outside the VPC: it has no route "
        "table of its own, or one without a route.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html",
        mend="Associate the pod subnet with a route table that has a route to a NAT gateway, or "
        "endpoints.",
        check=_lost_pods,
    ),
)

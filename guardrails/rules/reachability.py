"""Whatever runs in a subnet reaches the AWS services that it can't do without.

Only networks made in the same environment are judged. Of an existing one the templates hold nothing
but ids: neither its routes nor its endpoints, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import (
    FUNCTION,
    KUBECTL,
    NODE_GROUP,
    PROFILE,
    VPC,
)
from assembly.links import cluster_of, kubectl_handler
from assembly.references import Node
from assembly.resource import Resource
from guardrails.rule import Finding, rule
from guardrails.rules.subnets import (
    WHOLE_INTERNET,
    WaysOut,
    is_gateway,
    pod_subnets,
    users,
    ways_out,
)
from kube.values import flag, known, look_up, several, text

PULLING = ("ecr.api", "ecr.dkr", "s3")
NEEDED_BY = {
    NODE_GROUP: (*PULLING, "ec2", "eks", "eks-auth", "logs", "sts"),
    PROFILE: (*PULLING, "logs", "sts"),
    # The framework's function invokes the handler; kubectl gets its token from STS, and the API
    # server's address from EKS.
    FUNCTION: ("eks", "lambda", "logs", "s3", "sts"),
}
"""EKS user guide, "Deploy private clusters with limited internet access"."""


@rule("REACH1")
def _no_way_to_a_service(environment: Environment) -> Iterator[Finding]:
    for user, subnet, ways in _cut_off(environment):
        served = set(_services(ways))
        for name in NEEDED_BY[user.kind]:
            if name not in served:
                yield Finding(
                    resource=user,
                    value=f"{subnet.logical_id}:{name}",
                    location="Properties",
                    detail=f"{subnet.path} has no NAT gateway and no endpoint for {name}.",
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
            yield service_of(endpoint)


def service_of(endpoint: Resource) -> str:
    """Return the service of an endpoint, such as ecr.api of com.amazonaws.eu-west-1.ecr.api."""
    written = text(endpoint.properties, "ServiceName")
    return written.partition("com.amazonaws.")[2].partition(".")[2]


@rule("REACH2")
def _api_server_out_of_reach(environment: Environment) -> Iterator[Finding]:
    for user, subnet, _ in _cut_off(environment):
        for cluster in _clusters_of(environment, user):
            private = look_up(cluster.properties, "ResourcesVpcConfig", "EndpointPrivateAccess")
            if flag(private) is False:
                yield Finding(
                    resource=user,
                    value=subnet.logical_id,
                    location="Properties",
                    detail="The cluster's endpoint is public only.",
                )
    for user, _ in users(environment):
        if user.kind == FUNCTION and not user.properties.get("VpcConfig"):
            for cluster in _clusters_of(environment, user):
                yield from _handler_outside(user, cluster)


def _clusters_of(environment: Environment, user: Resource) -> Sequence[Resource]:
    if user.kind == FUNCTION:
        return [*_clusters_by_handler(environment).get(user.node, ())]
    cluster = cluster_of(environment, user)
    return [] if cluster is None else [cluster]


@indexed
def _clusters_by_handler(environment: Environment) -> Mapping[Node, Mapping[Resource, None]]:
    found: dict[Node, dict[Resource, None]] = {}
    for resource in environment.resources(*KUBECTL):
        handler, cluster = kubectl_handler(environment, resource), cluster_of(environment, resource)
        if handler is not None and cluster is not None:
            found.setdefault(handler.node, {})[cluster] = None
    return found


def _handler_outside(handler: Resource, cluster: Resource) -> Iterator[Finding]:
    """Yield that a handler outside the VPC finds the endpoint closed: its address isn't known."""
    network = look_up(cluster.properties, "ResourcesVpcConfig")
    cidrs = several(network, "PublicAccessCidrs") or [WHOLE_INTERNET]
    closed = known(cidrs) and WHOLE_INTERNET not in cidrs
    if closed or flag(network, "EndpointPublicAccess", default=True) is False:
        yield Finding(
            resource=handler,
            value="outside the VPC",
            location="Properties/VpcConfig",
            detail="The kubectl handler runs outside the VPC.",
            fix="Give the kubectl handler subnets of the VPC "
            "(kubectl_provider_options.private_subnets) and switch the private endpoint on.",
        )


@rule("REACH3")
def _no_names(environment: Environment) -> Iterator[Finding]:
    for vpc in environment.resources(VPC):
        # CloudFormation's own defaults.
        for name, default in (("EnableDnsSupport", True), ("EnableDnsHostnames", False)):
            if flag(vpc.properties, name, default=default) is False:
                yield Finding(resource=vpc, value=name, location=f"Properties/{name}")


@rule("REACH5")
def _lost_pods(environment: Environment) -> Iterator[Finding]:
    for add_on, names in pod_subnets(environment):
        for subnet in names:
            ways = ways_out(environment, subnet)
            if ways.judged and not (ways.associations and (ways.routes or ways.endpoints)):
                yield Finding(
                    resource=subnet,
                    value=subnet.logical_id,
                    location="Properties",
                    detail=f"{text(add_on.properties, 'AddonName')} gives its addresses to pods.",
                )


@rule("REACH6")
def _fargate_in_public(environment: Environment) -> Iterator[Finding]:
    for user, names in users(environment):
        for subnet in names if user.kind == PROFILE else ():
            if ways_out(environment, subnet).is_public:
                yield Finding(
                    resource=user,
                    value=subnet.logical_id,
                    location="Properties/Subnets",
                    detail=f"The default route of {subnet.path} leads to an internet gateway.",
                )

"""The questions: does a place reach an AWS service, the API server, the internet, or another place?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CLUSTER, FUNCTION, NAT_GATEWAY, NODE_GROUP, PROFILE
from assembly.references import references
from assembly.resource import Resource
from guardrails.reach.acls import OUTSIDE, through
from guardrails.reach.endpoints import by_endpoint, out_of, service_of, serving, takes_the_name
from guardrails.reach.gateways import outward
from guardrails.reach.groups import Flow, closed_sides, name_of
from guardrails.reach.hops import Fault, Hop, Way, walked
from guardrails.reach.places import DATA, Place, places
from guardrails.reach.subnets import (
    WHOLE_INTERNET,
    is_gateway,
    network_of,
    ways_out,
)
from kube.values import flag, known, look_up, several, text

HTTPS, KUBELET, DNS = 443, 10250, 53
API_SERVER, INTERNET, NODES = "api-server", "internet", "nodes"
WORDS = {NODE_GROUP: "nodes", PROFILE: "pods on Fargate", FUNCTION: "kubectl handler"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The way from a place to what it needs; `subnet` is None where the network was made elsewhere."""

    place: Place
    subnet: Resource | None
    target: str
    way: Way


@indexed
def answers(environment: Environment) -> tuple[Answer, ...]:
    """Return the way of every place to whatever it needs."""
    return tuple(each for place in places(environment) for each in _of_place(environment, place))


def _of_place(environment: Environment, place: Place) -> Iterator[Answer]:
    for subnet in place.subnets:
        for target in targets(environment, place, subnet):
            way = walked(hops(environment, place, subnet, target))
            yield Answer(place=place, subnet=subnet, target=target, way=way)
    if not place.subnets:
        for target in (*place.needs, *_in_cluster(place)):
            hop = Hop(what=f"the network of {place.name}, made elsewhere", unknown=True)
            rest = hops(environment, place, None, target) if target in (API_SERVER, NODES) else ()
            yield Answer(place=place, subnet=None, target=target, way=(hop, *walked(rest)))


def targets(environment: Environment, place: Place, subnet: Resource) -> tuple[str, ...]:
    """Return what somebody in a subnet needs, and the endpoints that its names lead to anyway."""
    beside = (
        service_of(each)
        for each in ways_out(environment)[subnet.node].endpoints
        if place.kind != CLUSTER and not is_gateway(each) and takes_the_name(each)
    )
    return (*dict.fromkeys((*place.needs, *filter(None, beside))), *_in_cluster(place))


def _in_cluster(place: Place) -> tuple[str, ...]:
    if place.cluster is None:
        return ()
    if place.kind == CLUSTER:
        return (NODES,)
    return (API_SERVER,) if place.kind == FUNCTION else (API_SERVER, NODES)


def hops(
    environment: Environment, place: Place, subnet: Resource | None, target: str
) -> Iterator[Hop]:
    """Yield the hops from a subnet of a place to a target; of no subnet only security groups are known."""
    if subnet is not None:
        block, zone = (text(subnet.properties, name) for name in ("CidrBlock", "AvailabilityZone"))
        what = f"subnet {subnet.name} ({zone}, {block})"
        yield Hop(what=what, fault=_fargate_in_public(environment, place, subnet))
    if target == NODES:
        yield from _to_nodes(environment, place, subnet)
    elif target == API_SERVER:
        yield from _to_api_server(environment, place, subnet)
    elif subnet is not None:
        yield from _to_service(environment, place, subnet, target)


def _fargate_in_public(environment: Environment, place: Place, subnet: Resource) -> Fault | None:
    if place.kind == PROFILE and ways_out(environment)[subnet.node].is_public:
        return Fault(
            rule="REACH6",
            resource=place.resource,
            path="Subnets",
            value=subnet.logical_id,
            detail=f"The default route of {subnet.path} leads to an internet gateway.",
        )
    return None


def _to_service(
    environment: Environment, place: Place, subnet: Resource, service: str
) -> Iterator[Hop]:
    endpoint = None if service == INTERNET else serving(environment, subnet, service)
    if endpoint is not None:
        yield from by_endpoint(environment, place, subnet, endpoint, service)
        return
    flow = Flow(port=HTTPS, sources=place.groups, target=OUTSIDE)
    yield from out_of(environment, place, flow, "the internet")
    lost = Fault(
        rule="REACH1",
        resource=place.resource,
        value=f"{subnet.logical_id}:{service}",
        detail=f"{subnet.path} has no NAT gateway and no endpoint for {service}.",
        fix=DATA["endpoint_or_nat"].format(service),
    )
    yield from outward(environment, place, subnet, lost)


def _to_api_server(
    environment: Environment, place: Place, subnet: Resource | None
) -> Iterator[Hop]:
    cluster = place.cluster
    if cluster is None:
        return
    network = look_up(cluster.properties, "ResourcesVpcConfig")
    if flag(network, "EndpointPrivateAccess") is not False:
        yield from _connected(
            environment, place, subnet, control_plane(environment, cluster), HTTPS
        )
    elif subnet is not None:
        lost = Fault(
            rule="REACH2",
            resource=place.resource,
            value=subnet.logical_id,
            detail="The cluster's endpoint is public only.",
        )
        yield from outward(environment, place, subnet, lost)
        yield from _admitted(environment, cluster, subnet)


def control_plane(environment: Environment, cluster: Resource) -> Place:
    """Return a cluster's control plane."""
    return next(each for each in places(environment) if each.resource == cluster)


def _admitted(environment: Environment, cluster: Resource, subnet: Resource) -> Iterator[Hop]:
    """Yield whether the public endpoint takes connections from a NAT gateway of the templates."""
    cidrs = several(cluster.properties, "ResourcesVpcConfig", "PublicAccessCidrs")
    route = ways_out(environment)[subnet.node].default_route
    nat = environment.target(route.properties.get("NatGatewayId")) if route else None
    if nat is None or nat.kind != NAT_GATEWAY:
        return
    address = environment.target(nat.properties.get("AllocationId"))
    chosen = (
        any(name in address.properties for name in ("Address", "PublicIpv4Pool"))
        if address
        else True
    )
    closed = cidrs and known(cidrs) and WHOLE_INTERNET not in cidrs and not chosen
    fault = None
    if closed and address not in [environment.by_node.get(each.node) for each in references(cidrs)]:
        fault = Fault(
            rule="REACH2",
            resource=cluster,
            path="ResourcesVpcConfig/PublicAccessCidrs",
            value=nat.logical_id,
            detail=f"The private endpoint is off, and the public one doesn't admit {nat.path}.",
        )
    yield Hop(what="PublicAccessCidrs of the API server", fault=fault)


def _to_nodes(environment: Environment, place: Place, subnet: Resource | None) -> Iterator[Hop]:
    """Yield the connections to nodes: from the control plane to kubelets, from pods to CoreDNS."""
    to_control = place.kind == CLUSTER
    for other in places(environment):
        if other.kind not in (NODE_GROUP, PROFILE) or other.cluster != place.cluster:
            continue
        if to_control:
            yield from _connected(environment, place, subnet, other, KUBELET)
        else:
            yield from _connected(environment, place, subnet, other, DNS, protocol="udp")


def _connected(
    environment: Environment,
    place: Place,
    subnet: Resource | None,
    other: Place,
    port: int,
    *,
    protocol: str = "tcp",
) -> Iterator[Hop]:
    """Yield the security groups and network ACLs between two places of a VPC."""
    if not place.groups:
        return
    flow = Flow(
        port=port,
        protocol=protocol,
        sources=place.groups,
        source=network_of(subnet.properties.get("CidrBlock")) if subnet else None,
        targets=other.groups,
    )
    yield from out_of(environment, place, flow, other.name)
    fault = None
    if "in" in closed_sides(environment, flow):
        names = [", ".join(map(name_of, each.groups)) for each in (other, place)]
        fault = Fault(
            rule="REACH12",
            resource=place.resource if other.kind == CLUSTER else other.resource,
            value=f"{place.name}:{other.name}:{port}",
            detail=f"{other.name} ({names[0]}) takes no {protocol} {port} from {place.name} "
            f"({names[1]}).",
        )
    yield Hop(what=f"security groups of {other.name}, {protocol} {port}", fault=fault)
    for there in other.subnets if subnet else ():
        yield from through(environment, subnet, there, port, protocol) if subnet else ()

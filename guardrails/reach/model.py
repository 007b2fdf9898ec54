"""The questions: does a place reach an AWS service, the API server, the internet, or another place?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from assembly.environment import Environment
from assembly.index import indexed
from assembly.kinds import CHART, CLUSTER, FUNCTION, NODE_GROUP, PROFILE
from assembly.links import beside
from assembly.resource import Resource
from guardrails.reach.acls import HTTPS, OUTSIDE, through
from guardrails.reach.endpoints import by_endpoint, out_of, service_of, serving, takes_the_name
from guardrails.reach.gateways import outward
from guardrails.reach.groups import Flow, lets_in, names_of
from guardrails.reach.hops import Hop, Way, walked
from guardrails.reach.places import DATA, Place, places
from guardrails.reach.subnets import WHOLE_INTERNET, is_gateway, network_of, ways_out
from guardrails.rule import breach
from kube.values import flag, known, look_up, several, text

KUBELET, DNS = 10250, 53
API_SERVER, INTERNET, NODES = "api-server", "internet", "nodes"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether something reaches a target: by their names, and the way there."""

    source: str
    target: str
    way: Way


@indexed
def answers(environment: Environment) -> tuple[Answer, ...]:
    """Return the way of every place to whatever it needs."""
    return tuple(
        Answer(source=place.name, target=target, way=way_to(environment, place, subnet, target))
        for place in places(environment)
        for subnet in place.subnets or (None,)
        for target in _targets(environment, place, subnet)
    )


def way_to(environment: Environment, place: Place, subnet: Resource | None, target: str) -> Way:
    """Return the hops from a subnet of a place to a target; without a subnet its network isn't known."""
    hop = Hop(what=f"the network of {place.name}, made elsewhere", unknown=True)
    way = walked(_hops(environment, place, subnet, target))
    return way if subnet is not None else (hop, *way)


def _targets(environment: Environment, place: Place, subnet: Resource | None) -> tuple[str, ...]:
    """Return what somebody in a subnet needs, and the endpoints that its names lead to anyway."""
    named = (
        service_of(each)
        for each in (ways_out(environment)[subnet.node].endpoints if subnet else ())
        if place.kind != CLUSTER and not is_gateway(each) and takes_the_name(each)
    )
    inside = () if place.cluster is None else (NODES,) if place.kind == CLUSTER else (API_SERVER,)
    more = (NODES,) if inside == (API_SERVER,) and place.kind != FUNCTION else ()
    return (*dict.fromkeys((*place.needs, *filter(None, named))), *inside, *more)


def _hops(
    environment: Environment, place: Place, subnet: Resource | None, target: str
) -> Iterator[Hop]:
    if subnet is not None:
        block, zone = (text(subnet.properties, name) for name in ("CidrBlock", "AvailabilityZone"))
        what, found = f"subnet {subnet.name} ({zone}, {block})", None
        if place.kind == PROFILE and ways_out(environment)[subnet.node].is_public:
            detail = f"The default route of {subnet.path} leads to an internet gateway."
            found = breach(place.resource, "Subnets", subnet.logical_id, detail)
        yield Hop(what=what, rule="REACH6", finding=found)
    if target == NODES:
        yield from _to_nodes(environment, place, subnet)
    elif target == API_SERVER:
        yield from _to_api_server(environment, place, subnet)
    elif subnet is not None:
        yield from _to_service(environment, place, subnet, target)


def _to_service(
    environment: Environment, place: Place, subnet: Resource, service: str
) -> Iterator[Hop]:
    endpoint = None if service == INTERNET else serving(environment, subnet, service)
    if endpoint is not None:
        yield from by_endpoint(environment, place, subnet, endpoint, service)
        return
    flow = Flow(port=HTTPS, sources=place.groups, target=OUTSIDE)
    yield out_of(environment, place, flow, "the internet")
    detail = f"{subnet.path} has no NAT gateway and no endpoint for {service}."
    fix, value = DATA["endpoint_or_nat"].format(service), f"{subnet.logical_id}:{service}"
    lost = breach(place.resource, "", value, detail, fix=fix)
    yield from outward(environment, place, subnet, "REACH1", lost)


def _to_api_server(
    environment: Environment, place: Place, subnet: Resource | None
) -> Iterator[Hop]:
    cluster = place.cluster
    network = look_up(cluster.properties, "ResourcesVpcConfig") if cluster else None
    if cluster is not None and flag(network, "EndpointPrivateAccess") is not False:
        other = next(each for each in places(environment) if each.resource == cluster)
        yield from _connected(environment, place, subnet, other, ("tcp", HTTPS))
    elif cluster is not None and subnet is not None:
        detail = "The cluster's endpoint is public only."
        lost = breach(place.resource, "", subnet.logical_id, detail)
        yield from outward(environment, place, subnet, "REACH2", lost)
        yield from _admitted(environment, cluster, subnet)


def _admitted(environment: Environment, cluster: Resource, subnet: Resource) -> Iterator[Hop]:
    """Yield whether the public endpoint takes connections from a NAT gateway of the templates."""
    cidrs = several(cluster.properties, "ResourcesVpcConfig", "PublicAccessCidrs")
    route = ways_out(environment)[subnet.node].default_route
    nat = environment.target(route.properties.get("NatGatewayId")) if route else None
    address = environment.target(nat.properties.get("AllocationId")) if nat else None
    if nat is not None and address is not None:
        chosen = any(name in address.properties for name in ("Address", "PublicIpv4Pool"))
        closed = cidrs and known(cidrs) and WHOLE_INTERNET not in cidrs and not chosen
        detail = f"The private endpoint is off, and the public one doesn't admit {nat.path}."
        found = breach(cluster, "ResourcesVpcConfig/PublicAccessCidrs", nat.logical_id, detail)
        what = "PublicAccessCidrs of the API server"
        yield Hop(what=what, rule="REACH2", finding=found if closed else None)


def _to_nodes(environment: Environment, place: Place, subnet: Resource | None) -> Iterator[Hop]:
    """Yield the connections to nodes: from the control plane to kubelets, from pods to CoreDNS."""
    ports = [("udp", DNS)]
    if place.kind == CLUSTER:
        charts = [
            text(each.properties, "Chart") for each in beside(environment, place.resource, CHART)
        ]
        ports = [("tcp", at) for name, at in DATA["webhooks"].items() if name in charts]
        ports.insert(0, ("tcp", KUBELET))
    for other, port in product(_kinds_of_nodes(environment), ports):
        if other.cluster == place.cluster:
            yield from _connected(environment, place, subnet, other, port)


@indexed
def _kinds_of_nodes(environment: Environment) -> tuple[Place, ...]:
    """Return the places of nodes and pods on Fargate, of several with equal networks one."""
    every = (each for each in places(environment) if each.kind in (NODE_GROUP, PROFILE))
    return tuple({(each.cluster, each.groups, each.subnets): each for each in every}.values())


def _connected(
    environment: Environment,
    place: Place,
    subnet: Resource | None,
    other: Place,
    port: tuple[str, int],
) -> Iterator[Hop]:
    """Yield the security groups and network ACLs between two places of a VPC."""
    protocol, number = port
    source = network_of(subnet.properties.get("CidrBlock")) if subnet else None
    flow = Flow(
        port=number,
        protocol=protocol,
        sources=place.groups,
        source=source,
        targets=other.groups,
    )
    if not place.groups:
        return
    yield out_of(environment, place, flow, other.name)
    asks, answers_it = names_of(place.groups), names_of(other.groups)
    detail = f"{other.name} ({answers_it}) takes no {protocol} {number} from {place.name} ({asks})."
    resource = place.resource if other.kind == CLUSTER else other.resource
    found = breach(resource, "", f"{place.name}:{other.name}:{number}", detail)
    passes = lets_in(environment, flow)
    what = f"security groups of {other.name}, {protocol} {number} in"
    yield Hop(what=what, rule="REACH12", finding=None if passes else found)
    if subnet is not None:
        for there in other.subnets:
            yield from through(environment, subnet, there, number, protocol)

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
from guardrails.reach.exits import (
    of_other_region,
    outward,
    refused,
    service_of,
    serving,
    takes_the_name,
)
from guardrails.reach.filters import HTTPS, OUTSIDE, Flow, keys, lets, names_of, through
from guardrails.reach.hops import Hop, Way, hop, walked
from guardrails.reach.places import DATA, Place, by_proxy, places
from guardrails.reach.subnets import (
    WHOLE_INTERNET,
    block_of,
    is_gateway,
    subnets_in,
    vpc_of,
    ways_out,
)
from guardrails.rule import Finding, breach
from kube.values import flag, known, look_up, several, text

KUBELET, DNS = 10250, 53
API_SERVER, INTERNET, NODES = "api-server", "internet", "nodes"
DNS_FLAGS = (("EnableDnsSupport", True), ("EnableDnsHostnames", False))
"""What the names of endpoints need of a VPC, with CloudFormation's defaults."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether something reaches a target: by their names, and the way there."""

    source: str
    target: str
    way: Way


@indexed
def answers(environment: Environment) -> tuple[Answer, ...]:
    """Return the way of every place to whatever it needs."""
    return tuple(each.to(target) for each in walks(environment) for target in each.targets)


def no_names(vpc: Resource) -> Iterator[Finding]:
    """Yield what keeps the names of endpoints in a VPC from being theirs."""
    for name, default in DNS_FLAGS:
        if flag(vpc.properties, name, default=default) is False:
            yield breach(vpc, name, name)


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What starts in a subnet of a place; without a subnet its network isn't known."""

    environment: Environment
    place: Place
    subnet: Resource | None

    @property
    def targets(self) -> tuple[str, ...]:
        """Return what somebody here needs, and the services whose endpoints their names lead to anyway."""
        kind, named = self.place.kind, [*self.place.needs]
        if self.subnet and kind != CLUSTER:
            near = ways_out(self.environment)[self.subnet.node].endpoints
            taking = (each for each in near if not is_gateway(each) and takes_the_name(each))
            named += filter(None, map(service_of, taking))
        if self.place.cluster is not None:
            named += [] if kind == CLUSTER else [API_SERVER]
            named += [] if kind == FUNCTION else [NODES]
        return tuple(dict.fromkeys(named))

    def to(self, target: str) -> Answer:
        """Return the way to a target."""
        return Answer(source=self.place.name, target=target, way=walked(self._hops(target)))

    def _hops(self, target: str) -> Iterator[Hop]:
        place, subnet = self.place, self.subnet
        if subnet is None:
            yield Hop(f"the network of {place.name}, made elsewhere", unknown=True)
        else:
            block, zone = (text(subnet.properties, x) for x in ("CidrBlock", "AvailabilityZone"))
            refuses = place.kind == PROFILE and ways_out(self.environment)[subnet.node].is_public
            facts = {"subnet": subnet, "block": block, "zone": zone}
            yield hop("subnet", place.resource, subnet.logical_id, passes=not refuses, **facts)
        if target == NODES:
            yield from self._to_nodes()
        elif target == API_SERVER:
            yield from self._to_api_server()
        elif subnet is not None:
            yield from self._to_service(subnet, target)

    def _to_service(self, subnet: Resource, service: str) -> Iterator[Hop]:
        found = None if service == INTERNET else serving(self.environment, subnet, service)
        if found is not None:
            yield from self._by_endpoint(subnet, found, service)
            return
        flow = Flow(port=HTTPS, sources=self.place.groups, target=OUTSIDE)
        yield self._out(flow, "the internet")
        ways = ways_out(self.environment)[subnet.node]
        past = [each.path for each in ways.endpoints if service_of(each) == service]
        nats = [each.properties for each in ways.routes if "NatGatewayId" in each.properties]
        narrow = ", ".join(text(each, "DestinationCidrBlock") for each in nats)
        case = "narrow" if narrow else "closed" if ways.associations else "unassociated"
        case = "past" if past else "outside" if service == INTERNET else case
        facts = {"subnet": subnet.path, "service": service, "narrow": narrow}
        words = DATA["no_way"][case]
        detail, fix = (each.format(**facts, past=", ".join(past)) for each in words)
        lost = breach(self.place.resource, "", f"{subnet.logical_id}:{service}", detail, fix=fix)
        yield from outward(self.environment, self.place, subnet, "REACH1", lost)

    def _by_endpoint(self, subnet: Resource, endpoint: Resource, service: str) -> Iterator[Hop]:
        kind = "gateway" if is_gateway(endpoint) else "interface"
        found, unknown = of_other_region(endpoint), not service_of(endpoint)
        yield Hop(f"{kind} endpoint {endpoint.name}", "REACH9", found, unknown)
        if is_gateway(endpoint):
            yield from through(self.environment, subnet, None, Flow(port=HTTPS))
        else:
            vpc = vpc_of(self.environment, endpoint)
            for lost in no_names(vpc) if vpc else ():
                yield Hop(f"DNS of {lost.resource.name}", "REACH3", lost)
            yield from self._by_interfaces(subnet, endpoint)
        if endpoint.properties.get("PolicyDocument") is not None and service in self.place.needs:
            found = refused(self.environment, self.place, endpoint, service)
            yield Hop(f"policy of {endpoint.name}", "REACH10", found)

    def _by_interfaces(self, subnet: Resource, endpoint: Resource) -> Iterator[Hop]:
        service = service_of(endpoint)
        flow = Flow(
            port=HTTPS,
            sources=self.place.groups,
            source=block_of(subnet),
            targets=keys(self.environment, endpoint.properties, "SecurityGroupIds"),
        )
        yield self._out(flow, f"the endpoint for {service}")
        addresses = subnets_in(self.environment, endpoint.properties.get("SubnetIds"))
        # One address is as good as another: that of its own zone comes first.
        for other in addresses if subnet not in addresses else ():
            yield from through(self.environment, subnet, other, flow)
        passes = lets(self.environment, flow, "Ingress")
        facts = {"endpoint": endpoint, "service": service, "subnet": subnet}
        kind = "security groups of an endpoint"
        yield hop(kind, endpoint, subnet.logical_id, passes=passes, **facts)

    def _out(self, flow: Flow, to: str) -> Hop:
        """Return the security groups that a connection leaves the place by."""
        place, value = self.place, f"{flow.protocol}/{flow.port}"
        passes = not place.groups or lets(self.environment, flow, "Egress")
        facts = {"place": place, "groups": names_of(place.groups), "flow": flow, "to": to}
        return hop("security groups out", place.resource, value, passes=passes, **facts)

    def _to_api_server(self) -> Iterator[Hop]:
        cluster, subnet = self.place.cluster, self.subnet
        network = look_up(cluster.properties, "ResourcesVpcConfig") if cluster else None
        if cluster is not None and flag(network, "EndpointPrivateAccess") is not False:
            yield from by_proxy(self.environment, self.place)
            every = places(self.environment)
            other = next(each for each in every if each.resource == cluster)
            yield from self._connected(other, "tcp", HTTPS)
        elif cluster is not None and subnet is not None:
            detail = "The cluster's endpoint is public only."
            lost = breach(self.place.resource, "", subnet.logical_id, detail)
            yield from outward(self.environment, self.place, subnet, "REACH2", lost)
            yield from self._admitted(cluster, subnet)

    def _admitted(self, cluster: Resource, subnet: Resource) -> Iterator[Hop]:
        """Yield whether the public endpoint takes connections from a NAT gateway of the templates."""
        cidrs = several(cluster.properties, "ResourcesVpcConfig", "PublicAccessCidrs")
        way = ways_out(self.environment)[subnet.node].leads_to("NatGatewayId")
        nat = self.environment.target(way)
        address = self.environment.target(nat.properties.get("AllocationId")) if nat else None
        if nat is not None and address is not None:
            chosen = any(name in address.properties for name in ("Address", "PublicIpv4Pool"))
            closed = cidrs and known(cidrs) and WHOLE_INTERNET not in cidrs and not chosen
            yield hop("public endpoint", cluster, nat.logical_id, passes=not closed, nat=nat)

    def _to_nodes(self) -> Iterator[Hop]:
        """Yield the connections to nodes: from the control plane to kubelets, from pods to CoreDNS."""
        ports = [("udp", DNS)]
        if self.place.kind == CLUSTER:
            charts = beside(self.environment, self.place.resource, CHART)
            named = [text(each.properties, "Chart") for each in charts]
            ports = [("tcp", at) for name, at in DATA["webhooks"].items() if name in named]
            ports.insert(0, ("tcp", KUBELET))
        for other, port in product(_kinds_of_nodes(self.environment), ports):
            if other.cluster == self.place.cluster:
                yield from self._connected(other, *port)

    def _connected(self, other: Place, protocol: str, port: int) -> Iterator[Hop]:
        """Yield the security groups and network ACLs between two places of a VPC."""
        place, subnet = self.place, self.subnet
        flow = Flow(
            port=port,
            protocol=protocol,
            sources=place.groups,
            source=block_of(subnet) if subnet else None,
            targets=other.groups,
        )
        if not place.groups:
            return
        yield self._out(flow, other.name)
        blamed = place.resource if other.kind == CLUSTER else other.resource
        value = f"{place.name}:{other.name}:{port}"
        passes = lets(self.environment, flow, "Ingress")
        groups = {"theirs": names_of(other.groups), "ours": names_of(place.groups)}
        facts = {"other": other, "place": place, "flow": flow, **groups}
        yield hop("security groups in", blamed, value, passes=passes, **facts)
        for here, there in product([subnet] if subnet else (), other.subnets):
            yield from through(self.environment, here, there, flow)


def walks(environment: Environment) -> Iterator[Walk]:
    """Yield where connections start: each subnet of each place."""
    for place in places(environment):
        for subnet in place.subnets or (None,):
            yield Walk(environment=environment, place=place, subnet=subnet)


@indexed
def _kinds_of_nodes(environment: Environment) -> tuple[Place, ...]:
    """Return the places of nodes and pods on Fargate, of several with equal networks one."""
    every = (each for each in places(environment) if each.kind in (NODE_GROUP, PROFILE))
    return tuple({(each.cluster, each.groups, each.subnets): each for each in every}.values())

"""What a picture of the network shows: zones, subnets, and what spans them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from capacity.plan import SubnetPlan
from review.capacity import plan_of
from review.environment import Environment, Resource
from review.labels import counted, listed
from review.networks import EVERYBODY
from review.pictures.bands import Band, bands_of
from review.pictures.workloads import Balancer, balancers_of

TIERS: Mapping[str, str] = {
    "public": "Public",
    "private": "Private",
    "pods": "Pods",
    "control_plane": "Control plane",
}
"""The tiers from the internet inwards, and what the picture calls them."""

TIER_OF_ID = re.compile(r"(?P<tier>Public|Private|Pods|ControlPlane)[A-Z]")
"""The construct id of a subnet begins with its tier; ids are a contract (CONTRIBUTING.md)."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """How full a subnet is, in addresses."""

    usable: int
    steady: int
    worst: int
    percent: int


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet. `cidr` is its name where the range isn't known; `things` are in it."""

    tier: str
    zone: str
    cidr: str
    bar: Bar | None
    things: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return what identifies it before and after."""
        return f"subnet {self.tier} {self.zone}"


@dataclass(frozen=True, kw_only=True)
class Network:
    """Everything that the picture shows. `edge` is what the VPC has besides its subnets."""

    name: str
    vpc: str
    zones: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    bands: tuple[Band, ...]
    balancers: tuple[Balancer, ...]
    api: str
    edge: tuple[str, ...]
    pods: int | None

    @property
    def tiers(self) -> tuple[str, ...]:
        """Return the tiers that have subnets or something that spans them."""
        used = {each.tier for each in self.subnets} | {each.tier for each in self.bands}
        return tuple(tier for tier in TIERS if tier in used)

    @property
    def facts(self) -> Mapping[str, object]:
        """Return all that may be added, removed or changed, by its key."""
        return {
            **{each.key: each for each in self.subnets},
            **{each.key: each for each in self.bands},
            "vpc": self.vpc,
            "api": self.api,
            "edge": self.edge,
        }


def network_of(environment: Environment) -> Network:
    """Return what the picture of an environment shows."""
    plan = plan_of(environment)
    plans = plan.subnets if plan is not None else ()
    subnets = tuple(_subnets(environment, plans))
    zones = tuple(sorted({each.zone for each in subnets}))
    balancers = balancers_of(environment)
    return Network(
        name=environment.name,
        vpc=_vpc(environment),
        zones=zones,
        subnets=subnets,
        bands=bands_of(environment, plan, balancers, zones),
        balancers=balancers,
        api=_api(environment),
        edge=tuple(_edge(environment)),
        pods=None if plan is None else plan.pods,
    )


def _vpc(environment: Environment) -> str:
    vpc = environment.one("AWS::EC2::VPC")
    if vpc is None:
        return "Somebody else's VPC"
    more = [
        environment.read(each.properties["CidrBlock"])
        for each in environment.of_type("AWS::EC2::VPCCidrBlock")
    ]
    return f"VPC {listed([environment.read(vpc.properties['CidrBlock']), *more])}"


def _subnets(environment: Environment, plans: tuple[SubnetPlan, ...]) -> Iterator[Subnet]:
    """Yield our own subnets, or else those of somebody else's network that are known."""
    own = environment.of_type("AWS::EC2::Subnet")
    for resource in own:
        tier, zone = _tier(resource), environment.read(resource.properties["AvailabilityZone"])
        plan = next(
            (each for each in plans if each.subnet.zone == zone and tier in each.subnet.tiers), None
        )
        yield Subnet(
            tier=tier,
            zone=zone,
            cidr=environment.read(resource.properties["CidrBlock"]),
            bar=_bar(plan),
            things=tuple(_things(environment, resource)),
        )
    for plan in plans if not own else ():
        yield Subnet(
            tier=next(tier for tier in TIERS if tier in plan.subnet.tiers),
            zone=plan.subnet.zone,
            cidr=plan.subnet.name.rpartition("(")[2].rstrip(")"),
            bar=_bar(plan),
            things=(),
        )


def _tier(subnet: Resource) -> str:
    match = TIER_OF_ID.match(subnet.path[-2]) if len(subnet.path) > 1 else None
    tier = match["tier"] if match else "private"
    return "control_plane" if tier == "ControlPlane" else tier.lower()


def _bar(plan: SubnetPlan | None) -> Bar | None:
    if plan is None or plan.subnet.usable is None or plan.used_percent is None:
        return None
    return Bar(
        usable=plan.subnet.usable,
        steady=plan.steady,
        worst=plan.worst,
        percent=plan.used_percent,
    )


def _things(environment: Environment, subnet: Resource) -> Iterator[str]:
    """Yield what is in a subnet for itself: gateways, endpoints, interfaces."""
    for gateway in environment.of_type("AWS::EC2::NatGateway"):
        if environment.target(gateway.stack, gateway.properties["SubnetId"]) == subnet:
            yield "NAT gateway"
    endpoints = [
        _service(environment, endpoint)
        for endpoint in environment.of_type("AWS::EC2::VPCEndpoint")
        if _in(environment, endpoint, endpoint.properties.get("SubnetIds"), subnet)
    ]
    if endpoints:
        yield f"endpoints: {', '.join(endpoints)}"
    for cluster in environment.of_type("AWS::EKS::Cluster"):
        config = cluster.properties.get("ResourcesVpcConfig", {})
        if _in(environment, cluster, config.get("SubnetIds"), subnet):
            yield "interfaces of the control plane"
    for function in environment.of_type("AWS::Lambda::Function"):
        config = function.properties.get("VpcConfig", {})
        if _in(environment, function, config.get("SubnetIds"), subnet):
            yield "kubectl handler"
            break


def _in(environment: Environment, resource: Resource, subnets: object, subnet: Resource) -> bool:
    listed_subnets = subnets if isinstance(subnets, list) else []
    return any(environment.target(resource.stack, each) == subnet for each in listed_subnets)


def _service(environment: Environment, endpoint: Resource) -> str:
    """Return what an endpoint leads to, such as `ecr.api`."""
    name = environment.read(endpoint.properties["ServiceName"])
    return re.sub(r"^com\.amazonaws\.[^.]+\.|^com\.amazonaws\.\{.*?\}\.", "", name)


def _api(environment: Environment) -> str:
    cluster = environment.one("AWS::EKS::Cluster")
    if cluster is None:
        return ""
    config = cluster.properties.get("ResourcesVpcConfig", {})
    name = environment.read(cluster.properties.get("Name", "without a name"))
    version = environment.read(cluster.properties.get("Version", ""))
    answers = "answers inside the VPC only"
    if config.get("EndpointPublicAccess", True):
        networks = [
            environment.read(each) for each in config.get("PublicAccessCidrs") or [EVERYBODY]
        ]
        whom = "everybody" if EVERYBODY in networks else listed(networks)
        answers = f"also answers {whom}"
    return f"API server of {name}, Kubernetes {version}: {answers}"


def _edge(environment: Environment) -> Iterator[str]:
    """Yield what belongs to the VPC as a whole."""
    if environment.of_type("AWS::EC2::InternetGateway"):
        yield "internet gateway"
    gateways = [
        _service(environment, each)
        for each in environment.of_type("AWS::EC2::VPCEndpoint")
        if each.properties.get("VpcEndpointType") == "Gateway"
    ]
    if gateways:
        yield f"{counted(len(gateways), 'gateway endpoint')} ({listed(gateways)})"
    if environment.of_type("AWS::EC2::FlowLog"):
        yield "flow logs"

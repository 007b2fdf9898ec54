"""What a picture of the network shows: zones, subnets, and what spans them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assembly.environment import Environment
from assembly.kinds import ENDPOINT, INTERNET_GATEWAY, SUBNET, VPC
from capacity.quotas import NEAR_PERCENT
from capacity.subnet_plan import SubnetPlan, percent
from kube.validity import formats
from kube.values import known, text
from review.labels import counted, listed, short_name, words
from review.packing import plan_of
from review.pictures.bands import Band, bands_of
from review.pictures.painting import NONE, Marks, Painting
from review.pictures.subnets import TIERS, contents, places, service

_Found = tuple[str, str, str, SubnetPlan | None, tuple[str, ...]]
"""A subnet: its tier, zone, range and plan, and what is in it."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """How full a subnet is, in addresses; `percent` is of the `unit` that runs out first.

    `of_addresses` is the percentage of its addresses in the worst case.
    """

    usable: int
    steady: int
    worst: int
    of_addresses: int
    percent: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet. `cidr` is its name where the range isn't known; `things` are in it."""

    key: str
    tier: str
    zone: str
    cidr: str
    bar: Bar | None
    things: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Network:
    """Everything that the picture shows; `edge` is of the VPC as a whole."""

    name: str
    vpc: str
    zones: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    bands: tuple[Band, ...]
    edge: tuple[str, ...]
    pods: int | None

    @property
    def tiers(self) -> tuple[str, ...]:
        """Return the tiers that have subnets or something that spans them."""
        used = {each.tier for each in self.subnets} | {each.tier for each in self.bands}
        return tuple(tier for tier in TIERS if tier in used)

    def rows(self, tier: str) -> Iterator[Mapping[str, Subnet]]:
        """Yield the subnets of a tier by their zones; a zone with several needs several rows."""
        left = [each for each in self.subnets if each.tier == tier]
        while left:
            row: dict[str, Subnet] = {}
            for each in left:
                row.setdefault(each.zone, each)
            yield row
            left = [each for each in left if row[each.zone] is not each]

    @property
    def facts(self) -> Mapping[str, object]:
        """Return all that may be added, removed or changed, by its key."""
        subnets = {each.key: each for each in self.subnets}
        whole = {"vpc": self.vpc, "edge": self.edge}
        # What is in every zone is the same where a zone comes or goes.
        bands = {x.key: replace(x, zones=() if x.everywhere else x.zones) for x in self.bands}
        return {**subnets, **bands, **whole}


def network_of(environment: Environment) -> Network:
    """Return what the picture of an environment shows."""
    plan = plan_of(environment)
    subnets = tuple(_subnets(environment, () if plan is None else plan.subnets))
    zones = tuple(sorted({each.zone for each in subnets}))
    bands = bands_of(environment)
    return Network(
        name=environment.name,
        vpc=_vpc(environment),
        zones=zones,
        subnets=subnets,
        bands=tuple(
            replace(each, zones=each.zones or zones, everywhere=not each.zones) for each in bands
        ),
        edge=tuple(_edge(environment)),
        pods=None if plan is None else plan.pods,
    )


def _vpc(environment: Environment) -> str:
    networks = environment.resources(VPC)
    if not networks:
        return "Existing VPC"
    blocks = environment.resources(VPC, "AWS::EC2::VPCCidrBlock")
    ranges = listed(filter(None, (words(text(each.properties, "CidrBlock")) for each in blocks)))
    return f"{counted(len(networks), 'VPC').removeprefix('1 ')} {ranges}".rstrip()


def _subnets(environment: Environment, plans: Sequence[SubnetPlan]) -> Iterator[Subnet]:
    """Yield our own subnets, or else those of somebody else's network that are known."""
    seen: Counter[str] = Counter()
    for tier, zone, cidr, plan, things in [*_own(environment, plans)] or map(_other, plans):
        key = f"subnet {tier} {zone}"
        seen[key] += 1
        key += f" {seen[key]}" if seen[key] > 1 else ""
        bar = None
        if plan is not None and plan.subnet.usable is not None:
            bar = Bar(
                usable=plan.subnet.usable,
                steady=plan.steady,
                worst=plan.worst,
                of_addresses=percent(plan.worst, plan.subnet.usable),
                percent=plan.used_percent or 0,
                unit=plan.binds,
            )
        yield Subnet(key=key, tier=tier, zone=zone, cidr=cidr, bar=bar, things=things)


def _own(environment: Environment, plans: Sequence[SubnetPlan]) -> Iterator[_Found]:
    for resource in environment.resources(SUBNET):
        tier, zone = places(environment)[resource.node]
        cidr = text(resource.properties, "CidrBlock")
        # With EKS Auto Mode the control plane is in larger subnets than those that are named for it.
        size = (block := formats.network(cidr)) and block.prefixlen
        found = (p for p in plans if p.subnet.zone == zone and tier in p.subnet.tiers)
        plan = next((p for p in found if size in {None, p.subnet.prefix_length or size}), None)
        name = cidr if cidr and known(cidr) else short_name(resource)
        yield tier, zone, name, plan, contents(environment).get(resource.node, ())


def _other(plan: SubnetPlan) -> _Found:
    tier = next(tier for tier in TIERS if tier in plan.subnet.tiers)
    return tier, plan.subnet.zone, plan.subnet.name.rpartition("(")[2].rstrip(")"), plan, ()


def _edge(environment: Environment) -> Iterator[str]:
    """Yield what belongs to the VPC as a whole."""
    if environment.resources(INTERNET_GATEWAY):
        yield "internet gateway"
    gateways = [
        service(each)
        for each in environment.resources(ENDPOINT)
        if each.properties.get("VpcEndpointType", "Gateway") == "Gateway"
    ]
    if gateways:
        yield f"{counted(len(gateways), 'gateway endpoint')} ({listed(gateways)})"
    if environment.resources("AWS::EC2::FlowLog"):
        yield "flow logs"


def paint_network(network: Network, marks: Marks = NONE) -> Painting:
    """Return the picture of a network."""
    title = f"Network of {network.name}"
    return Painting("network", title, marks, network=network, near=NEAR_PERCENT)

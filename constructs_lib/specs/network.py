"""Specification of a network that the project creates."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from constructs_lib.specs import network_plan
from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.network_limits import (
    CLOSED_NETWORK_ENDPOINTS,
    EXCLUDED,
    LONGEST_PREFIXES,
    PRIVATE_RANGES,
    SHARED_RANGE,
    ZONE_SLOTS,
    known_endpoints,
    range_problems,
    size_problems,
    zone_problems,
)
from constructs_lib.specs.regions import WITHOUT_EC2MESSAGES, ZoneName
from constructs_lib.specs.types import AccountId, Cidr, RetentionDays


def _nat_gateways(value: object) -> object:
    if value in ("none", "single", "per_zone") or (type(value) is int and value >= 0):
        return value
    raise refused(
        "'none', 'single', 'per_zone' or a number of NAT gateways", "set nat_gateways='single'"
    )


def _zone_slots(value: object) -> object:
    # pydantic takes 4.0 for 4.
    if type(value) is not int or value not in ZONE_SLOTS:
        raise refused("4 or 8", "set zone_slots=4 for zones a to d, zone_slots=8 for a to h")
    return value


NatGateways = Annotated[Literal["none", "single", "per_zone"] | int, BeforeValidator(_nat_gateways)]
InterfaceEndpoints = Annotated[tuple[str, ...], AfterValidator(known_endpoints)]


class FlowLogsSpec(Spec):
    """Where the VPC's flow logs go, and for how long."""

    destination: Literal["cloud-watch-logs", "s3"] = "cloud-watch-logs"
    """CloudWatch Logs can be queried at once; S3 costs less."""
    retention_days: RetentionDays = 90
    """Days until a record is deleted, in both destinations."""


class NetworkSpec(Spec):
    """A VPC that the project creates, with public, private and control-plane subnets in each zone."""

    cidr: Cidr
    """The VPC's IPv4 range, /16 to /22. It can't be changed later."""
    zones: tuple[ZoneName, ...]
    """The zones to use, by name, at least two."""
    control_plane_zones: tuple[ZoneName, ...] | None = None
    """The zones of the cluster's own subnets, at least two; None uses all of `zones`. EKS fixes
    them at cluster creation: before you add a zone to `zones`, list the old ones here."""
    zone_slots: Annotated[Literal[4, 8], BeforeValidator(_zone_slots)] = 4
    """How many zones the range is divided into: 4 covers the letters a to d, 8 a to h. Can't be
    changed later."""
    private_prefix_length: int | None = None
    """Prefix length of the private subnets, for nodes, pods and Fargate; None uses half a slot."""
    public_prefix_length: int = 24
    """Prefix length of the public subnets, for load balancers and NAT gateways; at most a quarter slot."""
    control_plane_prefix_length: int = 28
    """Prefix length of the subnets of the control plane's interfaces; at most a quarter slot."""
    pod_cidr: Cidr | None = None
    """A secondary range for pods (custom networking), /16 to /22, such as 100.64.0.0/16."""
    nat_gateways: NatGateways = "per_zone"
    """NAT gateways for private subnets: 'none', 'single', 'per_zone' or a number up to the zones.
    The first of `zones` get them."""
    interface_endpoints: InterfaceEndpoints = ()
    """Interface endpoints, such as 'ecr.api', on top of those that a network without NAT always has."""
    trusted_accounts: tuple[AccountId, ...] = ()
    """Other AWS accounts whose principals may use the endpoints and whose buckets may be written to
    from the VPC. The environment's own account needs no mention."""
    flow_logs: FlowLogsSpec = FlowLogsSpec()
    """Where flow logs go. They can't be switched off."""

    @property
    def nat_gateway_count(self) -> int:
        """Return the number of NAT gateways."""
        words = {"none": 0, "single": 1, "per_zone": len(self.zones)}
        return self.nat_gateways if isinstance(self.nat_gateways, int) else words[self.nat_gateways]

    @property
    def all_interface_endpoints(self) -> tuple[str, ...]:
        """Return the interface endpoints that were asked for or that a network without NAT needs."""
        needed = set() if self.nat_gateway_count else set(CLOSED_NETWORK_ENDPOINTS)
        if any(zone[:-1] in WITHOUT_EC2MESSAGES for zone in self.zones):
            needed.discard("ec2messages")
        return tuple(sorted({*self.interface_endpoints, *needed}))

    @property
    def prefix_lengths(self) -> dict[str, int]:
        """Return the prefix length of each tier, the defaults worked out."""
        largest = network_plan.largest_tier_prefix(self.cidr, self.zone_slots, "private")
        return {
            "private": largest
            if self.private_prefix_length is None
            else self.private_prefix_length,
            "public": self.public_prefix_length,
            "control_plane": self.control_plane_prefix_length,
        }

    @property
    def plan(self) -> tuple[network_plan.ZonePlan, ...]:
        """Return the networks of each zone, in the order of the zones' names."""
        return tuple(
            network_plan.plan_zone(
                zone,
                cidr=self.cidr,
                pod_cidr=self.pod_cidr,
                zone_slots=self.zone_slots,
                prefix_lengths=self.prefix_lengths,
                control_plane=self.control_plane_zones is None or zone in self.control_plane_zones,
            )
            for zone in sorted(self.zones)
        )

    @property
    def cidrs(self) -> tuple[str, ...]:
        """Return every range of the VPC."""
        return (self.cidr,) if self.pod_cidr is None else (self.cidr, self.pod_cidr)

    @rule
    def zones_are_distinct_and_two(self) -> Iterator[Problem]:
        """Enough zones, each once."""
        yield from zone_problems(self.zones)

    @rule
    def the_control_plane_has_zones(self) -> Iterator[Problem]:
        """Two or more of the network's, each once."""
        chosen = self.control_plane_zones
        if chosen is None:
            return
        outside = sorted(set(chosen) - set(self.zones))
        if outside:
            yield Problem(
                at="control_plane_zones",
                got=chosen,
                allowed=f"zones of the network: {', '.join(self.zones)}",
                fix=f"remove {', '.join(outside)}, or add it to zones",
            )
        else:
            yield from zone_problems(chosen, "control_plane_zones")

    @rule
    def zones_have_slots(self) -> Iterator[Problem]:
        """A zone's letter has a slot in the address plan."""
        for index, zone in enumerate(self.zones):
            if network_plan.slot_index(zone) >= self.zone_slots:
                last = chr(ord("a") + self.zone_slots - 1)
                yield Problem(
                    at=f"zones[{index}]",
                    got=zone,
                    allowed=f"a zone with a letter from a to {last}, because zone_slots={self.zone_slots}",
                    fix="set zone_slots=8 before the first deploy, or use another zone",
                )

    @rule
    def cidr_has_a_workable_size(self) -> Iterator[Problem]:
        """The range is one that AWS accepts and the plan can divide."""
        yield from size_problems("cidr", self.cidr)
        yield from range_problems("cidr", self.cidr)

    @rule
    def pod_cidr_has_a_workable_size(self) -> Iterator[Problem]:
        """AWS accepts the secondary range together with the first."""
        if self.pod_cidr is None:
            return
        yield from size_problems("pod_cidr", self.pod_cidr)
        pods, primary = IPv4Network(self.pod_cidr), IPv4Network(self.cidr)
        if pods.overlaps(primary):
            yield Problem(
                at="pod_cidr",
                got=self.pod_cidr,
                allowed=f"a range that does not overlap cidr ({self.cidr})",
                fix="use a range within 100.64.0.0/10, such as 100.64.0.0/16",
            )
            return
        home = next((block for block in PRIVATE_RANGES if primary.subnet_of(block)), None)
        places = [SHARED_RANGE] if home is None else [SHARED_RANGE, home]
        kept = [each for of, each in EXCLUDED if primary.subnet_of(of) and pods.overlaps(each)]
        if kept or not any(pods.subnet_of(place) for place in places):
            but = f" but {kept[0]}" if kept else ""
            yield Problem(
                at="pod_cidr",
                got=self.pod_cidr,
                allowed=f"a range within {' or '.join(map(str, places))}{but}, which AWS allows together "
                f"with {self.cidr}",
                fix="use a range within 100.64.0.0/10, such as 100.64.0.0/16",
            )

    @rule
    def tiers_fit_their_slot(self) -> Iterator[Problem]:
        """Each tier fits the part of a slot that is kept for it."""
        if any(size_problems("cidr", self.cidr)):
            return
        for tier, length in self.prefix_lengths.items():
            shortest = network_plan.largest_tier_prefix(self.cidr, self.zone_slots, tier)
            longest = LONGEST_PREFIXES[tier]
            if not shortest <= length <= longest:
                yield Problem(
                    at=f"{tier}_prefix_length",
                    got=length,
                    allowed=f"{shortest} to {longest} (cidr={self.cidr}, "
                    f"zone_slots={self.zone_slots})",
                    fix=f"set {tier}_prefix_length={max(shortest, min(length, longest))}"
                    + (", or widen cidr before the first deploy" if length < shortest else ""),
                )

    @rule
    def nat_gateways_have_zones(self) -> Iterator[Problem]:
        """No more NAT gateways than zones."""
        if self.zones and self.nat_gateway_count > len(self.zones):
            yield Problem(
                at="nat_gateways",
                got=self.nat_gateways,
                allowed=f"0 to {len(self.zones)}, the number of zones",
                fix=f"set nat_gateways='per_zone', or a number up to {len(self.zones)}",
            )


def _network(value: object) -> object:
    if not isinstance(value, NetworkSpec | ExistingNetworkSpec):
        raise refused(
            "NetworkSpec(…) or ExistingNetworkSpec(…)",
            "write NetworkSpec(…) to create a VPC, ExistingNetworkSpec(…) to use an existing one",
        )
    return value


Network = Annotated[
    NetworkSpec | ExistingNetworkSpec,
    BeforeValidator(_network),
    Field(description="The VPC: NetworkSpec creates one, ExistingNetworkSpec uses an existing one"),
]

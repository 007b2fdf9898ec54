"""What an environment says about its network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from constructs_lib.specs import network_plan
from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.types import Cidr, RetentionDays, SubnetId, VpcId, ZoneName

SHORTEST_VPC_PREFIX = 16
LONGEST_VPC_PREFIX = 22
"""AWS allows a VPC of /16 to /28; below /22 a zone's slot can't hold the smallest useful tiers."""

LONGEST_PREFIXES = {"private": 27, "public": 27, "control_plane": 28}
"""The load balancer controller wants 8 free addresses in a subnet (so at most /27); the control
plane 6, better 16 (EKS user guide, "VPC and subnet considerations"): a /28 has 11."""

ZONE_SLOTS = (4, 8)

MINIMUM_ZONES = 2
"""EKS wants subnets in at least two zones (EKS user guide, "Subnet requirements")."""

INTERFACE_ENDPOINTS = (
    *("autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "eks", "eks-auth"),
    *("elasticloadbalancing", "kms", "lambda", "logs", "secretsmanager", "ssm", "ssmmessages"),
    *("states", "sts", "wafv2", "xray"),
)
"""The services that an interface endpoint can be asked for, by the last part of their name."""

CLOSED_NETWORK_ENDPOINTS = (
    # Nodes and Fargate pods: EKS user guide, "Deploy private clusters with limited internet access".
    *("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sts"),
    # The kubectl handler: its framework function invokes the handler through the Lambda API.
    "lambda",
    # The load balancer controller.
    "elasticloadbalancing",
    # Session Manager, the only way onto a node.
    *("ssm", "ssmmessages", "ec2messages"),
)
"""What nodes, Fargate and the kubectl handler need where there is no NAT."""

PRIVATE_RANGES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
SHARED_RANGE = IPv4Network("100.64.0.0/10")


def _nat_gateways(value: object) -> object:
    if value in ("none", "single", "per_zone") or (type(value) is int and value >= 0):
        return value
    raise refused("'none', 'single', 'per_zone' or a number of NAT gateways", "choose one of them")


def _endpoints(value: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in value if name not in INTERFACE_ENDPOINTS]
    if unknown:
        raise refused(f"among {', '.join(INTERFACE_ENDPOINTS)}", f"remove {', '.join(unknown)}")
    return value


def _zone_slots(value: object) -> object:
    # pydantic takes 4.0 for 4.
    if type(value) is not int or value not in ZONE_SLOTS:
        raise refused("4 or 8", "set zone_slots=4 for zones a to d, zone_slots=8 for a to h")
    return value


def _free_addresses(value: Mapping[str, int]) -> Mapping[str, int]:
    if any(free < 0 for free in value.values()):
        raise refused("numbers of addresses, 0 or more", "copy what describe-subnets shows")
    return value


NatGateways = Annotated[Literal["none", "single", "per_zone"] | int, BeforeValidator(_nat_gateways)]
InterfaceEndpoints = Annotated[tuple[str, ...], AfterValidator(_endpoints)]


class FlowLogsSpec(Spec):
    """Where the VPC's flow logs go, and for how long."""

    destination: Literal["cloud-watch-logs", "s3"] = "cloud-watch-logs"
    """CloudWatch Logs can be queried at once; S3 costs less."""
    retention_days: RetentionDays = 90
    """Days until a record is deleted, in either destination."""


class NetworkSpec(Spec):
    """A VPC that the project makes, with public, private and control-plane subnets in each zone."""

    cidr: Cidr
    """The VPC's IPv4 range, /16 to /22. It can't be changed later."""
    zones: tuple[ZoneName, ...]
    """The zones to use, by name, at least two."""
    zone_slots: Annotated[Literal[4, 8], BeforeValidator(_zone_slots)] = 4
    """How many zones the range is cut for: 4 serves the letters a to d, 8 a to h. Can't be changed
    later."""
    private_prefix_length: int | None = None
    """Length of the private subnets, where nodes, pods and Fargate live; None takes half a slot."""
    public_prefix_length: int = 24
    """Length of the public subnets, for load balancers and NAT gateways; at most a quarter slot."""
    control_plane_prefix_length: int = 28
    """Length of the subnets of the control plane's interfaces; at most a quarter slot."""
    pod_cidr: Cidr | None = None
    """A secondary range for pods (custom networking), /16 to /22, such as 100.64.0.0/16."""
    nat_gateways: NatGateways = "per_zone"
    """The way out for private subnets: 'none', 'single', 'per_zone' or a number up to the zones.
    The first of `zones` get the gateways."""
    interface_endpoints: InterfaceEndpoints = ()
    """Endpoints besides those that a network without NAT gets anyway, such as 'ecr.api'."""
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
        needed = () if self.nat_gateway_count else CLOSED_NETWORK_ENDPOINTS
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
        yield from _zone_problems(self.zones)

    @rule
    def zones_have_slots(self) -> Iterator[Problem]:
        """A zone's letter has a slot in the address plan."""
        for index, zone in enumerate(self.zones):
            if network_plan.slot_index(zone) >= self.zone_slots:
                last = chr(ord("a") + self.zone_slots - 1)
                more = "set zone_slots=8 before the first deploy, or take another zone"
                yield Problem(
                    at=f"zones[{index}]",
                    got=zone,
                    allowed=f"a zone of the letters a to {last}, as zone_slots={self.zone_slots}",
                    fix=more if self.zone_slots < 8 else "take another zone",  # noqa: PLR2004
                )

    @rule
    def cidr_has_a_workable_size(self) -> Iterator[Problem]:
        """The range is one that AWS takes and the plan can cut."""
        yield from _size_problems("cidr", self.cidr)

    @rule
    def pod_cidr_has_a_workable_size(self) -> Iterator[Problem]:
        """The secondary range is one that AWS takes beside the first."""
        if self.pod_cidr is None:
            return
        yield from _size_problems("pod_cidr", self.pod_cidr)
        pods, primary = IPv4Network(self.pod_cidr), IPv4Network(self.cidr)
        if pods.overlaps(primary):
            yield Problem(
                at="pod_cidr",
                got=self.pod_cidr,
                allowed=f"a range that does not overlap cidr ({self.cidr})",
                fix="take a part of 100.64.0.0/10, such as 100.64.0.0/16",
            )
            return
        home = next((block for block in PRIVATE_RANGES if primary.subnet_of(block)), None)
        places = [SHARED_RANGE] if home is None else [SHARED_RANGE, home]
        if not any(pods.subnet_of(place) for place in places):
            yield Problem(
                at="pod_cidr",
                got=self.pod_cidr,
                allowed=f"a part of {' or '.join(map(str, places))}, which AWS lets stand beside "
                f"{self.cidr}",
                fix="take a part of 100.64.0.0/10, such as 100.64.0.0/16",
            )

    @rule
    def tiers_fit_their_slot(self) -> Iterator[Problem]:
        """Each tier fits the part of a slot that is kept for it."""
        if any(_size_problems("cidr", self.cidr)):
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
                fix=f"set nat_gateways='per_zone' or at most {len(self.zones)}",
            )


class ExistingNetworkSpec(Spec):
    """A VPC that exists already. Nothing is looked up: say what is there.

    Private subnets need a route to the AWS services, by NAT or by endpoints; public subnets the
    tag kubernetes.io/role/elb=1 and private ones kubernetes.io/role/internal-elb=1.
    """

    vpc_id: VpcId
    """The VPC."""
    cidr: Cidr
    """The VPC's primary IPv4 range."""
    private_subnets: Mapping[ZoneName, SubnetId]
    """The subnets of nodes and Fargate pods: zone to subnet id, at least two zones."""
    public_subnets: Mapping[ZoneName, SubnetId] = {}
    """The subnets of internet-facing load balancers: zone to subnet id."""
    control_plane_subnets: Mapping[ZoneName, SubnetId] = {}
    """The subnets of the control plane's interfaces; without any, the private ones."""
    pod_cidr: Cidr | None = None
    """The secondary range of the pod subnets."""
    pod_subnets: Mapping[ZoneName, SubnetId] = {}
    """The subnets of pods under custom networking: zone to subnet id."""
    free_addresses: Annotated[Mapping[SubnetId, int], AfterValidator(_free_addresses)] = {}
    """Free addresses before the first deploy: subnet id to the number that `aws ec2
    describe-subnets` calls AvailableIpAddressCount. A subnet that isn't named is not planned."""

    @property
    def tiers(self) -> dict[str, Mapping[str, str]]:
        """Return the subnet ids of each tier by zone.

        Without subnets of their own, the control plane's interfaces are in the private ones.
        """
        return {
            "private": self.private_subnets,
            "public": self.public_subnets,
            "control_plane": self.control_plane_subnets or self.private_subnets,
            "pods": self.pod_subnets,
        }

    @property
    def zones(self) -> tuple[str, ...]:
        """Return the zones of the private subnets."""
        return tuple(sorted(self.private_subnets))

    @property
    def cidrs(self) -> tuple[str, ...]:
        """Return the known ranges of the VPC."""
        return (self.cidr,) if self.pod_cidr is None else (self.cidr, self.pod_cidr)

    @rule
    def zones_are_two(self) -> Iterator[Problem]:
        """Enough zones for EKS."""
        for field in ("private_subnets", "control_plane_subnets"):
            subnets = getattr(self, field)
            if subnets or field == "private_subnets":
                for problem in _zone_problems(tuple(subnets)):
                    yield Problem(at=field, got=subnets, allowed=problem.allowed, fix=problem.fix)

    @rule
    def pod_subnets_serve_every_zone(self) -> Iterator[Problem]:
        """Where pods have subnets of their own, each zone with nodes has one."""
        missing = sorted(set(self.private_subnets) - set(self.pod_subnets))
        if self.pod_subnets and missing:
            yield Problem(
                at="pod_subnets",
                got=self.pod_subnets,
                allowed="a subnet in every zone of private_subnets",
                fix=f"add {', '.join(missing)}",
            )

    @rule
    def free_addresses_are_of_these_subnets(self) -> Iterator[Problem]:
        """A number that belongs to no subnet would never be read."""
        known = {subnet for subnets in self.tiers.values() for subnet in subnets.values()}
        unknown = sorted(set(self.free_addresses) - known)
        if unknown:
            yield Problem(
                at="free_addresses",
                got=self.free_addresses,
                allowed=f"some of {', '.join(sorted(known))}",
                fix=f"remove {', '.join(unknown)}, or name its tier",
            )


def _zone_problems(zones: tuple[str, ...]) -> Iterator[Problem]:
    if len(set(zones)) < MINIMUM_ZONES:
        yield Problem(
            at="zones",
            got=zones,
            allowed="at least two different zones, as EKS requires",
            fix="name another zone of the region",
        )
    elif len(set(zones)) < len(zones):
        yield Problem(
            at="zones", got=zones, allowed="each zone once", fix="remove the zone named twice"
        )


def _size_problems(at: str, cidr: str) -> Iterator[Problem]:
    length = IPv4Network(cidr).prefixlen
    if SHORTEST_VPC_PREFIX <= length <= LONGEST_VPC_PREFIX:
        return
    size = "large" if length < SHORTEST_VPC_PREFIX else "small"
    nearest = min(max(length, SHORTEST_VPC_PREFIX), LONGEST_VPC_PREFIX)
    yield Problem(
        at=at,
        got=cidr,
        allowed=f"a range of /{SHORTEST_VPC_PREFIX} to /{LONGEST_VPC_PREFIX}; this one is too {size}",
        fix=f"write {IPv4Network((int(IPv4Network(cidr).network_address), nearest), strict=False)}",
    )


def _network(value: object) -> object:
    if not isinstance(value, NetworkSpec | ExistingNetworkSpec):
        raise refused(
            "NetworkSpec(…) or ExistingNetworkSpec(…)",
            "write NetworkSpec(…) to make a VPC, ExistingNetworkSpec(…) to use one",
        )
    return value


Network = Annotated[
    NetworkSpec | ExistingNetworkSpec,
    BeforeValidator(_network),
    Field(description="The VPC: NetworkSpec makes one, ExistingNetworkSpec uses one"),
]

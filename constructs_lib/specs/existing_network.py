"""Specification of an existing network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator

from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.network_limits import (
    LONGEST_RANGE,
    SHORTEST_VPC_PREFIX,
    SMALLEST_SUBNET,
    is_private,
    is_public,
    range_problems,
    zone_problems,
)
from constructs_lib.specs.regions import ZoneName
from constructs_lib.specs.types import Cidr, SubnetId, VpcId


def _free_addresses(value: Mapping[str, int]) -> Mapping[str, int]:
    if any(free < 0 for free in value.values()):
        raise refused(
            "0 or more addresses", "copy AvailableIpAddressCount from `aws ec2 describe-subnets`"
        )
    return value


class ExistingNetworkSpec(Spec):
    """A VPC that exists already. Nothing is looked up: list what it has.

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
    """The subnets of the control plane's interfaces; defaults to the private ones."""
    pod_cidr: Cidr | None = None
    """The secondary range of the pod subnets."""
    pod_subnets: Mapping[ZoneName, SubnetId] = {}
    """The subnets of pods under custom networking: zone to subnet id."""
    free_addresses: Annotated[Mapping[SubnetId, int], AfterValidator(_free_addresses)] = {}
    """Free addresses before the first deploy: subnet id to the number that `aws ec2
    describe-subnets` calls AvailableIpAddressCount. Subnets that aren't listed are not planned."""

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
        """Enough zones for EKS, and for a load balancer (ELB user guide: subnets of two zones)."""
        for field in ("private_subnets", "control_plane_subnets", "public_subnets"):
            subnets = getattr(self, field)
            if subnets or field == "private_subnets":
                for problem in zone_problems(tuple(subnets)):
                    yield Problem(at=field, got=subnets, allowed=problem.allowed, fix=problem.fix)

    @rule
    def subnets_are_in_one_zone(self) -> Iterator[Problem]:
        """One that is listed for two leaves nodes and the control plane in fewer zones than they seem to be in."""
        seen: dict[str, tuple[str, str]] = {}
        for field in ("private_subnets", "public_subnets", "pod_subnets", "control_plane_subnets"):
            for zone, subnet in getattr(self, field).items():
                other, there = seen.setdefault(subnet, (field, zone))
                if there != zone:
                    yield Problem(
                        at=f"{field}[{zone!r}]",
                        got=subnet,
                        allowed=f"a subnet of {zone}; this one is listed for {there} in {other}",
                        fix="copy its id from `aws ec2 describe-subnets`, which shows the zone of each",
                    )

    @rule
    def ranges_are_those_of_a_vpc(self) -> Iterator[Problem]:
        """A VPC has /16 to /28 (VPC user guide); two subnets of the smallest size need a /27."""
        for field, longest in (("cidr", LONGEST_RANGE), ("pod_cidr", SMALLEST_SUBNET)):
            cidr = getattr(self, field)
            if cidr is None:
                continue
            yield from range_problems(field, cidr)
            if not SHORTEST_VPC_PREFIX <= IPv4Network(cidr).prefixlen <= longest:
                yield Problem(
                    at=field,
                    got=cidr,
                    allowed=f"a range of /{SHORTEST_VPC_PREFIX} to /{longest}",
                    fix="copy it from CidrBlockAssociationSet in `aws ec2 describe-vpcs`",
                )

    @rule
    def pods_have_a_range_that_nobody_else_has(self) -> Iterator[Problem]:
        """A public range in a private network would hide somebody's servers from the pods."""
        if self.pod_cidr is None:
            return
        pods, primary = IPv4Network(self.pod_cidr), IPv4Network(self.cidr)
        if pods.overlaps(primary) or (is_private(primary) and is_public(pods)):
            yield Problem(
                at="pod_cidr",
                got=self.pod_cidr,
                allowed=f"a private or shared range that does not overlap cidr ({self.cidr})",
                fix="use the range of pod_subnets, such as 100.64.0.0/16",
            )

    @rule
    def pod_subnets_serve_every_zone(self) -> Iterator[Problem]:
        """Where pods have subnets of their own, each zone with nodes has one."""
        missing = sorted(set(self.private_subnets) - set(self.pod_subnets))
        if self.pod_subnets and missing:
            yield Problem(
                at="pod_subnets",
                got=self.pod_subnets,
                allowed="a subnet in every zone of private_subnets",
                fix=f"add a subnet in {', '.join(missing)}",
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
                allowed=f"subnets of this network: {', '.join(sorted(known))}",
                fix=f"remove {', '.join(unknown)}, or add it to private_subnets or another tier",
            )

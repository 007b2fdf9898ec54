"""The limits of AWS for networks: ranges, sizes, zones, endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated

from constructs_lib.specs.base import Problem, refused
from constructs_lib.specs.types import Cidr, distinct, spelt

SHORTEST_VPC_PREFIX = 16
LONGEST_VPC_PREFIX = 22
"""AWS allows a VPC of /16 to /28; below /22 a zone's slot can't hold the smallest useful tiers."""

SMALLEST_SUBNET = 28
LONGEST_RANGE = 27
"""A subnet has /16 to /28, so an existing VPC with two of them has at least a /27."""

LONGEST_PREFIXES = {"private": 27, "public": 27, "control_plane": 28}
"""The load balancer controller wants 8 free addresses in a subnet (so at most /27); the control
plane 6, better 16 (EKS user guide, "VPC and subnet considerations"): a /28 has 11."""

ZONE_SLOTS = (4, 8)

MINIMUM_ZONES = 2
"""EKS wants subnets in at least two zones (EKS user guide, "Subnet requirements")."""

PRIVATE_RANGES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
EXCLUDED = tuple(
    (IPv4Network(primary), IPv4Network(beside))
    for primary, beside in (("10.0.0.0/15", "10.0.0.0/16"), ("172.16.0.0/12", "172.31.0.0/16"))
)
"""What EC2 puts beside no range within another (VPC user guide, "IPv4 CIDR block association restrictions")."""
SHARED_RANGE = IPv4Network("100.64.0.0/10")
NOBODYS_RANGES = tuple(
    map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"))
)
"""Ranges that no network can have (RFC 6890): this host, loopback, link-local, multicast, reserved."""

SourceRanges = Annotated[
    tuple[Cidr, ...],
    distinct(60, "each becomes a security group rule; VPC quotas, inbound rules per group"),
]


def is_private(network: IPv4Network) -> bool:
    """Tell whether a range is one of RFC 1918."""
    return any(network.subnet_of(block) for block in PRIVATE_RANGES)


def is_public(network: IPv4Network) -> bool:
    """Tell whether addresses of a range can come from the internet."""
    others = (*PRIVATE_RANGES, SHARED_RANGE, *NOBODYS_RANGES)
    return not any(network.subnet_of(block) for block in others)


INTERFACE_ENDPOINTS = (
    *("autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "eks", "eks-auth"),
    *(
        "elasticfilesystem",
        "elasticloadbalancing",
        "fsx",
        "guardduty-data",
        "kms",
        "lambda",
        "logs",
    ),
    *("monitoring", "networkflowmonitorreports", "secretsmanager", "sqs", "ssm", "ssmmessages"),
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


def known_endpoints(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an endpoint that isn't offered."""
    unknown = [name for name in value if name not in INTERFACE_ENDPOINTS]
    meant = spelt(unknown, INTERFACE_ENDPOINTS, cutoff=0.8)
    others = [name for name in unknown if name not in meant]
    fixes = [f"did you mean {', '.join(meant.values())}?"] if meant else []
    fixes += [f"remove {', '.join(others)}"] if others else []
    if unknown:
        raise refused(f"any of {', '.join(INTERFACE_ENDPOINTS)}", " ".join(fixes))
    return value


def zone_problems(zones: tuple[str, ...], at: str = "zones") -> Iterator[Problem]:
    """Yield what is wrong with a choice of zones."""
    if len(set(zones)) < MINIMUM_ZONES:
        yield Problem(
            at=at,
            got=zones,
            allowed="at least two different zones, as EKS requires",
            fix="add another zone of the region",
        )
    elif len(set(zones)) < len(zones):
        yield Problem(
            at=at, got=zones, allowed="each zone at most once", fix="remove the duplicate"
        )


def range_problems(at: str, cidr: str) -> Iterator[Problem]:
    """Yield what is wrong with a range of a VPC, whatever its size."""
    if any(IPv4Network(cidr).overlaps(block) for block in NOBODYS_RANGES):
        yield Problem(
            at=at,
            got=cidr,
            allowed="a private, shared or public range; "
            f"EC2 refuses those in {', '.join(map(str, NOBODYS_RANGES))}",
            fix="use a range within 10.0.0.0/8, such as 10.40.0.0/16",
        )


def size_problems(at: str, cidr: str) -> Iterator[Problem]:
    """Yield what is wrong with the size of a range."""
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

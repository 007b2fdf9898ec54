"""What EKS refuses of a cluster's configuration."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from local_aws.emulator import network
from local_aws.emulator.eks import store
from local_aws.emulator.internals import EC2
from local_aws.emulator.replies import Record, refuse

MINIMUM_ZONES = 2
MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
"""A cluster moves from one to the next, never back."""


def check_new(body: Record) -> None:
    """Raise EKS's refusal of a new cluster."""
    role = body.get("roleArn", "")
    refuse(
        not store.trusts(role, "eks.amazonaws.com"),
        f"Role with arn: {role}, could not be assumed because it does not exist or the trusted "
        "entity is not correct",
    )
    check_vpc_config(body.setdefault("resourcesVpcConfig", {}))


def check_vpc_config(vpc: Record) -> None:
    """Raise EKS's refusal of subnets, security groups or endpoint access."""
    for subnet_id in vpc.get("subnetIds", []):
        refuse(subnet_id not in EC2.subnets, f"The subnet ID '{subnet_id}' does not exist")
    one_zone = len(zones(vpc)) < MINIMUM_ZONES
    refuse(one_zone, "Subnets specified must be in at least two different AZs")
    vpcs = {network.vpc_of(one) for one in vpc["subnetIds"]}
    refuse(len(vpcs) > 1, "Subnets specified must be in the same VPC")
    for group_id in vpc.get("securityGroupIds", []):
        elsewhere = EC2.security_groups.get(group_id, {}).get("VpcId") not in vpcs
        refuse(elsewhere, f"Security group(s) [{group_id}] are not in the same VPC as the subnets")
    reachable = vpc.get("endpointPublicAccess", True) or vpc.get("endpointPrivateAccess", False)
    refuse(not reachable, "Private and public endpoint access cannot be false")


def check_vpc_change(old: Record, new: Record) -> None:
    """Raise EKS's refusal of subnets in another VPC or in other zones than those at the start."""
    check_vpc_config(new)
    elsewhere = network.vpc_of(new["subnetIds"][0]) != old["vpcId"]
    refuse(elsewhere, "Subnets provided must belong to the same VPC as the cluster.")
    was, wanted = zones(old), zones(new)
    refuse(
        was != wanted,
        f"Provided subnets belong to the AZs '{','.join(wanted)}'. But they should belong to the "
        f"exact set of AZs '{','.join(was)}' in which subnets were provided during cluster creation.",
    )


def check_subnets(cluster: Record, subnet_ids: Iterable[str]) -> None:
    """Raise EKS's refusal of subnets that are not in a cluster's VPC."""
    for subnet_id in subnet_ids:
        vpc_id = EC2.subnets.get(subnet_id, {}).get("VpcId")
        elsewhere = vpc_id != cluster["resourcesVpcConfig"]["vpcId"]
        refuse(elsewhere, f"Subnet {subnet_id} does not exist in the VPC of the cluster.")


def zones(vpc: Record) -> list[str]:
    """Return the Availability Zones of a configuration's subnets."""
    return sorted({network.zone_of(one) for one in vpc.get("subnetIds", [])})


def minor(version: str) -> int:
    """Return 35 of 1.35."""
    return int(version.split(".")[1])


def service_cidr(vpc_id: str) -> str:
    """Return the service block that EKS takes: the one that is not in the VPC's own range."""
    own = map(ipaddress.IPv4Network, network.cidr_blocks(EC2.vpcs[vpc_id]))
    inside = any(block.subnet_of(ipaddress.IPv4Network("10.0.0.0/8")) for block in own)
    return "172.20.0.0/16" if inside else "10.100.0.0/16"

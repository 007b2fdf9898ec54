"""What EKS refuses of a cluster's configuration."""

from __future__ import annotations

import ipaddress

from local_aws.emulator import network
from local_aws.emulator.eks import store
from local_aws.emulator.internals import EC2
from local_aws.emulator.network import Record
from local_aws.emulator.replies import invalid

MINIMUM_ZONES = 2
MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
"""A cluster moves from one to the next, never back."""


def check_new(body: Record) -> None:
    """Raise EKS's refusal of a new cluster."""
    role = body.get("roleArn", "")
    if not store.trusts(role, "eks.amazonaws.com"):
        raise invalid(
            f"Role with arn: {role}, could not be assumed because it does not exist or the trusted "
            "entity is not correct"
        )
    vpc = body.setdefault("resourcesVpcConfig", {})
    check_vpc_config(vpc)
    given = body.get("kubernetesNetworkConfig", {}).get("serviceIpv4Cidr")
    if given is not None:
        for block in _blocks(network.vpc_of(vpc["subnetIds"][0])):
            if ipaddress.ip_network(given).overlaps(ipaddress.ip_network(block)):
                raise invalid(
                    f"The specified serviceIpv4Cidr {given} overlaps with the VPC CIDR {block}"
                )


def check_vpc_config(vpc: Record) -> None:
    """Raise EKS's refusal of subnets, security groups or endpoint access."""
    subnet_ids = vpc.get("subnetIds", [])
    records = []
    for subnet_id in subnet_ids:
        record = network.subnet(subnet_id)
        if record is None:
            raise invalid(f"The subnet ID '{subnet_id}' does not exist")
        records.append(record)
    if len({record["AvailabilityZone"] for record in records}) < MINIMUM_ZONES:
        raise invalid("Subnets specified must be in at least two different AZs")
    if len({record["VpcId"] for record in records}) > 1:
        raise invalid("Subnets specified must be in the same VPC")
    for group_id in vpc.get("securityGroupIds", []):
        group = EC2.security_groups.get(group_id)
        if group is None or group["VpcId"] != records[0]["VpcId"]:
            raise invalid(f"Security group(s) [{group_id}] are not in the same VPC as the subnets")
    if not vpc.get("endpointPublicAccess", True) and not vpc.get("endpointPrivateAccess", False):
        raise invalid("Private and public endpoint access cannot be false")
    inner = [cidr for cidr in vpc.get("publicAccessCidrs", []) if _is_inner(cidr)]
    if inner:
        raise invalid(f"The following CIDRs are invalid in publicAccessCidrs: {inner}")


def authentication_change(old: str, new: str) -> None:
    """Raise EKS's refusal to step back to an older way of authentication."""
    if MODES.index(new) < MODES.index(old):
        raise invalid(f"Unsupported authentication mode update from {old} to {new}")


def check_version_change(old: str, new: str) -> None:
    """Raise EKS's refusal of more than one minor at a time; one back is a rollback."""
    if old == new:
        raise invalid(f"Cluster is already at the desired configuration with version: {new}")
    if abs(minor(new) - minor(old)) != 1:
        raise invalid(f"Unsupported Kubernetes minor version update from {old} to {new}")


def minor(version: str) -> int:
    """Return 35 of 1.35."""
    return int(version.split(".")[1])


def service_cidr(vpc_id: str) -> str:
    """Return the service block that EKS takes: the one that is not in the VPC's own range."""
    inside = any(_within_ten(block) for block in _blocks(vpc_id))
    return "172.20.0.0/16" if inside else "10.100.0.0/16"


def _blocks(vpc_id: str) -> list[str]:
    return network.cidr_blocks(EC2.vpcs[vpc_id])


def _within_ten(block: str) -> bool:
    return ipaddress.IPv4Network(block).subnet_of(ipaddress.IPv4Network("10.0.0.0/8"))


def _is_inner(cidr: str) -> bool:
    """Tell whether a block is of private, loopback or link-local addresses.

    Blocks for documentation count as public here, as EKS takes them.
    """
    block = ipaddress.IPv4Network(cidr)
    inner = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")
    return any(block.subnet_of(ipaddress.IPv4Network(one)) for one in inner)

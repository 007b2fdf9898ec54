"""EC2's records: who is where, which address is free, and what carries which tags."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterator
from typing import Any

from local_aws.emulator.internals import EC2, PROVISIONERS
from local_aws.emulator.schemas import Properties

Record = dict[str, Any]

RESERVED_AT_START = 4
RESERVED_ADDRESSES = 5
"""AWS keeps the first four addresses of a subnet and the last one."""


def new_id(prefix: str) -> str:
    """Return an id as EC2 makes them, such as eni-0123456789abcdef0."""
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def subnet(subnet_id: str) -> Record | None:
    """Return the record of a subnet."""
    found: Record | None = EC2.subnets.get(subnet_id)
    return found


def vpc_of(subnet_id: str) -> str:
    """Return the VPC of a subnet that exists."""
    return str(EC2.subnets[subnet_id]["VpcId"])


def cidr_blocks(vpc: Record) -> list[str]:
    """Return the first CIDR block of a VPC and those that were associated later."""
    later = [entry["CidrBlock"] for entry in vpc.get("SecondaryCidrBlocks", [])]
    return [str(vpc["CidrBlock"]), *later]


def size(subnet_record: Record) -> int:
    """Return how many addresses of an empty subnet can be used."""
    return ipaddress.ip_network(subnet_record["CidrBlock"]).num_addresses - RESERVED_ADDRESSES


def interfaces(**wanted: str) -> Iterator[Record]:
    """Return the network interfaces whose fields have these values."""
    for record in list(EC2.network_interfaces.values()):
        if all(record.get(name) == value for name, value in wanted.items()):
            yield record


def free_address(subnet_record: Record) -> str | None:
    """Return the first address of a subnet that no network interface has."""
    taken = {
        record["PrivateIpAddress"] for record in interfaces(SubnetId=subnet_record["SubnetId"])
    }
    hosts = ipaddress.ip_network(subnet_record["CidrBlock"])
    for offset in range(RESERVED_AT_START, hosts.num_addresses - 1):
        address = str(hosts[offset])
        if address not in taken:
            return address
    return None


def apply_tags(resource_id: str, properties: Properties, previous: Properties) -> None:
    """Set the tags of a template, and drop those that it had before; others stay."""
    PROVISIONERS.ec2_apply_tags(resource_id, properties, previous)


def tags(resource_id: str) -> list[dict[str, str]]:
    """Return the tags of an EC2 resource."""
    return list(EC2.tags.get(resource_id) or [])


def public_subnets() -> frozenset[str]:
    """Return the subnets whose route table leads to an internet gateway."""
    return frozenset(
        association["SubnetId"]
        for table in EC2.route_tables.values()
        if any(str(route.get("GatewayId", "")).startswith("igw-") for route in table["Routes"])
        for association in table["Associations"]
        if association.get("SubnetId")
    )


def has_internet_gateway(vpc_id: str) -> bool:
    """Tell whether an internet gateway is attached to a VPC."""
    return any(
        attachment.get("VpcId") == vpc_id
        for gateway in EC2.internet_gateways.values()
        for attachment in gateway.get("Attachments", [])
    )

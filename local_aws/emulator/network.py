"""EC2's records: who is where, which address is free, and what carries which tags."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterator

from local_aws.emulator.internals import EC2, PROVISIONERS
from local_aws.emulator.replies import Record
from local_aws.emulator.schemas import Properties

RESERVED_AT_START = 4
RESERVED_ADDRESSES = 5
"""AWS keeps the first four addresses of a subnet and the last one."""


def new_id(prefix: str) -> str:
    """Return an id as EC2 makes them, such as eni-0123456789abcdef0."""
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def vpc_of(subnet_id: str) -> str:
    """Return the VPC of a subnet that exists."""
    return str(EC2.subnets[subnet_id]["VpcId"])


def zone_of(subnet_id: str) -> str:
    """Return the Availability Zone of a subnet that exists."""
    return str(EC2.subnets[subnet_id]["AvailabilityZone"])


def cidr_blocks(vpc: Record) -> list[str]:
    """Return the first CIDR block of a VPC and those that were associated later."""
    later = [entry["CidrBlock"] for entry in vpc.get("SecondaryCidrBlocks", [])]
    return [str(vpc["CidrBlock"]), *later]


def interfaces(**wanted: str) -> Iterator[Record]:
    """Return the network interfaces whose fields have these values."""
    for record in list(EC2.network_interfaces.values()):
        if all(record.get(name) == value for name, value in wanted.items()):
            yield record


def count_addresses(subnet: Record) -> None:
    """Write down how many addresses of a subnet are free."""
    used = len(list(interfaces(SubnetId=subnet["SubnetId"])))
    size = ipaddress.ip_network(subnet["CidrBlock"]).num_addresses - RESERVED_ADDRESSES
    subnet["AvailableIpAddressCount"] = size - used


def free_address(subnet: Record) -> str | None:
    """Return the first address of a subnet that no network interface has."""
    taken = {record["PrivateIpAddress"] for record in interfaces(SubnetId=subnet["SubnetId"])}
    hosts = ipaddress.ip_network(subnet["CidrBlock"])
    places = range(RESERVED_AT_START, hosts.num_addresses - 1)
    return next((str(hosts[one]) for one in places if str(hosts[one]) not in taken), None)


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


def attached(gateway: Record, vpc_id: str) -> bool:
    """Tell whether an internet gateway is attached to a VPC."""
    return any(one.get("VpcId") == vpc_id for one in gateway.get("Attachments", []))


def has_internet_gateway(vpc_id: str) -> bool:
    """Tell whether an internet gateway is attached to a VPC."""
    return any(attached(gateway, vpc_id) for gateway in EC2.internet_gateways.values())

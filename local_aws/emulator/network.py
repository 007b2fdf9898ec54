"""Who is where: the network interfaces of services, which keep subnets and groups in use."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterator, Sequence

from local_aws.emulator.internals import EC2, account
from local_aws.emulator.replies import HandlerError, Record, deny, refused

RESERVED_AT_START = 4
RESERVED_ADDRESSES = 5
"""AWS keeps the first four addresses of a subnet and the last one."""


def new_id(prefix: str) -> str:
    """Return an id as EC2 makes them, such as eni-0123456789abcdef0."""
    return f"{prefix}-{secrets.token_hex(9)[:17]}"


def new_group(name: str, vpc_id: str, description: str) -> str:
    """Make a security group without rules; return its id."""
    group_id = str(EC2.new_sg_id())
    group = {"GroupId": group_id, "GroupName": name, "VpcId": vpc_id, "Description": description}
    EC2.security_groups[group_id] = {**group, "OwnerId": account()}
    return group_id


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


def _free_address(subnet: Record) -> str | None:
    taken = {record["PrivateIpAddress"] for record in interfaces(SubnetId=subnet["SubnetId"])}
    hosts = ipaddress.ip_network(subnet["CidrBlock"])
    places = range(RESERVED_AT_START, hosts.num_addresses - 1)
    return next((str(hosts[one]) for one in places if str(hosts[one]) not in taken), None)


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


def attach(
    subnet_id: str,
    *,
    owner: str,
    description: str,
    groups: Sequence[str] = (),
    interface_type: str = "interface",
    public_address: str = "",
) -> Record:
    """Put a network interface into a subnet, for a service's resource that is named as its owner.

    Raises `HandlerError` if there is no such subnet or group, or no free address.
    """
    subnet = EC2.subnets.get(subnet_id)
    if subnet is None:
        raise refused("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")
    for group in groups:
        unknown = group not in EC2.security_groups
        deny(unknown, "InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    address = _free_address(subnet)
    words = "The specified subnet does not have enough free addresses to satisfy the request."
    deny(address is None, "InsufficientFreeAddressesInSubnet", words)
    record = {
        "NetworkInterfaceId": new_id("eni"),
        "SubnetId": subnet_id,
        "VpcId": subnet["VpcId"],
        "AvailabilityZone": subnet["AvailabilityZone"],
        "Description": description,
        "OwnerId": account(),
        "Status": "in-use",
        "PrivateIpAddress": address,
        "PublicIpAddress": public_address,
        "InterfaceType": interface_type,
        "MacAddress": ":".join(["02", *(secrets.token_hex(1) for _ in range(5))]),
        "Groups": [
            {"GroupId": group, "GroupName": EC2.security_groups[group]["GroupName"]}
            for group in groups
        ],
        "Owner": owner,
    }
    EC2.network_interfaces[record["NetworkInterfaceId"]] = record
    count_addresses(subnet)
    return record


def detach(owner: str) -> None:
    """Remove all network interfaces of a service's resource."""
    for record in interfaces(Owner=owner):
        remove(record)


def move(
    subnet_ids: Sequence[str], *, owner: str, groups: Sequence[str] = (), **more: str
) -> list[Record]:
    """Make an owner's network interfaces those of the subnets and groups; return the new ones.

    Nothing changes if a new one finds no place. Other groups mean other interfaces.
    """
    there = {record["SubnetId"]: record for record in interfaces(Owner=owner)}
    if any({one["GroupId"] for one in each["Groups"]} != set(groups) for each in there.values()):
        detach(owner)
        there = {}
    placed: list[Record] = []
    try:
        for subnet_id in subnet_ids:
            if subnet_id not in there:
                record = attach(subnet_id, owner=owner, groups=groups, **more)
                placed.append(record)
    except HandlerError:
        for record in placed:
            remove(record)
        raise
    for subnet_id in there.keys() - set(subnet_ids):
        remove(there[subnet_id])
    return placed


def remove(record: Record) -> None:
    """Remove one network interface, whoever owns it."""
    EC2.network_interfaces.pop(record["NetworkInterfaceId"], None)
    EC2.tags.pop(record["NetworkInterfaceId"], None)
    subnet = EC2.subnets.get(record["SubnetId"])
    if subnet is not None:
        count_addresses(subnet)

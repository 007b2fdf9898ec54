"""The network interfaces that AWS services put into subnets, which keep subnets and groups in use."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from local_aws.emulator import network
from local_aws.emulator.internals import EC2, account
from local_aws.emulator.replies import HandlerError, Record, refused


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
        if group not in EC2.security_groups:
            raise refused("InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    address = network.free_address(subnet)
    if address is None:
        raise refused(
            "InsufficientFreeAddressesInSubnet",
            "The specified subnet does not have enough free addresses to satisfy the request.",
        )
    record = {
        "NetworkInterfaceId": network.new_id("eni"),
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
    network.count_addresses(subnet)
    return record


def detach(owner: str) -> None:
    """Remove all network interfaces of a service's resource."""
    for record in network.interfaces(Owner=owner):
        remove(record)


def move(
    subnet_ids: Sequence[str],
    *,
    owner: str,
    description: str,
    groups: Sequence[str] = (),
    interface_type: str = "interface",
) -> list[Record]:
    """Make an owner's network interfaces those of the subnets and groups; return the new ones.

    Nothing changes if a new one finds no place. Other groups mean other interfaces.
    """
    there = {record["SubnetId"]: record for record in network.interfaces(Owner=owner)}
    if any({one["GroupId"] for one in each["Groups"]} != set(groups) for each in there.values()):
        detach(owner)
        there = {}
    placed: list[Record] = []
    try:
        for subnet_id in subnet_ids:
            if subnet_id not in there:
                made = attach(
                    subnet_id,
                    owner=owner,
                    description=description,
                    groups=groups,
                    interface_type=interface_type,
                )
                placed.append(made)
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
        network.count_addresses(subnet)

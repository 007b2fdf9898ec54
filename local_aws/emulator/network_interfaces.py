"""The network interfaces that AWS services put into subnets, which keep subnets and groups in use."""

from __future__ import annotations

import fnmatch
import secrets
from collections.abc import Sequence

from local_aws.emulator import network
from local_aws.emulator.internals import EC2, Function, account, action, patch
from local_aws.emulator.replies import HandlerError, Operation, Record, Reply, query_error, refused


def attach(
    subnet_id: str,
    *,
    owner: str,
    description: str,
    requester: str,
    groups: Sequence[str] = (),
    interface_type: str = "interface",
    instance: str = "",
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
        "RequesterId": requester,
        "RequesterManaged": not instance,
        "Status": "in-use",
        "PrivateIpAddress": address,
        "PublicIpAddress": public_address,
        "InterfaceType": interface_type,
        "SourceDestCheck": interface_type == "interface",
        "MacAddress": ":".join(["02", *(secrets.token_hex(1) for _ in range(5))]),
        "Groups": [
            {"GroupId": group, "GroupName": EC2.security_groups[group]["GroupName"]}
            for group in groups
        ],
        "Attachment": {
            "AttachmentId": network.new_id("eni-attach"),
            "InstanceId": instance,
            "InstanceOwnerId": account() if instance else "amazon-aws",
            "DeviceIndex": 0 if instance else 1,
            "Status": "attached",
            "AttachTime": EC2.now_ts(),
        },
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
    requester: str,
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
                    requester=requester,
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


@action(EC2, "DescribeNetworkInterfaces")
def _describe_network_interfaces(_: Operation, parameters: Record) -> Reply:
    """Filter by what a user or the load balancer controller asks for; MiniStack filters by id."""
    ids = EC2.parse_member_list(parameters, "NetworkInterfaceId")
    filters = EC2.parse_filters(parameters)
    for one in ids:
        if one not in EC2.network_interfaces:
            words = f"The networkInterface ID '{one}' does not exist"
            return query_error(EC2, "InvalidNetworkInterfaceID.NotFound", words)
    items = "".join(
        EC2.eni_fields_xml(record)
        for record in EC2.network_interfaces.values()
        if (not ids or record["NetworkInterfaceId"] in ids)
        and EC2.resource_matches_tag_filters(record["NetworkInterfaceId"], filters)
        and all(_matches(record, name, values) for name, values in filters.items())
    )
    inner = f"<networkInterfaceSet>{items}</networkInterfaceSet>"
    reply: Reply = EC2.xml(200, "DescribeNetworkInterfacesResponse", inner)
    return reply


def _matches(record: Record, name: str, values: Sequence[str]) -> bool:
    """Tell whether a record passes a filter; tags were looked at before."""
    found = [group["GroupId"] for group in record["Groups"]]
    if name != "group-id":
        key = "".join(part.capitalize() for part in name.split("-"))
        if key not in record:
            return name.startswith("tag")
        found = [record[key]]
    return any(fnmatch.fnmatchcase(one, value) for one in found for value in values)


@patch("services.ec2", "_eni_fields_xml")
def _eni_fields_xml(original: Function, record: Record, tag: str = "item") -> str:
    """Add the requester and the public address, which MiniStack's XML has not."""
    text: str = original(record, tag)
    if "RequesterId" not in record:
        return text
    more = (
        f"<requesterId>{record['RequesterId']}</requesterId>"
        f"<requesterManaged>{str(record['RequesterManaged']).lower()}</requesterManaged>"
    )
    if record["PublicIpAddress"]:
        more += (
            f"<association><publicIp>{record['PublicIpAddress']}</publicIp>"
            f"<ipOwnerId>{record['OwnerId']}</ipOwnerId></association>"
        )
    return text.removesuffix(f"</{tag}>") + more + f"</{tag}>"


def remove(record: Record) -> None:
    """Remove one network interface, whoever owns it."""
    EC2.network_interfaces.pop(record["NetworkInterfaceId"], None)
    EC2.tags.pop(record["NetworkInterfaceId"], None)
    subnet = EC2.subnets.get(record["SubnetId"])
    if subnet is not None:
        network.count_addresses(subnet)

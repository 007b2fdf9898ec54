"""The network interfaces that AWS services put into subnets, which keep subnets and groups in use."""

from __future__ import annotations

import fnmatch
import secrets
from collections.abc import Sequence

from local_aws.emulator import network
from local_aws.emulator.internals import EC2, Function, account, replace, replace_action
from local_aws.emulator.network import Record
from local_aws.emulator.replies import HandlerError, Operation, Reply, ec2_error


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
    subnet = network.subnet(subnet_id)
    if subnet is None:
        raise _refused("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")
    for group in groups:
        if group not in EC2.security_groups:
            raise _refused("InvalidGroup.NotFound", f"The security group '{group}' does not exist")
    address = network.free_address(subnet)
    if address is None:
        raise _refused(
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
    _count_addresses(subnet)
    return record


def detach(owner: str) -> None:
    """Remove all network interfaces of a service's resource."""
    for record in network.interfaces(Owner=owner):
        remove(record)


def place(
    subnet_ids: Sequence[str], *, owner: str, **settings: str | Sequence[str]
) -> list[Record]:
    """Give an owner one network interface in each subnet; all of them or none."""
    placed: list[Record] = []
    try:
        for subnet_id in subnet_ids:
            placed.append(attach(subnet_id, owner=owner, **settings))  # type: ignore[arg-type]  # noqa: PERF401  # what was placed must be known when one fails
    except HandlerError:
        for record in placed:
            remove(record)
        raise
    return placed


def move(subnet_ids: Sequence[str], *, owner: str, **settings: str | Sequence[str]) -> list[Record]:
    """Make an owner's network interfaces those of the subnets; return the new ones."""
    there = {record["SubnetId"]: record for record in network.interfaces(Owner=owner)}
    new = [subnet for subnet in subnet_ids if subnet not in there]
    placed = place(new, owner=owner, **settings)
    for subnet_id in there.keys() - set(subnet_ids):
        remove(there[subnet_id])
    return placed


def install() -> None:
    """Show them, filter them, and don't let anybody delete one that is in use."""
    replace_action("ec2", "DescribeNetworkInterfaces", _described)
    replace_action("ec2", "DeleteNetworkInterface", _kept_while_in_use)
    # MiniStack's XML has no requester and no public address.
    replace("_eni_fields_xml", _with_requester, "services.ec2")


def _described(_: Operation) -> Operation:
    def describe_network_interfaces(parameters: Record) -> Reply:
        """Filter by what a user or the load balancer controller asks for; MiniStack filters by id."""
        ids = EC2.parse_member_list(parameters, "NetworkInterfaceId")
        filters = EC2.parse_filters(parameters)
        unknown = [one for one in ids if one not in EC2.network_interfaces]
        if unknown:
            return ec2_error(
                "InvalidNetworkInterfaceID.NotFound",
                f"The networkInterface ID '{unknown[0]}' does not exist",
            )
        items = "".join(
            EC2.eni_fields_xml(record)
            for record in EC2.network_interfaces.values()
            if (not ids or record["NetworkInterfaceId"] in ids)
            and EC2.resource_matches_tag_filters(record["NetworkInterfaceId"], filters)
            and all(_matches(record, name, values) for name, values in filters.items())
        )
        reply: Reply = EC2.xml(
            200,
            "DescribeNetworkInterfacesResponse",
            f"<networkInterfaceSet>{items}</networkInterfaceSet>",
        )
        return reply

    return describe_network_interfaces


def _matches(record: Record, name: str, values: Sequence[str]) -> bool:
    attachment = record.get("Attachment") or {}
    found = {
        "vpc-id": [record["VpcId"]],
        "subnet-id": [record["SubnetId"]],
        "network-interface-id": [record["NetworkInterfaceId"]],
        "group-id": [group["GroupId"] for group in record["Groups"]],
        "description": [record["Description"]],
        "status": [record["Status"]],
        "interface-type": [record.get("InterfaceType", "interface")],
        "requester-id": [record.get("RequesterId", "")],
        "attachment.instance-id": [attachment.get("InstanceId", "")],
        "availability-zone": [record["AvailabilityZone"]],
        "private-ip-address": [record["PrivateIpAddress"]],
        "addresses.private-ip-address": [record["PrivateIpAddress"]],
        "association.public-ip": [record.get("PublicIpAddress", "")],
    }.get(name)
    if found is None:
        return True
    return any(fnmatch.fnmatchcase(one, value) for one in found for value in values)


def _kept_while_in_use(original: Operation) -> Operation:
    def delete_network_interface(parameters: Record) -> Reply:
        record = EC2.network_interfaces.get(EC2.p(parameters, "NetworkInterfaceId"))
        if record is not None and record["Status"] == "in-use":
            return ec2_error(
                "InvalidParameterValue",
                f"Network interface '{record['NetworkInterfaceId']}' is currently in use.",
            )
        return original(parameters)

    return delete_network_interface


def _with_requester(original: Function) -> Function:
    def eni_fields_xml(record: Record, tag: str = "item") -> str:
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

    return eni_fields_xml


def remove(record: Record) -> None:
    """Remove one network interface, whoever owns it."""
    EC2.network_interfaces.pop(record["NetworkInterfaceId"], None)
    EC2.tags.pop(record["NetworkInterfaceId"], None)
    subnet = network.subnet(record["SubnetId"])
    if subnet is not None:
        _count_addresses(subnet)


def _count_addresses(subnet: Record) -> None:
    used = len(list(network.interfaces(SubnetId=subnet["SubnetId"])))
    subnet["AvailableIpAddressCount"] = network.size(subnet) - used


def _refused(code: str, message: str) -> HandlerError:
    return HandlerError(message, service="Ec2", code=code)

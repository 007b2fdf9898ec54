"""Subnets and the later blocks of a VPC, where EC2 is stricter than MiniStack."""

from __future__ import annotations

import ipaddress

from local_aws.emulator import network
from local_aws.emulator.internals import EC2, action, patch
from local_aws.emulator.replies import (
    HandlerError,
    Operation,
    Record,
    Reply,
    element,
    query_error,
    refused,
)


def overlap(one: str, other: str) -> bool:
    """Tell whether two blocks share addresses."""
    return ipaddress.ip_network(one).overlaps(ipaddress.ip_network(other))


def check(vpc_id: str, block: str) -> None:
    """Raise EC2's refusal of a subnet outside of its VPC or within another subnet."""
    vpc = EC2.vpcs.get(vpc_id)
    if vpc is None:
        raise refused("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist", status=404)
    inner = ipaddress.IPv4Network(block)
    if not any(inner.subnet_of(ipaddress.IPv4Network(one)) for one in network.cidr_blocks(vpc)):
        raise refused("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    others = [one["CidrBlock"] for one in EC2.subnets.values() if one["VpcId"] == vpc_id]
    if any(overlap(block, other) for other in others):
        words = f"The CIDR '{block}' conflicts with another subnet"
        raise refused("InvalidSubnet.Conflict", words)


@action(EC2, "CreateSubnet")
def _create_subnet(original: Operation, parameters: Record) -> Reply:
    try:
        check(EC2.p(parameters, "VpcId"), EC2.p(parameters, "CidrBlock"))
    except HandlerError as error:
        return query_error(EC2, error.code, error.message)
    reply = original(parameters)
    network.count_addresses(EC2.subnets[element(reply[2].decode(), "subnetId")])
    return reply


@action(EC2, "DeleteSubnet")
def _delete_subnet(original: Operation, parameters: Record) -> Reply:
    """Take the subnet's tags and its place in a route table along."""
    reply = original(parameters)
    subnet_id = EC2.p(parameters, "SubnetId")
    if subnet_id not in EC2.subnets:
        EC2.tags.pop(subnet_id, None)
        for table in EC2.route_tables.values():
            places = table["Associations"]
            table["Associations"] = [one for one in places if one.get("SubnetId") != subnet_id]
    return reply


@patch("services.ec2", "_vpc_fields_xml")
def _vpc_fields_xml(original: Operation, vpc: Record, tag: str = "item") -> str:
    """Show later blocks; MiniStack shows one per VPC."""
    items = "".join(
        f"<item><cidrBlock>{one['CidrBlock']}</cidrBlock>"
        f"<associationId>{one['AssociationId']}</associationId>"
        "<cidrBlockState><state>associated</state></cidrBlockState></item>"
        for one in vpc.get("SecondaryCidrBlocks", [])
    )
    text = str(original(vpc, tag))
    return text.replace("</cidrBlockAssociationSet>", f"{items}</cidrBlockAssociationSet>")

"""NAT gateways with an address and a network interface, and what EC2 refuses of them."""

from __future__ import annotations

from local_aws.emulator import network, network_interfaces
from local_aws.emulator.internals import EC2, action
from local_aws.emulator.replies import (
    HandlerError,
    Operation,
    Record,
    Reply,
    element,
    query_error,
    refused,
)


@action(EC2, "CreateNatGateway")
def _create_nat_gateway(original: Operation, parameters: Record) -> Reply:
    subnet_id, allocation = EC2.p(parameters, "SubnetId"), EC2.p(parameters, "AllocationId")
    address = EC2.addresses.get(allocation)
    try:
        if subnet_id not in EC2.subnets:
            words = f"The subnet ID '{subnet_id}' does not exist"
            raise refused("InvalidSubnetID.NotFound", words)
        if EC2.p(parameters, "ConnectivityType") != "private":
            _check_public(network.vpc_of(subnet_id), allocation, address)
        reply = original(parameters)
        nat_id = element(reply[2].decode(), "natGatewayId")
        interface = network_interfaces.attach(
            subnet_id,
            owner=nat_id,
            description=f"Interface for NAT Gateway {nat_id}",
            interface_type="nat_gateway",
            public_address=address["PublicIp"] if address else "",
        )
    except HandlerError as error:
        return query_error(EC2, error.code, error.message)
    if address is not None:
        address["AssociationId"] = network.new_id("eipassoc")
        address["NetworkInterfaceId"] = interface["NetworkInterfaceId"]
    return reply


def _check_public(vpc_id: str, allocation: str, address: Record | None) -> None:
    if address is None:
        words = f"The allocation ID '{allocation}' does not exist"
        raise refused("InvalidAllocationID.NotFound", words)
    if address.get("AssociationId"):
        words = f"Elastic IP address [{allocation}] is already associated"
        raise refused("Resource.AlreadyAssociated", words)
    if not network.has_internet_gateway(vpc_id):
        words = f"Network {vpc_id} has no Internet gateway attached"
        raise refused("Gateway.NotAttached", words)


@action(EC2, "DeleteNatGateway")
def _delete_nat_gateway(original: Operation, parameters: Record) -> Reply:
    nat_id = EC2.p(parameters, "NatGatewayId")
    for interface in network.interfaces(Owner=nat_id):
        for address in EC2.addresses.values():
            if address.get("NetworkInterfaceId") == interface["NetworkInterfaceId"]:
                address.update(AssociationId=None, NetworkInterfaceId=None)
    network_interfaces.detach(nat_id)
    return original(parameters)

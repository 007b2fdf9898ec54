"""Elastic addresses and NAT gateways."""

from __future__ import annotations

import re

from local_aws.emulator import network, network_interfaces
from local_aws.emulator.internals import EC2, replace_action
from local_aws.emulator.network import Record
from local_aws.emulator.registry import Request, Resource, ResourceType
from local_aws.emulator.replies import HandlerError, Operation, Reply, call, ec2_error, element
from local_aws.emulator.schemas import Properties


class ElasticAddress(ResourceType):
    """AWS::EC2::EIP. `Ref` is the address."""

    name = "AWS::EC2::EIP"
    readable = frozenset({"Domain", "Tags"})

    def create(self, request: Request) -> Resource:
        """Allocate an address."""
        body = call(
            "Ec2", EC2.allocate_address, {"Domain": [request.properties.get("Domain", "vpc")]}
        )
        allocation = element(body, "allocationId")
        network.apply_tags(allocation, request.properties, {})
        return self._resource(EC2.addresses[allocation])

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change the tags."""
        record = _address(physical_id)
        if record is None:
            raise HandlerError(f"Address '{physical_id}' not found.", service="Ec2", status=404)
        network.apply_tags(record["AllocationId"], request.properties, request.previous)
        return self._resource(record)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Release the address, unless something still uses it."""
        record = _address(physical_id)
        if record is not None:
            call("Ec2", EC2.release_address, {"AllocationId": [record["AllocationId"]]})

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return the address's domain and tags."""
        record = _address(physical_id)
        if record is None:
            return None
        return {"Domain": record["Domain"], "Tags": network.tags(record["AllocationId"])}

    @staticmethod
    def _resource(record: Record) -> Resource:
        return Resource(
            physical_id=record["PublicIp"],
            attributes={"AllocationId": record["AllocationId"], "PublicIp": record["PublicIp"]},
        )


class NatGateway(ResourceType):
    """AWS::EC2::NatGateway."""

    name = "AWS::EC2::NatGateway"
    readable = frozenset({"SubnetId", "AllocationId", "ConnectivityType", "Tags"})

    def create(self, request: Request) -> Resource:
        """Make a NAT gateway with its network interface."""
        wanted = {
            key: [str(value)]
            for key, value in request.properties.items()
            if key in {"SubnetId", "AllocationId", "ConnectivityType", "PrivateIpAddress"}
        }
        nat_id = element(call("Ec2", EC2.create_nat_gateway, wanted), "natGatewayId")
        network.apply_tags(nat_id, request.properties, {})
        return self._resource(nat_id)

    def update(self, physical_id: str, request: Request) -> Resource:
        """Change the tags."""
        network.apply_tags(physical_id, request.properties, request.previous)
        return self._resource(physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Remove the gateway; AWS goes on listing it as deleted for an hour."""
        if EC2.nat_gateways.get(physical_id, {}).get("State", "deleted") != "deleted":
            call("Ec2", EC2.delete_nat_gateway, {"NatGatewayId": [physical_id]})

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return where the gateway is and which address it has."""
        record = EC2.nat_gateways.get(physical_id)
        if record is None or record["State"] == "deleted":
            return None
        return {**record, "Tags": network.tags(physical_id)}

    @staticmethod
    def _resource(nat_id: str) -> Resource:
        (interface,) = network.interfaces(Owner=nat_id)
        return Resource(
            physical_id=nat_id,
            attributes={"NatGatewayId": nat_id, "EniId": interface["NetworkInterfaceId"]},
        )


def install() -> None:
    """Give NAT gateways an address and a network interface, and refuse what EC2 refuses."""
    replace_action("ec2", "CreateNatGateway", _creating)
    replace_action("ec2", "DeleteNatGateway", _deleting)
    # MiniStack never says which addresses a gateway has.
    replace_action("ec2", "DescribeNatGateways", _with_addresses)


def _address(public: str) -> Record | None:
    return next((one for one in EC2.addresses.values() if one["PublicIp"] == public), None)


def _creating(original: Operation) -> Operation:
    def create_nat_gateway(parameters: Record) -> Reply:
        subnet_id = EC2.p(parameters, "SubnetId")
        address = EC2.addresses.get(EC2.p(parameters, "AllocationId"))
        refusal = _refusal(parameters, subnet_id, address)
        if refusal is not None:
            return refusal
        reply = original(parameters)
        nat_id = element(reply[2].decode(), "natGatewayId")
        try:
            interface = network_interfaces.attach(
                subnet_id,
                owner=nat_id,
                description=f"Interface for NAT Gateway {nat_id}",
                requester="amazon-aws",
                interface_type="nat_gateway",
                public_address=address["PublicIp"] if address else "",
            )
        except HandlerError as error:
            EC2.nat_gateways.pop(nat_id)
            return ec2_error(error.code, error.message)
        if address is not None:
            address["AssociationId"] = network.new_id("eipassoc")
            address["NetworkInterfaceId"] = interface["NetworkInterfaceId"]
        return reply

    return create_nat_gateway


def _refusal(parameters: Record, subnet_id: str, address: Record | None) -> Reply | None:
    subnet = network.subnet(subnet_id)
    if subnet is None:
        return ec2_error("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")
    if EC2.p(parameters, "ConnectivityType") == "private":
        return None
    allocation = EC2.p(parameters, "AllocationId")
    if address is None:
        return ec2_error(
            "InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist"
        )
    if address.get("AssociationId"):
        return ec2_error(
            "Resource.AlreadyAssociated",
            f"Elastic IP address [{allocation}] is already associated",
        )
    if not network.has_internet_gateway(subnet["VpcId"]):
        return ec2_error(
            "Gateway.NotAttached", f"Network {subnet['VpcId']} has no Internet gateway attached"
        )
    return None


def _deleting(original: Operation) -> Operation:
    def delete_nat_gateway(parameters: Record) -> Reply:
        reply = original(parameters)
        nat_id = EC2.p(parameters, "NatGatewayId")
        for interface in network.interfaces(Owner=nat_id):
            for address in EC2.addresses.values():
                if address.get("NetworkInterfaceId") == interface["NetworkInterfaceId"]:
                    address.update(AssociationId=None, NetworkInterfaceId=None)
        network_interfaces.detach(nat_id)
        return reply

    return delete_nat_gateway


def _with_addresses(original: Operation) -> Operation:
    def describe_nat_gateways(parameters: Record) -> Reply:
        status, headers, body = original(parameters)

        def addresses(match: re.Match[str]) -> str:
            items = "".join(
                f"<item><networkInterfaceId>{one['NetworkInterfaceId']}</networkInterfaceId>"
                f"<privateIp>{one['PrivateIpAddress']}</privateIp>"
                f"<publicIp>{one['PublicIpAddress']}</publicIp>"
                f"<allocationId>{EC2.nat_gateways[match[2]]['AllocationId']}</allocationId>"
                "<isPrimary>true</isPrimary><status>succeeded</status></item>"
                for one in network.interfaces(Owner=match[2])
            )
            return f"{match[1]}<natGatewayAddressSet>{items}</natGatewayAddressSet>"

        text = re.sub(
            r"(<natGatewayId>(nat-\w+)</natGatewayId>(?:(?!<natGatewayId>).)*?)<natGatewayAddressSet/>",
            addresses,
            body.decode(),
            flags=re.DOTALL,
        )
        return status, headers, text.encode()

    return describe_nat_gateways

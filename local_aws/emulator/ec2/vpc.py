"""VPCs with their CIDR blocks, subnets and flow logs."""

from __future__ import annotations

import ipaddress

from local_aws.emulator import network
from local_aws.emulator.ec2.amended import AmendedType
from local_aws.emulator.internals import EC2, replace, replace_action
from local_aws.emulator.network import Record
from local_aws.emulator.registry import Request, Resource, ResourceType
from local_aws.emulator.replies import HandlerError, Operation, Reply, call, ec2_error
from local_aws.emulator.schemas import Properties


class Vpc(AmendedType):
    """AWS::EC2::VPC, with the attributes that MiniStack leaves out."""

    name = "AWS::EC2::VPC"
    readable = frozenset(
        {"CidrBlock", "EnableDnsSupport", "EnableDnsHostnames", "InstanceTenancy", "Tags"}
    )

    def attributes(self, physical_id: str) -> Properties:
        """Return the CIDR block and its association."""
        return {
            "CidrBlock": EC2.vpcs[physical_id]["CidrBlock"],
            "CidrBlockAssociations": [f"vpc-cidr-assoc-{physical_id[4:]}"],
            "Ipv6CidrBlocks": [],
        }

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return the VPC's block, DNS settings and tags."""
        record = EC2.vpcs.get(physical_id)
        if record is None:
            return None
        dns = {"EnableDnsSupport": True, "EnableDnsHostnames": False}
        return {**dns, **record, "Tags": network.tags(physical_id)}


class Subnet(AmendedType):
    """AWS::EC2::Subnet, which must lie in its VPC and may not overlap another."""

    name = "AWS::EC2::Subnet"
    readable = frozenset({"VpcId", "CidrBlock", "AvailabilityZone", "MapPublicIpOnLaunch", "Tags"})

    def check(self, request: Request) -> None:
        """Refuse a block outside of the VPC or within another subnet."""
        properties = request.properties
        refusal = _subnet_refusal(properties.get("VpcId", ""), properties.get("CidrBlock", ""))
        if refusal is not None:
            raise HandlerError(refusal[1], service="Ec2", code=refusal[0])

    def created(self, physical_id: str) -> None:
        """Count the addresses of the block that it has."""
        _count(physical_id)

    def updated(self, physical_id: str, request: Request) -> None:
        """Turn public addresses off again when the template no longer asks for them."""
        if "MapPublicIpOnLaunch" not in request.properties:
            EC2.subnets[physical_id]["MapPublicIpOnLaunch"] = False

    def attributes(self, physical_id: str) -> Properties:
        """Return what MiniStack leaves out."""
        record = EC2.subnets[physical_id]
        return {
            "CidrBlock": record["CidrBlock"],
            "VpcId": record["VpcId"],
            "AvailabilityZoneId": record["AvailabilityZoneId"],
            "Ipv6CidrBlocks": [],
        }

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Remove the subnet, unless something is in it."""
        if physical_id in EC2.subnets:
            call("Ec2", EC2.delete_subnet, {"SubnetId": [physical_id]})

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return where the subnet is, and its tags."""
        record = EC2.subnets.get(physical_id)
        return None if record is None else {**record, "Tags": network.tags(physical_id)}


class VpcCidrBlock(ResourceType):
    """AWS::EC2::VPCCidrBlock, a later block of a VPC."""

    name = "AWS::EC2::VPCCidrBlock"
    readable = frozenset({"CidrBlock"})

    def create(self, request: Request) -> Resource:
        """Associate the block with the VPC."""
        vpc_id, block = request.properties["VpcId"], request.properties["CidrBlock"]
        vpc = EC2.vpcs.get(vpc_id)
        if vpc is None:
            raise HandlerError(f"The vpc ID '{vpc_id}' does not exist", service="Ec2", status=404)
        if any(_overlap(block, other) for other in network.cidr_blocks(vpc)):
            raise HandlerError(
                f"The CIDR '{block}' conflicts with one of the CIDRs of the VPC", service="Ec2"
            )
        entry = {"CidrBlock": block, "AssociationId": network.new_id("vpc-cidr-assoc")}
        vpc.setdefault("SecondaryCidrBlocks", []).append(entry)
        return self._resource(entry["AssociationId"])

    def update(self, physical_id: str, request: Request) -> Resource:  # noqa: ARG002
        """Nothing of it changes in place."""
        return self._resource(physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Disassociate the block, unless a subnet lies in it."""
        vpc = EC2.vpcs.get(properties["VpcId"])
        entry = _entry(physical_id, vpc)
        if vpc is None or entry is None:
            return
        block = entry["CidrBlock"]
        if any(
            subnet["VpcId"] == vpc["VpcId"] and _overlap(block, subnet["CidrBlock"])
            for subnet in EC2.subnets.values()
        ):
            raise HandlerError(
                f"The vpc CIDR block with association ID {physical_id} has dependencies and "
                "cannot be disassociated.",
                service="Ec2",
            )
        vpc["SecondaryCidrBlocks"].remove(entry)

    def read(self, physical_id: str, properties: Properties) -> Properties | None:
        """Return the block while it is associated."""
        return _entry(physical_id, EC2.vpcs.get(properties["VpcId"]))

    @staticmethod
    def _resource(association: str) -> Resource:
        return Resource(physical_id=association, attributes={"Id": association})


def install() -> None:
    """Let the API refuse a subnet as CloudFormation's handler does, and show later blocks."""
    replace_action("ec2", "CreateSubnet", _creating_subnet)
    replace_action("ec2", "DeleteSubnet", _deleting_subnet)
    # MiniStack shows one block per VPC.
    replace("_vpc_fields_xml", _with_later_blocks, "services.ec2")


def _entry(association: str, vpc: Record | None) -> Record | None:
    blocks: list[Record] = (vpc or {}).get("SecondaryCidrBlocks", [])
    return next((one for one in blocks if one["AssociationId"] == association), None)


def _overlap(one: str, other: str) -> bool:
    return ipaddress.ip_network(one).overlaps(ipaddress.ip_network(other))


def _within(inner: str, outer: str) -> bool:
    return ipaddress.IPv4Network(inner).subnet_of(ipaddress.IPv4Network(outer))


def _subnet_refusal(vpc_id: str, block: str) -> tuple[str, str] | None:
    vpc = EC2.vpcs.get(vpc_id)
    if vpc is None:
        return "InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist"
    if not any(_within(block, outer) for outer in network.cidr_blocks(vpc)):
        return "InvalidSubnet.Range", f"The CIDR '{block}' is invalid."
    if any(
        other["VpcId"] == vpc_id and _overlap(block, other["CidrBlock"])
        for other in EC2.subnets.values()
    ):
        return "InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet"
    return None


def _count(subnet_id: str) -> None:
    record = EC2.subnets[subnet_id]
    record["AvailableIpAddressCount"] = network.size(record)


def _creating_subnet(original: Operation) -> Operation:
    def create_subnet(parameters: Record) -> Reply:
        refusal = _subnet_refusal(EC2.p(parameters, "VpcId"), EC2.p(parameters, "CidrBlock"))
        if refusal is not None:
            return ec2_error(*refusal)
        before = set(EC2.subnets)
        reply = original(parameters)
        for subnet_id in set(EC2.subnets) - before:
            _count(subnet_id)
        return reply

    return create_subnet


def _deleting_subnet(original: Operation) -> Operation:
    def delete_subnet(parameters: Record) -> Reply:
        """Take the subnet's tags and its place in a route table along."""
        reply = original(parameters)
        subnet_id = EC2.p(parameters, "SubnetId")
        if subnet_id not in EC2.subnets:
            EC2.tags.pop(subnet_id, None)
            for table in EC2.route_tables.values():
                table["Associations"] = [
                    one for one in table["Associations"] if one.get("SubnetId") != subnet_id
                ]
        return reply

    return delete_subnet


def _with_later_blocks(original: Operation) -> Operation:
    def vpc_fields_xml(vpc: Record, tag: str = "item") -> object:
        items = "".join(
            f"<item><cidrBlock>{one['CidrBlock']}</cidrBlock>"
            f"<associationId>{one['AssociationId']}</associationId>"
            "<cidrBlockState><state>associated</state></cidrBlockState></item>"
            for one in vpc.get("SecondaryCidrBlocks", [])
        )
        text = str(original(vpc, tag))
        return text.replace("</cidrBlockAssociationSet>", f"{items}</cidrBlockAssociationSet>")

    return vpc_fields_xml  # type: ignore[return-value]  # it builds a piece of XML, no reply

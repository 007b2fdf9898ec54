"""The resource types of a network: rows of `types.json`, and what is special about some of them."""

from __future__ import annotations

from typing import Any

from local_aws.emulator import network, network_interfaces
from local_aws.emulator.ec2 import subnets
from local_aws.emulator.internals import EC2, PROVISIONERS
from local_aws.emulator.registry import Request, ResourceType
from local_aws.emulator.replies import HandlerError, Record, ec2, element, refused
from local_aws.emulator.schemas import Properties


class Ec2Type(ResourceType):
    """A type whose records are in one of EC2's stores.

    Its row names the `store`, the `key` of a record, the records that it `needs`, the actions that
    create and delete; where an action is missing, MiniStack's own handler serves.
    """

    def __init__(self, name: str) -> None:
        """Remember MiniStack's handlers, which ours will take the place of."""
        super().__init__(name)
        self._handlers: dict[str, Any] = dict(PROVISIONERS.RESOURCE_HANDLERS.get(name, {}))

    def find(self, physical_id: str, properties: Properties) -> Record | None:  # noqa: ARG002
        """Return the record in the store."""
        found: Record | None = getattr(EC2, self.row["store"]).get(physical_id)
        return found

    def check(self, properties: Properties) -> None:
        """Raise `HandlerError` if AWS refuses to create this."""

    def complete(self, record: Record, request: Request) -> None:
        """Add to a new or changed record what MiniStack leaves out."""

    def create(self, request: Request) -> str:
        """Check, create by the API or as MiniStack does, complete."""
        properties = request.properties
        for name, (store, kind) in self.row.get("needs", {}).items():
            if name in properties:
                require(store, kind, properties[name])
        self.check(properties)
        if "create" in self.row:
            action, answer = self.row["create"]
            wanted = {key: properties[key] for key in self.row["parameters"] if key in properties}
            physical_id = element(ec2(action, **wanted), answer)
        else:
            create = self._handlers["create"]
            physical_id = create(request.logical_id, properties, request.stack)[0]
        try:
            self._finish(physical_id, request)
        except HandlerError:
            self.delete(physical_id, properties)
            raise
        return physical_id

    def update(self, physical_id: str, request: Request) -> None:
        """Update as MiniStack does, and complete; otherwise only tags change in place."""
        if "update" in self._handlers:
            arguments = [physical_id, request.previous, request.properties, request.stack]
            if self._handlers.get("update_with_logical_id"):
                arguments.append(request.logical_id)
            self._handlers["update"](*arguments)
        self._finish(physical_id, request)

    def _finish(self, physical_id: str, request: Request) -> None:
        record = self.find(physical_id, request.properties)
        if record is None:
            raise refused("NotFound", f"'{physical_id}' does not exist", status=404)
        if not self._handlers:
            key = record[self.row["key"]]
            network.apply_tags(key, request.properties, request.previous)
        self.complete(record, request)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete by the API, which refuses what is in use, or as MiniStack does."""
        record = self.find(physical_id, properties)
        if record is not None and "delete" in self.row:
            action, parameter = self.row["delete"]
            ec2(action, **{parameter: record[self.row["key"]]})
            EC2.tags.pop(physical_id, None)
        elif record is not None:
            self._handlers["delete"](physical_id, properties)

    def read(self, record: Record, properties: Properties) -> Properties:  # noqa: ARG002
        """Return the record with its tags."""
        key = record.get(self.row.get("key"))
        return {**self.row.get("defaults", {}), **record, "Tags": network.tags(str(key))}


def require(store: str, kind: str, resource_id: object) -> None:
    """Refuse what names a resource that isn't there."""
    if resource_id not in getattr(EC2, store):
        raise refused("NotFound", f"The {kind} ID '{resource_id}' does not exist", status=404)


class Subnet(Ec2Type):
    """A subnet must lie in its VPC and may not overlap another."""

    def check(self, properties: Properties) -> None:
        """Refuse a block outside of the VPC or within another subnet."""
        subnets.check(properties.get("VpcId", ""), properties.get("CidrBlock", ""))

    def complete(self, record: Record, request: Request) -> None:
        """Count its addresses; turn public ones off when the template no longer asks for them."""
        network.count_addresses(record)
        record["MapPublicIpOnLaunch"] &= "MapPublicIpOnLaunch" in request.properties


class VpcCidrBlock(ResourceType):
    """A later block of a VPC."""

    def find(self, physical_id: str, properties: Properties) -> Record | None:
        """Return the association while it is there."""
        blocks = EC2.vpcs.get(properties["VpcId"], {}).get("SecondaryCidrBlocks", [])
        return next((one for one in blocks if one["AssociationId"] == physical_id), None)

    def create(self, request: Request) -> str:
        """Associate the block with the VPC."""
        vpc_id, block = request.properties["VpcId"], request.properties["CidrBlock"]
        require("vpcs", "vpc", vpc_id)
        vpc = EC2.vpcs[vpc_id]
        if any(subnets.overlap(block, other) for other in network.cidr_blocks(vpc)):
            raise refused(
                "InvalidVpc.Range",
                f"The CIDR '{block}' conflicts with one of the CIDRs of the VPC",
            )
        entry = {"CidrBlock": block, "AssociationId": network.new_id("vpc-cidr-assoc")}
        vpc.setdefault("SecondaryCidrBlocks", []).append(entry)
        return entry["AssociationId"]

    def update(self, physical_id: str, request: Request) -> None:
        """Nothing of it changes in place."""

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Disassociate the block, unless a subnet lies in it."""
        entry = self.find(physical_id, properties)
        if entry is None:
            return
        for subnet in EC2.subnets.values():
            inside = subnets.overlap(entry["CidrBlock"], subnet["CidrBlock"])
            if subnet["VpcId"] == properties["VpcId"] and inside:
                raise refused(
                    "OperationNotPermitted",
                    f"The vpc CIDR block with association ID {physical_id} has dependencies and "
                    "cannot be disassociated.",
                )
        EC2.vpcs[properties["VpcId"]]["SecondaryCidrBlocks"].remove(entry)


class GatewayAttachment(Ec2Type):
    """An attachment can't go while addresses are mapped."""

    def find(self, physical_id: str, properties: Properties) -> Record | None:  # noqa: ARG002
        """Tell whether it is attached."""
        gateway = EC2.internet_gateways.get(properties["InternetGatewayId"], {})
        return {} if network.attached(gateway, properties["VpcId"]) else None

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Detach the gateway."""
        if self.find(physical_id, properties) is not None:
            names = ("VpcId", "InternetGatewayId")
            ec2("DetachInternetGateway", **{name: properties[name] for name in names})


class Route(Ec2Type):
    """A route's target must be there and attached first."""

    def find(self, physical_id: str, properties: Properties) -> Record | None:  # noqa: ARG002
        """Return the route to the same destination."""
        table = EC2.route_tables.get(properties["RouteTableId"], {"Routes": []})
        for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"):
            for route in table["Routes"] if name in properties else ():
                if route.get(name) == properties[name]:
                    return dict(route)
        return None

    def check(self, properties: Properties) -> None:
        """Refuse a gateway that isn't attached yet, or a destination that is taken."""
        table, gateway = properties["RouteTableId"], properties.get("GatewayId", "")
        if gateway.startswith("igw-"):
            require("internet_gateways", "internetGateway", gateway)
            vpc_id = EC2.route_tables[table]["VpcId"]
            if not network.attached(EC2.internet_gateways[gateway], vpc_id):
                raise refused(
                    "InvalidParameterValue",
                    f"route table {table} and network gateway {gateway} belong to different networks",
                )
        if self.find("", properties) is not None:
            destination = properties.get("DestinationCidrBlock")
            raise refused(
                "RouteAlreadyExists", f"The route identified by {destination} already exists."
            )


class RouteTableAssociation(Ec2Type):
    """A subnet's place in a route table."""

    def find(self, physical_id: str, properties: Properties) -> Record | None:
        """Return the association while it is there."""
        places = EC2.route_tables.get(properties["RouteTableId"], {}).get("Associations", [])
        return next((one for one in places if one["RouteTableAssociationId"] == physical_id), None)

    def update(self, physical_id: str, request: Request) -> None:
        """Nothing of it changes in place."""


class VpcEndpoint(Ec2Type):
    """An endpoint for an interface has network interfaces in its subnets."""

    def complete(self, record: Record, request: Request) -> None:  # noqa: ARG002
        """Place or move the network interfaces."""
        name = record["VpcEndpointId"]
        if record["VpcEndpointType"] == "Interface":
            network_interfaces.move(
                record["SubnetIds"],
                owner=name,
                description=f"VPC Endpoint Interface {name}",
                requester="amazon-aws",
                groups=record["SecurityGroupIds"],
                interface_type="vpc_endpoint",
            )
        placed = network.interfaces(Owner=name)
        record["NetworkInterfaceIds"] = [one["NetworkInterfaceId"] for one in placed]


class FlowLog(Ec2Type):
    """A log of the traffic of a VPC or a subnet that exists."""

    def check(self, properties: Properties) -> None:
        """Refuse to log what isn't there."""
        kind = properties["ResourceType"].lower()
        require(f"{kind}s", kind, properties["ResourceId"])

    def complete(self, record: Record, request: Request) -> None:
        """Add what MiniStack does not keep."""
        names = ("ResourceId", *self.row["parameters"])
        wanted = request.properties
        record.update({name: wanted[name] for name in names if name in wanted})


class ElasticAddress(Ec2Type):
    """An address; `Ref` is the address itself."""

    def find(self, physical_id: str, properties: Properties) -> Record | None:  # noqa: ARG002
        """Return the allocation."""
        found = EC2.addresses.values()
        return next((one for one in found if one["PublicIp"] == physical_id), None)


class NatGateway(Ec2Type):
    """A NAT gateway; AWS goes on listing it as deleted for an hour."""

    def find(self, physical_id: str, properties: Properties) -> Record | None:
        """Return the gateway while it is there."""
        found = super().find(physical_id, properties)
        return found if found and found["State"] != "deleted" else None


class LaunchTemplate(Ec2Type):
    """A launch template, with the data of its newest version."""

    def read(self, record: Record, properties: Properties) -> Properties:  # noqa: ARG002
        """Return the newest version's data."""
        newest = max(record["Versions"], key=lambda version: int(version["VersionNumber"]))
        return {**record, "LaunchTemplateData": newest["LaunchTemplateData"]}


TYPES = {
    "AWS::EC2::VPC": Ec2Type,
    "AWS::EC2::Subnet": Subnet,
    "AWS::EC2::VPCCidrBlock": VpcCidrBlock,
    "AWS::EC2::InternetGateway": Ec2Type,
    "AWS::EC2::VPCGatewayAttachment": GatewayAttachment,
    "AWS::EC2::RouteTable": Ec2Type,
    "AWS::EC2::Route": Route,
    "AWS::EC2::SubnetRouteTableAssociation": RouteTableAssociation,
    "AWS::EC2::VPCEndpoint": VpcEndpoint,
    "AWS::EC2::FlowLog": FlowLog,
    "AWS::EC2::EIP": ElasticAddress,
    "AWS::EC2::NatGateway": NatGateway,
    "AWS::EC2::LaunchTemplate": LaunchTemplate,
}

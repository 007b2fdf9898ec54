"""Internet gateways, route tables, routes and endpoints of a VPC."""

from __future__ import annotations

from local_aws.emulator import network, network_interfaces
from local_aws.emulator.ec2.amended import AmendedType
from local_aws.emulator.internals import EC2, replace_action
from local_aws.emulator.network import Record
from local_aws.emulator.registry import Request
from local_aws.emulator.replies import HandlerError, Operation, Reply, call
from local_aws.emulator.schemas import Properties


class InternetGateway(AmendedType):
    """AWS::EC2::InternetGateway, which can't go while it is attached."""

    name = "AWS::EC2::InternetGateway"
    readable = frozenset({"Tags"})

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Remove the gateway."""
        if physical_id in EC2.internet_gateways:
            call("Ec2", EC2.delete_internet_gateway, {"InternetGatewayId": [physical_id]})
            EC2.tags.pop(physical_id, None)

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return the tags."""
        if physical_id not in EC2.internet_gateways:
            return None
        return {"Tags": network.tags(physical_id)}


class GatewayAttachment(AmendedType):
    """AWS::EC2::VPCGatewayAttachment, which can't go while addresses are mapped."""

    name = "AWS::EC2::VPCGatewayAttachment"

    def check(self, request: Request) -> None:
        """Refuse a VPC or gateway that isn't there."""
        _require("vpcs", "vpc", request.properties.get("VpcId"))
        _require(
            "internet_gateways", "internetGateway", request.properties.get("InternetGatewayId")
        )

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Detach the gateway."""
        if self.read(physical_id, properties) is not None:
            names = ("VpcId", "InternetGatewayId")
            call("Ec2", EC2.detach_internet_gateway, {name: [properties[name]] for name in names})

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Tell whether it is attached."""
        gateway = EC2.internet_gateways.get(properties["InternetGatewayId"], {})
        attached = [one["VpcId"] for one in gateway.get("Attachments", [])]
        return {} if properties["VpcId"] in attached else None


class RouteTable(AmendedType):
    """AWS::EC2::RouteTable, which can't go while a subnet uses it."""

    name = "AWS::EC2::RouteTable"
    readable = frozenset({"VpcId", "Tags"})

    def check(self, request: Request) -> None:
        """Refuse a VPC that isn't there."""
        _require("vpcs", "vpc", request.properties.get("VpcId"))

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002
        """Remove the table."""
        if physical_id in EC2.route_tables:
            call("Ec2", EC2.delete_route_table, {"RouteTableId": [physical_id]})
            EC2.tags.pop(physical_id, None)

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return the VPC and the tags; the routes are resources of their own."""
        record = EC2.route_tables.get(physical_id)
        return None if record is None else {**record, "Tags": network.tags(physical_id)}


class Route(AmendedType):
    """AWS::EC2::Route, whose table and target must be there first."""

    name = "AWS::EC2::Route"
    readable = frozenset({"GatewayId", "NatGatewayId", "DestinationCidrBlock"})

    def check(self, request: Request) -> None:
        """Refuse a target that isn't there, isn't attached yet, or a destination that is taken."""
        properties = request.properties
        table_id = properties["RouteTableId"]
        _require("route_tables", "routeTable", table_id)
        gateway, nat = properties.get("GatewayId", ""), properties.get("NatGatewayId")
        vpc_id = EC2.route_tables[table_id]["VpcId"]
        if nat is not None:
            _require("nat_gateways", "natGateway", nat)
        if gateway.startswith("igw-"):
            _require("internet_gateways", "internetGateway", gateway)
            attachments = EC2.internet_gateways[gateway]["Attachments"]
            if vpc_id not in [one["VpcId"] for one in attachments]:
                raise HandlerError(
                    f"route table {table_id} and network gateway {gateway} belong to different "
                    "networks",
                    service="Ec2",
                )
        if self._route(properties) is not None:
            raise HandlerError(
                f"The route identified by {properties.get('DestinationCidrBlock')} already exists.",
                service="Ec2",
                status=409,
            )

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return the route's target."""
        return self._route(properties)

    @staticmethod
    def _route(properties: Properties) -> Record | None:
        table = EC2.route_tables.get(properties["RouteTableId"], {"Routes": []})
        for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"):
            for route in table["Routes"] if name in properties else ():
                if route.get(name) == properties[name]:
                    found: Record = route
                    return found
        return None


class RouteTableAssociation(AmendedType):
    """AWS::EC2::SubnetRouteTableAssociation."""

    name = "AWS::EC2::SubnetRouteTableAssociation"

    def check(self, request: Request) -> None:
        """Refuse a table or subnet that isn't there."""
        _require("route_tables", "routeTable", request.properties["RouteTableId"])
        _require("subnets", "subnet", request.properties["SubnetId"])

    def attributes(self, physical_id: str) -> Properties:
        """Return the id that MiniStack leaves out."""
        return {"Id": physical_id}

    def read(self, physical_id: str, properties: Properties) -> Properties | None:
        """Tell whether the subnet still uses the table."""
        table = EC2.route_tables.get(properties["RouteTableId"], {"Associations": []})
        ids = [one["RouteTableAssociationId"] for one in table["Associations"]]
        return {} if physical_id in ids else None


class VpcEndpoint(AmendedType):
    """AWS::EC2::VPCEndpoint; one for an interface has network interfaces in its subnets."""

    name = "AWS::EC2::VPCEndpoint"
    readable = frozenset(
        {"ServiceName", "VpcId", "SubnetIds", "SecurityGroupIds", "RouteTableIds", "Tags"}
    )

    def check(self, request: Request) -> None:
        """Refuse a VPC that isn't there."""
        _require("vpcs", "vpc", request.properties.get("VpcId"))

    def created(self, physical_id: str) -> None:
        """Place the network interfaces."""
        try:
            self._place(physical_id)
        except HandlerError:
            super().delete(physical_id, {})
            raise

    def updated(self, physical_id: str, request: Request) -> None:
        """Move the network interfaces; other groups mean other interfaces."""
        if request.previous.get("SecurityGroupIds") != request.properties.get("SecurityGroupIds"):
            network_interfaces.detach(physical_id)
        self._place(physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove the endpoint with its network interfaces."""
        network_interfaces.detach(physical_id)
        super().delete(physical_id, properties)

    def read(self, physical_id: str, properties: Properties) -> Properties | None:  # noqa: ARG002
        """Return where the endpoint is, and its tags."""
        record = EC2.vpc_endpoints.get(physical_id)
        return None if record is None else {**record, "Tags": network.tags(physical_id)}

    @staticmethod
    def _place(endpoint_id: str) -> None:
        record = EC2.vpc_endpoints[endpoint_id]
        if record["VpcEndpointType"] == "Interface":
            network_interfaces.move(
                record["SubnetIds"],
                owner=endpoint_id,
                description=f"VPC Endpoint Interface {endpoint_id}",
                requester="amazon-aws",
                groups=record["SecurityGroupIds"],
                interface_type="vpc_endpoint",
            )
        record["NetworkInterfaceIds"] = [
            one["NetworkInterfaceId"] for one in network.interfaces(Owner=endpoint_id)
        ]


def install() -> None:
    """Let the API take an endpoint's network interfaces along."""
    replace_action("ec2", "DeleteVpcEndpoints", _with_interfaces)


def _with_interfaces(original: Operation) -> Operation:
    def delete_vpc_endpoints(parameters: Record) -> Reply:
        for endpoint_id in EC2.parse_member_list(parameters, "VpcEndpointId"):
            network_interfaces.detach(endpoint_id)
        return original(parameters)

    return delete_vpc_endpoints


def _require(store: str, kind: str, resource_id: object) -> None:
    if resource_id not in getattr(EC2, store):
        raise HandlerError(
            f"The {kind} ID '{resource_id}' does not exist", service="Ec2", status=404
        )

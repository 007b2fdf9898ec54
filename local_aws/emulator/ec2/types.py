"""What is special about some resource types of a network; their rows are in `types.json`."""

from __future__ import annotations

import ipaddress

from local_aws.emulator import network
from local_aws.emulator.ec2.engine import Hooks, require
from local_aws.emulator.internals import EC2
from local_aws.emulator.registry import Request
from local_aws.emulator.replies import Operation, Record, Reply, action, deny, ec2, element
from local_aws.emulator.schemas import Properties
from local_aws.emulator.stacks import physical_name


def _check_subnet(properties: Properties) -> None:
    """Refuse a block within another subnet's, as of one that is to be replaced."""
    vpc_id, block = properties.get("VpcId", ""), properties["CidrBlock"]
    require("vpcs", "vpc ID", vpc_id)
    inner = ipaddress.ip_network(block)
    others = [one["CidrBlock"] for one in EC2.subnets.values() if one["VpcId"] == vpc_id]
    taken = any(inner.overlaps(ipaddress.ip_network(other)) for other in others)
    deny(taken, "InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet")


def _complete_subnet(record: Record, properties: Properties) -> None:
    """Count its addresses; turn public ones off when the template no longer asks for them."""
    network.count_addresses(record)
    record["MapPublicIpOnLaunch"] &= "MapPublicIpOnLaunch" in properties


def _block(physical_id: str, properties: Properties) -> Record | None:
    blocks = EC2.vpcs.get(properties["VpcId"], {}).get("SecondaryCidrBlocks", [])
    return next((one for one in blocks if one["AssociationId"] == physical_id), None)


def _associate_block(request: Request) -> str:
    vpc, block = EC2.vpcs[request.properties["VpcId"]], request.properties["CidrBlock"]
    entry = {"CidrBlock": block, "AssociationId": network.new_id("vpc-cidr-assoc")}
    vpc.setdefault("SecondaryCidrBlocks", []).append(entry)
    return str(entry["AssociationId"])


def _free_block(entry: Record, properties: Properties) -> None:
    block = ipaddress.ip_network(entry["CidrBlock"])
    for subnet in EC2.subnets.values():
        inside = block.overlaps(ipaddress.ip_network(subnet["CidrBlock"]))
        deny(
            inside and subnet["VpcId"] == properties["VpcId"],
            "OperationNotPermitted",
            f"The vpc CIDR block with association ID {entry['AssociationId']} has dependencies and "
            "cannot be disassociated.",
        )
    EC2.vpcs[properties["VpcId"]]["SecondaryCidrBlocks"].remove(entry)


def _placement_group(request: Request) -> str:
    name = physical_name(request, longest=255)
    ec2("CreatePlacementGroup", GroupName=name, Strategy=request.properties["Strategy"])
    return name


def _attached(_: str, properties: Properties) -> Record | None:
    gateway = EC2.internet_gateways.get(properties["InternetGatewayId"], {})
    return {} if network.attached(gateway, properties["VpcId"]) else None


def _detach(_: Record, properties: Properties) -> None:
    names = ("VpcId", "InternetGatewayId")
    ec2("DetachInternetGateway", **{name: properties[name] for name in names})


def _route(_: str, properties: Properties) -> Record | None:
    """Return the route to the same destination."""
    for route in EC2.route_tables.get(properties["RouteTableId"], {}).get("Routes", ()):
        for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"):
            if name in properties and route.get(name) == properties[name]:
                return dict(route)
    return None


def _check_route(properties: Properties) -> None:
    """Refuse a gateway that isn't attached yet, or a destination that is taken."""
    table, gateway = properties["RouteTableId"], properties.get("GatewayId", "")
    if gateway.startswith("igw-"):
        require("internet_gateways", "internetGateway ID", gateway)
        vpc_id = EC2.route_tables[table]["VpcId"]
        attached = network.attached(EC2.internet_gateways[gateway], vpc_id)
        words = f"route table {table} and network gateway {gateway} belong to different networks"
        deny(not attached, "InvalidParameterValue", words)
    destination = properties.get("DestinationCidrBlock")
    words = f"The route identified by {destination} already exists."
    deny(_route("", properties) is not None, "RouteAlreadyExists", words)


def _association(physical_id: str, properties: Properties) -> Record | None:
    places = EC2.route_tables.get(properties["RouteTableId"], {}).get("Associations", [])
    return next((one for one in places if one["RouteTableAssociationId"] == physical_id), None)


def _place_endpoint(record: Record, _: Properties) -> None:
    """Give an endpoint for an interface its network interfaces, or move them."""
    name = record["VpcEndpointId"]
    if record["VpcEndpointType"] == "Interface":
        subnets, groups = record["SubnetIds"], record["SecurityGroupIds"]
        more = {"description": f"VPC Endpoint Interface {name}", "interface_type": "vpc_endpoint"}
        network.move(subnets, owner=name, groups=groups, **more)
    placed = network.interfaces(Owner=name)
    record["NetworkInterfaceIds"] = [one["NetworkInterfaceId"] for one in placed]


@action(EC2, "DeleteVpcEndpoints")
def _delete_vpc_endpoints(original: Operation, given: Record) -> Reply:
    """Take the network interfaces of endpoints along."""
    for endpoint_id in EC2.parse_member_list(given, "VpcEndpointId"):
        network.detach(endpoint_id)
    return original(given)


def _address(public: str, _: Properties) -> Record | None:
    return next((one for one in EC2.addresses.values() if one["PublicIp"] == public), None)


def _nat_gateway(physical_id: str, _: Properties) -> Record | None:
    """Return a gateway while it is there; AWS goes on listing it as deleted for an hour."""
    found: Record | None = EC2.nat_gateways.get(physical_id)
    return found if found and found["State"] != "deleted" else None


def _newest_version(record: Record, _: Properties) -> Properties:
    newest = max(record["Versions"], key=lambda version: int(version["VersionNumber"]))
    return {"LaunchTemplateData": newest["LaunchTemplateData"]}


@action(EC2, "CreateNatGateway")
def _create_nat_gateway(original: Operation, given: Record) -> Reply:
    subnet_id, allocation = EC2.p(given, "SubnetId"), EC2.p(given, "AllocationId")
    address = EC2.addresses.get(allocation)
    require("subnets", "subnet ID", subnet_id)
    if EC2.p(given, "ConnectivityType") != "private":
        _check_public(network.vpc_of(subnet_id), allocation, address)
    reply = original(given)
    nat_id = element(reply[2].decode(), "natGatewayId")
    interface = network.attach(
        subnet_id,
        owner=nat_id,
        description=f"Interface for NAT Gateway {nat_id}",
        interface_type="nat_gateway",
        public_address=address["PublicIp"] if address else "",
    )
    if address is not None:
        address["AssociationId"] = network.new_id("eipassoc")
        address["NetworkInterfaceId"] = interface["NetworkInterfaceId"]
    return reply


def _check_public(vpc_id: str, allocation: str, address: Record | None) -> None:
    unknown = f"The allocation ID '{allocation}' does not exist"
    deny(address is None, "InvalidAllocationID.NotFound", unknown)
    used = f"Elastic IP address [{allocation}] is already associated"
    deny((address or {}).get("AssociationId"), "Resource.AlreadyAssociated", used)
    attached = network.has_internet_gateway(vpc_id)
    deny(not attached, "Gateway.NotAttached", f"Network {vpc_id} has no Internet gateway attached")


@action(EC2, "DeleteNatGateway")
def _delete_nat_gateway(original: Operation, given: Record) -> Reply:
    nat_id = EC2.p(given, "NatGatewayId")
    for interface in network.interfaces(Owner=nat_id):
        for address in EC2.addresses.values():
            if address.get("NetworkInterfaceId") == interface["NetworkInterfaceId"]:
                address.update(AssociationId=None, NetworkInterfaceId=None)
    network.detach(nat_id)
    return original(given)


TYPES = {
    "AWS::EC2::Subnet": Hooks(check=_check_subnet, complete=_complete_subnet),
    "AWS::EC2::PlacementGroup": Hooks(create=_placement_group),
    "AWS::EC2::VPCCidrBlock": Hooks(find=_block, create=_associate_block, delete=_free_block),
    "AWS::EC2::VPCGatewayAttachment": Hooks(find=_attached, delete=_detach),
    "AWS::EC2::Route": Hooks(find=_route, check=_check_route),
    "AWS::EC2::SubnetRouteTableAssociation": Hooks(find=_association),
    "AWS::EC2::VPCEndpoint": Hooks(complete=_place_endpoint),
    "AWS::EC2::EIP": Hooks(find=_address),
    "AWS::EC2::NatGateway": Hooks(find=_nat_gateway),
    "AWS::EC2::LaunchTemplate": Hooks(read=_newest_version),
}

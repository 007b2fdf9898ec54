"""What is in use can't be deleted, and AWS's words for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from local_aws.emulator import network
from local_aws.emulator.internals import ALB, EC2, replace_action
from local_aws.emulator.network import Record
from local_aws.emulator.replies import Operation, Reply, alb_error, ec2_error

Check = Callable[[str], str | None]
"""Return the words of a refusal, or nothing if a resource of an id may go."""


def install() -> None:
    """Refuse in the API; CloudFormation's handlers call the same functions."""
    for action, parameter, check in (
        ("DeleteSubnet", "SubnetId", subnet_in_use),
        ("DeleteSecurityGroup", "GroupId", security_group_in_use),
        ("DeleteVpc", "VpcId", vpc_in_use),
        ("DeleteRouteTable", "RouteTableId", route_table_in_use),
        ("DeleteInternetGateway", "InternetGatewayId", internet_gateway_attached),
    ):
        replace_action("ec2", action, _refusing(parameter, check))
    replace_action("ec2", "DetachInternetGateway", _detaching)
    replace_action("ec2", "ReleaseAddress", _releasing)
    replace_action("alb", "DeleteTargetGroup", _deleting_target_group)


def subnet_in_use(subnet_id: str) -> str | None:
    """Refuse while network interfaces are in a subnet."""
    if any(network.interfaces(SubnetId=subnet_id)):
        return f"The subnet '{subnet_id}' has dependencies and cannot be deleted."
    return None


def security_group_in_use(group_id: str) -> str | None:
    """Refuse while a network interface has a group or another group's rule names it."""
    worn = any(
        group["GroupId"] == group_id
        for record in EC2.network_interfaces.values()
        for group in record["Groups"]
    )
    named = any(
        group_id in _named_groups(other)
        for other in EC2.security_groups.values()
        if other["GroupId"] != group_id
    )
    return f"resource {group_id} has a dependent object" if worn or named else None


def vpc_in_use(vpc_id: str) -> str | None:
    """Refuse while anything is left in a VPC that AWS did not put there itself."""
    if any(_left_in(vpc_id)):
        return f"The vpc '{vpc_id}' has dependencies and cannot be deleted."
    return None


def route_table_in_use(table_id: str) -> str | None:
    """Refuse while a subnet uses a route table."""
    if EC2.route_tables.get(table_id, {}).get("Associations"):
        return f"The routeTable '{table_id}' has dependencies and cannot be deleted."
    return None


def internet_gateway_attached(gateway_id: str) -> str | None:
    """Refuse while an internet gateway is attached."""
    if EC2.internet_gateways.get(gateway_id, {}).get("Attachments"):
        return f"The internetGateway '{gateway_id}' has dependencies and cannot be deleted."
    return None


def mapped_public_addresses(vpc_id: str) -> str | None:
    """Refuse to cut a VPC off from the internet while something in it has a public address."""
    if any(record.get("PublicIpAddress") for record in network.interfaces(VpcId=vpc_id)):
        return (
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
            "address(es) before detaching the gateway."
        )
    return None


def _left_in(vpc_id: str) -> Iterator[str]:
    yield from (record["NetworkInterfaceId"] for record in network.interfaces(VpcId=vpc_id))
    yield from (one["SubnetId"] for one in EC2.subnets.values() if one["VpcId"] == vpc_id)
    yield from (
        one["VpcEndpointId"] for one in EC2.vpc_endpoints.values() if one["VpcId"] == vpc_id
    )
    for group in EC2.security_groups.values():
        if group["VpcId"] == vpc_id and group["GroupName"] != "default":
            yield group["GroupId"]
    for table in EC2.route_tables.values():
        main = any(association.get("Main") for association in table["Associations"])
        if table["VpcId"] == vpc_id and not main:
            yield table["RouteTableId"]
    for gateway in EC2.internet_gateways.values():
        if any(attachment.get("VpcId") == vpc_id for attachment in gateway["Attachments"]):
            yield gateway["InternetGatewayId"]
    for nat in EC2.nat_gateways.values():
        if nat["VpcId"] == vpc_id and nat["State"] != "deleted":
            yield nat["NatGatewayId"]


def _named_groups(group: Record) -> set[str]:
    return {
        pair.get("GroupId", "")
        for rule in [*group.get("IpPermissions", []), *group.get("IpPermissionsEgress", [])]
        for pair in rule.get("UserIdGroupPairs", [])
    }


def _violation(message: str) -> Reply:
    return ec2_error("DependencyViolation", message)


def _refusing(parameter: str, check: Check) -> Callable[[Operation], Operation]:
    def wrapper(original: Operation) -> Operation:
        def delete(parameters: Record) -> Reply:
            words = check(EC2.p(parameters, parameter))
            if words is not None:
                return _violation(words)
            return original(parameters)

        return delete

    return wrapper


def _detaching(original: Operation) -> Operation:
    def detach_internet_gateway(parameters: Record) -> Reply:
        gateway_id = EC2.p(parameters, "InternetGatewayId")
        vpc_id = EC2.p(parameters, "VpcId")
        attachments = EC2.internet_gateways.get(gateway_id, {}).get("Attachments", [])
        if not any(attachment.get("VpcId") == vpc_id for attachment in attachments):
            return ec2_error(
                "Gateway.NotAttached", f"resource {gateway_id} is not attached to network {vpc_id}"
            )
        words = mapped_public_addresses(vpc_id)
        if words is not None:
            return _violation(words)
        return original(parameters)

    return detach_internet_gateway


def _releasing(original: Operation) -> Operation:
    def release_address(parameters: Record) -> Reply:
        address = EC2.addresses.get(EC2.p(parameters, "AllocationId"))
        if address is not None and address.get("AssociationId"):
            return ec2_error("InvalidIPAddress.InUse", f"Address {address['PublicIp']} is in use.")
        return original(parameters)

    return release_address


def _deleting_target_group(original: Operation) -> Operation:
    def delete_target_group(parameters: Record) -> Reply:
        arn = ALB.p(parameters, "TargetGroupArn")
        if arn in _targets_of(list(ALB.listeners.values()) + list(ALB.rules.values())):
            return alb_error(
                "ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule"
            )
        return original(parameters)

    return delete_target_group


def _targets_of(records: Sequence[Record]) -> set[str]:
    actions = [
        action
        for record in records
        for action in [*record.get("DefaultActions", []), *record.get("Actions", [])]
    ]
    return {action.get("TargetGroupArn", "") for action in actions} | {
        group.get("TargetGroupArn", "")
        for action in actions
        for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
    }

"""What is in use can't be deleted, and AWS's words for it: one row per call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from local_aws.emulator import network
from local_aws.emulator.internals import ALB, EC2, Internals, action
from local_aws.emulator.replies import Operation, Record, Reply, query_error


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A call that AWS refuses while something is in use; `words` name the parameters in braces."""

    action: str
    parameters: tuple[str, ...]
    used: Callable[..., bool]
    words: str
    code: str = "DependencyViolation"
    service: Internals = EC2


def security_group_in_use(group_id: str) -> bool:
    """Tell whether a network interface has a group or another group's rule names it."""
    worn = any(
        group["GroupId"] == group_id
        for record in EC2.network_interfaces.values()
        for group in record["Groups"]
    )
    return worn or any(
        group_id in _named_groups(other)
        for other in EC2.security_groups.values()
        if other["GroupId"] != group_id
    )


def _named_groups(group: Record) -> Iterator[str]:
    for rule in (*group.get("IpPermissions", ()), *group.get("IpPermissionsEgress", ())):
        for pair in rule.get("UserIdGroupPairs", ()):
            yield pair.get("GroupId", "")


def _vpc_in_use(vpc_id: str) -> bool:
    """Tell whether anything is left in a VPC that AWS did not put there itself."""
    left = [
        *network.interfaces(VpcId=vpc_id),
        *(one for one in EC2.subnets.values() if one["VpcId"] == vpc_id),
        *(one for one in EC2.vpc_endpoints.values() if one["VpcId"] == vpc_id),
        *(
            one
            for one in EC2.security_groups.values()
            if one["VpcId"] == vpc_id and one["GroupName"] != "default"
        ),
        *(
            one
            for one in EC2.route_tables.values()
            if one["VpcId"] == vpc_id and not any(each.get("Main") for each in one["Associations"])
        ),
        *(
            one
            for one in EC2.nat_gateways.values()
            if one["VpcId"] == vpc_id and one["State"] != "deleted"
        ),
    ]
    return bool(left) or network.has_internet_gateway(vpc_id)


def _public_addresses(_: str, vpc_id: str) -> bool:
    return any(record.get("PublicIpAddress") for record in network.interfaces(VpcId=vpc_id))


def _not_attached(gateway_id: str, vpc_id: str) -> bool:
    return not network.attached(EC2.internet_gateways.get(gateway_id, {}), vpc_id)


def _target_group_in_use(arn: str) -> bool:
    actions = [
        one
        for record in (*ALB.listeners.values(), *ALB.rules.values())
        for one in (*record.get("DefaultActions", ()), *record.get("Actions", ()))
    ]
    groups = [
        group for one in actions for group in one.get("ForwardConfig", {}).get("TargetGroups", ())
    ]
    return any(one.get("TargetGroupArn") == arn for one in (*actions, *groups))


REFUSALS = (
    Refusal(
        action="DeleteSubnet",
        parameters=("SubnetId",),
        used=lambda subnet_id: any(network.interfaces(SubnetId=subnet_id)),
        words="The subnet '{SubnetId}' has dependencies and cannot be deleted.",
    ),
    Refusal(
        action="DeleteSecurityGroup",
        parameters=("GroupId",),
        used=security_group_in_use,
        words="resource {GroupId} has a dependent object",
    ),
    Refusal(
        action="DeleteVpc",
        parameters=("VpcId",),
        used=_vpc_in_use,
        words="The vpc '{VpcId}' has dependencies and cannot be deleted.",
    ),
    Refusal(
        action="DeleteRouteTable",
        parameters=("RouteTableId",),
        used=lambda table: bool(EC2.route_tables.get(table, {}).get("Associations")),
        words="The routeTable '{RouteTableId}' has dependencies and cannot be deleted.",
    ),
    Refusal(
        action="DeleteInternetGateway",
        parameters=("InternetGatewayId",),
        used=lambda gateway: bool(EC2.internet_gateways.get(gateway, {}).get("Attachments")),
        words="The internetGateway '{InternetGatewayId}' has dependencies and cannot be deleted.",
    ),
    Refusal(
        action="DetachInternetGateway",
        parameters=("InternetGatewayId", "VpcId"),
        used=_public_addresses,
        words=(
            "Network {VpcId} has some mapped public address(es). Please unmap those public "
            "address(es) before detaching the gateway."
        ),
    ),
    Refusal(
        action="DetachInternetGateway",
        parameters=("InternetGatewayId", "VpcId"),
        used=_not_attached,
        words="resource {InternetGatewayId} is not attached to network {VpcId}",
        code="Gateway.NotAttached",
    ),
    Refusal(
        action="ReleaseAddress",
        parameters=("AllocationId",),
        used=lambda allocation: bool(EC2.addresses.get(allocation, {}).get("AssociationId")),
        words="Address of {AllocationId} is in use.",
        code="InvalidIPAddress.InUse",
    ),
    Refusal(
        action="DeleteNetworkInterface",
        parameters=("NetworkInterfaceId",),
        used=lambda name: EC2.network_interfaces.get(name, {}).get("Status") == "in-use",
        words="Network interface '{NetworkInterfaceId}' is currently in use.",
        code="InvalidParameterValue",
    ),
    Refusal(
        action="DeleteTargetGroup",
        parameters=("TargetGroupArn",),
        used=_target_group_in_use,
        words="Target group '{TargetGroupArn}' is currently in use by a listener or a rule",
        code="ResourceInUse",
        service=ALB,
    ),
)


def _refuse(refusal: Refusal) -> None:
    @action(refusal.service, refusal.action)
    def operate(original: Operation, parameters: Record) -> Reply:
        given = {name: refusal.service.p(parameters, name) for name in refusal.parameters}
        if refusal.used(*given.values()):
            return query_error(refusal.service, refusal.code, refusal.words.format(**given))
        return original(parameters)


for each in REFUSALS:
    _refuse(each)

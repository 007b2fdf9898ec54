"""What is in use can't be deleted: AWS's words are in `refusals.json`, one row per call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kube.values import table
from local_aws.emulator import network
from local_aws.emulator.internals import ALB, EC2
from local_aws.emulator.replies import Operation, Record, Reply, action, deny


def security_group_in_use(group_id: str) -> bool:
    """Tell whether a network interface has a group or another group's rule names it."""
    groups = (one for record in EC2.network_interfaces.values() for one in record["Groups"])
    others = (one for one in EC2.security_groups.values() if one["GroupId"] != group_id)
    attached = any(one["GroupId"] == group_id for one in groups)
    return attached or any(group_id in _named_groups(one) for one in others)


def _named_groups(group: Record) -> Iterator[str]:
    for rule in (*group.get("IpPermissions", ()), *group.get("IpPermissionsEgress", ())):
        for pair in rule.get("UserIdGroupPairs", ()):
            yield pair.get("GroupId", "")


def _has_anything(vpc_id: str) -> bool:
    """Tell whether anything is left in a VPC that AWS did not put there itself."""
    stores = (
        *(EC2.network_interfaces, EC2.subnets, EC2.vpc_endpoints, EC2.security_groups),
        *(EC2.route_tables, EC2.nat_gateways),
    )
    left = [
        one
        for store in stores
        for one in store.values()
        if one["VpcId"] == vpc_id
        and one.get("GroupName") != "default"
        and one.get("State") != "deleted"
        and not any(place.get("Main") for place in one.get("Associations", ()))
    ]
    return bool(left) or network.has_internet_gateway(vpc_id)


def _has_public_addresses(_: str, vpc_id: str) -> bool:
    return any(record.get("PublicIpAddress") for record in network.interfaces(VpcId=vpc_id))


def _has_listeners(target_group: str) -> bool:
    actions = [one for each in ALB.listeners.values() for one in each.get("DefaultActions", ())]
    return any(one.get("TargetGroupArn") == target_group for one in actions)


USED: Mapping[str, Callable[..., object]] = {
    "has_anything": _has_anything,
    "has_associations": lambda name: EC2.route_tables.get(name, {}).get("Associations"),
    "has_attachments": lambda name: EC2.internet_gateways.get(name, {}).get("Attachments"),
    "has_interfaces": lambda name: any(network.interfaces(SubnetId=name)),
    "has_listeners": _has_listeners,
    "has_public_addresses": _has_public_addresses,
    "is_associated": lambda name: EC2.addresses.get(name, {}).get("AssociationId"),
    "is_attached": lambda name: EC2.network_interfaces.get(name, {}).get("Status") == "in-use",
    "is_not_attached": lambda name, vpc: (
        not network.attached(EC2.internet_gateways.get(name, {}), vpc)
    ),
    "security_group_in_use": security_group_in_use,
}
"""What a row's `used` asks, of the parameters of the call."""


def _refuse(row: Record) -> None:
    service = {"ec2": EC2, "alb": ALB}[row["service"]]

    @action(service, row["action"])
    def operate(original: Operation, parameters: Record) -> Reply:
        given = {name: service.p(parameters, name) for name in row["parameters"]}
        deny(USED[row["used"]](*given.values()), row["code"], row["words"].format(**given))
        return original(parameters)


for _row in table(__file__):
    _refuse(_row)

"""Elastic Load Balancing: network load balancers as AWS makes them, in their subnets.

MiniStack calls every load balancer an application load balancer in its ARN, puts each subnet into
zone a, and knows neither security groups nor network interfaces.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from types import MappingProxyType

from local_aws.emulator import network, network_interfaces
from local_aws.emulator.internals import ALB, EC2, region, replace, replace_action
from local_aws.emulator.network import Record
from local_aws.emulator.replies import HandlerError, Operation, Reply, alb_error

KINDS: Mapping[str, str] = MappingProxyType(
    {"network": "net", "application": "app", "gateway": "gwy"}
)
HOSTED_ZONES: Mapping[str, str] = MappingProxyType(
    {"eu-central-1": "Z3F0SRJ5LGBH90", "eu-west-1": "Z2IFOLAFXWLO4F"}
)
"""The zones of network load balancers' names; elsewhere the name is made up."""

PROVISIONED_ATTRIBUTES = (
    {"Key": "load_balancing.cross_zone.enabled", "Value": "false"},
    {"Key": "deletion_protection.enabled", "Value": "false"},
    {"Key": "access_logs.s3.enabled", "Value": "false"},
)


def install() -> None:
    """Put our load balancers in place of MiniStack's."""
    replace_action("alb", "CreateLoadBalancer", _creating)
    replace_action("alb", "DeleteLoadBalancer", _deleting)
    replace_action("alb", "SetSubnets", _moving)
    replace_action("alb", "SetSecurityGroups", _moving)
    replace_action("alb", "CreateListener", _creating_listener)
    replace_action("alb", "CreateTargetGroup", _creating_target_group)
    replace("_lb_xml", _with_zones, "services.alb")


def _creating(_: Operation) -> Operation:
    def create_load_balancer(parameters: Record) -> Reply:
        name = ALB.p(parameters, "Name")
        if any(one["LoadBalancerName"] == name for one in ALB.lbs.values()):
            return alb_error(
                "DuplicateLoadBalancerName", "A load balancer with the same name exists"
            )
        subnets = _subnets(parameters)
        refusal = _refusal(parameters, subnets)
        if refusal is not None:
            return refusal
        record = _record(parameters, name, subnets)
        try:
            _place(record)
        except HandlerError as error:
            return alb_error(error.code, error.message)
        arn = record["LoadBalancerArn"]
        ALB.lbs[arn] = record
        ALB.tags[arn] = ALB.parse_tags(parameters)
        ALB.lb_attrs[arn] = [dict(one) for one in PROVISIONED_ATTRIBUTES]
        reply: Reply = ALB.xml(
            200, "CreateLoadBalancer", f"<LoadBalancers>{ALB.lb_xml(record)}</LoadBalancers>"
        )
        return reply

    return create_load_balancer


def _subnets(parameters: Record) -> list[str]:
    plain = list(ALB.parse_member_list(parameters, "Subnets"))
    if plain:
        return plain
    mapped: list[str] = []
    while found := ALB.p(parameters, f"SubnetMappings.member.{len(mapped) + 1}.SubnetId"):
        mapped.append(found)
    return mapped


def _refusal(parameters: Record, subnets: list[str]) -> Reply | None:
    records = [network.subnet(subnet_id) for subnet_id in subnets]
    if not records or None in records:
        return alb_error("SubnetNotFound", f"The subnet IDs {subnets} are not valid")
    zones = [record["AvailabilityZone"] for record in records if record]
    if len(set(zones)) < len(zones):
        return alb_error(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    for group in ALB.parse_member_list(parameters, "SecurityGroups"):
        if group not in EC2.security_groups:
            return alb_error("InvalidSecurityGroup", f"The security group '{group}' does not exist")
    vpc_id = network.vpc_of(subnets[0])
    internal = ALB.p(parameters, "Scheme") == "internal"
    if not internal and not network.has_internet_gateway(vpc_id):
        return alb_error("InvalidSubnet", f"VPC {vpc_id} has no internet gateway")
    return None


def _record(parameters: Record, name: str, subnets: list[str]) -> Record:
    kind = ALB.p(parameters, "Type", "application")
    short = secrets.token_hex(8)
    scheme = ALB.p(parameters, "Scheme", "internet-facing")
    inner = "internal-" if kind == "application" and scheme == "internal" else ""
    domain = f"elb.{region()}" if kind == "network" else f"{region()}.elb"
    place = f"{region()}:{ALB.module.get_account_id()}"
    return {
        "LoadBalancerArn": (
            f"arn:aws:elasticloadbalancing:{place}:loadbalancer/{KINDS[kind]}/{name}/{short}"
        ),
        "LoadBalancerName": name,
        "DNSName": f"{inner}{name}-{short}.{domain}.amazonaws.com",
        "Scheme": scheme,
        "VpcId": network.vpc_of(subnets[0]),
        "State": "active",
        "Type": kind,
        "Subnets": subnets,
        "SecurityGroups": list(ALB.parse_member_list(parameters, "SecurityGroups")),
        "IpAddressType": ALB.p(parameters, "IpAddressType", "ipv4"),
        "CreatedTime": ALB.now_iso(),
    }


def _place(record: Record) -> None:
    """Give the load balancer a network interface in each of its subnets."""
    arn = record["LoadBalancerArn"]
    worn = {group["GroupId"] for one in network.interfaces(Owner=arn) for group in one["Groups"]}
    if worn and worn != set(record["SecurityGroups"]):
        network_interfaces.detach(arn)
    placed = network_interfaces.move(
        record["Subnets"],
        owner=arn,
        description=f"ELB {arn.split('loadbalancer/')[1]}",
        requester="amazon-elb",
        groups=record["SecurityGroups"],
        interface_type="network_load_balancer" if record["Type"] == "network" else "interface",
    )
    if record["Scheme"] == "internet-facing":
        for one in placed:
            one["PublicIpAddress"] = f"203.0.113.{secrets.randbelow(254) + 1}"


def _deleting(original: Operation) -> Operation:
    def delete_load_balancer(parameters: Record) -> Reply:
        arn = ALB.p(parameters, "LoadBalancerArn")
        attributes = {one["Key"]: one["Value"] for one in ALB.lb_attrs.get(arn) or []}
        if attributes.get("deletion_protection.enabled") == "true":
            return alb_error(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        # Its listeners go with it, which frees the target groups.
        for listener_arn, listener in list(ALB.listeners.items()):
            if listener["LoadBalancerArn"] == arn:
                ALB.delete_listener({"ListenerArn": [listener_arn]})
        for group in ALB.tgs.values():
            group["LoadBalancerArns"] = [one for one in group["LoadBalancerArns"] if one != arn]
        network_interfaces.detach(arn)
        return original(parameters)

    return delete_load_balancer


def _moving(original: Operation) -> Operation:
    def move(parameters: Record) -> Reply:
        reply = original(parameters)
        record = ALB.lbs.get(ALB.p(parameters, "LoadBalancerArn"))
        if record is not None:
            _place(record)
        return reply

    return move


def _creating_listener(original: Operation) -> Operation:
    def create_listener(parameters: Record) -> Reply:
        """Name listener and rule after the kind of their load balancer, not always `app`."""
        arn = ALB.p(parameters, "LoadBalancerArn")
        port = int(ALB.p(parameters, "Port", "80"))
        if any(
            one["LoadBalancerArn"] == arn and one["Port"] == port for one in ALB.listeners.values()
        ):
            return alb_error(
                "DuplicateListener", "A listener already exists on this port for this load balancer"
            )
        before = set(ALB.listeners) | set(ALB.rules)
        status, headers, body = original(parameters)
        kind = KINDS.get(ALB.lbs.get(arn, {}).get("Type", ""), "app")
        for store in (ALB.listeners, ALB.listener_attrs, ALB.rules, ALB.tags):
            for key in [one for one in store if one not in before and "/app/" in one]:
                if "listener" in key:
                    store[_named(key, kind)] = _renamed(store.pop(key), kind)
        return status, headers, _named(body.decode(), kind).encode()

    return create_listener


def _named(text: str, kind: str) -> str:
    return re.sub(r":(listener(?:-rule)?)/app/", rf":\1/{kind}/", text)


def _renamed(record: object, kind: str) -> object:
    if isinstance(record, dict):
        return {
            key: _named(value, kind) if isinstance(value, str) else value
            for key, value in record.items()
        }
    return record


def _creating_target_group(original: Operation) -> Operation:
    def create_target_group(parameters: Record) -> Reply:
        vpc_id = ALB.p(parameters, "VpcId")
        if vpc_id and vpc_id not in EC2.vpcs:
            return alb_error("ValidationError", f"The VPC ID '{vpc_id}' is not found")
        return original(parameters)

    return create_target_group


def _with_zones(original: Operation) -> Operation:
    def lb_xml(record: Record) -> object:
        text = str(original(record))
        zones = "".join(
            f"<member><ZoneName>{subnet['AvailabilityZone']}</ZoneName>"
            f"<SubnetId>{subnet['SubnetId']}</SubnetId><LoadBalancerAddresses/></member>"
            for subnet in map(network.subnet, record["Subnets"])
            if subnet
        )
        text = re.sub(
            "<AvailabilityZones>.*</AvailabilityZones>",
            f"<AvailabilityZones>{zones}</AvailabilityZones>",
            text,
        )
        zone = HOSTED_ZONES.get(region(), "Z0LOCALNETWORKLB")
        return text.replace("Z35SXDOTRQ7X7K", zone) if record["Type"] == "network" else text

    return lb_xml  # type: ignore[return-value]  # it builds a piece of XML, no reply

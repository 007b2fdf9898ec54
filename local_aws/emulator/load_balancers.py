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
from local_aws.emulator.internals import ALB, EC2, action, patch, region
from local_aws.emulator.replies import HandlerError, Operation, Record, Reply, query_error

KINDS: Mapping[str, str] = MappingProxyType(
    {"network": "net", "application": "app", "gateway": "gwy"}
)


@action(ALB, "CreateLoadBalancer")
def _create_load_balancer(_: Operation, parameters: Record) -> Reply:
    subnets = list(ALB.parse_member_list(parameters, "Subnets"))
    try:
        _check(parameters, subnets)
        record = _record(parameters, subnets)
        _place(record)
    except HandlerError as error:
        return query_error(ALB, error.code, error.message)
    arn = record["LoadBalancerArn"]
    ALB.lbs[arn] = record
    ALB.tags[arn] = ALB.parse_tags(parameters)
    ALB.lb_attrs[arn] = [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]
    inner = f"<LoadBalancers>{ALB.lb_xml(record)}</LoadBalancers>"
    reply: Reply = ALB.xml(200, "CreateLoadBalancer", inner)
    return reply


def _check(parameters: Record, subnets: list[str]) -> None:
    name = ALB.p(parameters, "Name")
    if any(one["LoadBalancerName"] == name for one in ALB.lbs.values()):
        raise _refused("DuplicateLoadBalancerName", "A load balancer with the same name exists")
    if not subnets or any(one not in EC2.subnets for one in subnets):
        raise _refused("SubnetNotFound", f"The subnet IDs {subnets} are not valid")
    if len(set(map(network.zone_of, subnets))) < len(subnets):
        raise _refused(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )
    for group in ALB.parse_member_list(parameters, "SecurityGroups"):
        if group not in EC2.security_groups:
            raise _refused("InvalidSecurityGroup", f"The security group '{group}' does not exist")
    vpc_id = network.vpc_of(subnets[0])
    internal = ALB.p(parameters, "Scheme") == "internal"
    if not internal and not network.has_internet_gateway(vpc_id):
        raise _refused("InvalidSubnet", f"VPC {vpc_id} has no internet gateway")


def _refused(code: str, message: str) -> HandlerError:
    return HandlerError(message, service="ElasticLoadBalancingV2", code=code)


def _record(parameters: Record, subnets: list[str]) -> Record:
    name, kind = ALB.p(parameters, "Name"), ALB.p(parameters, "Type", "application")
    short = secrets.token_hex(8)
    scheme = ALB.p(parameters, "Scheme", "internet-facing")
    place = f"{region()}:{ALB.module.get_account_id()}"
    return {
        "LoadBalancerArn": (
            f"arn:aws:elasticloadbalancing:{place}:loadbalancer/{KINDS[kind]}/{name}/{short}"
        ),
        "LoadBalancerName": name,
        "DNSName": f"{name}-{short}.elb.{region()}.amazonaws.com",
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


@action(ALB, "DeleteLoadBalancer")
def _delete_load_balancer(original: Operation, parameters: Record) -> Reply:
    """Take the listeners along, which frees the target groups."""
    arn = ALB.p(parameters, "LoadBalancerArn")
    for listener_arn, listener in list(ALB.listeners.items()):
        if listener["LoadBalancerArn"] == arn:
            ALB.ACTION_MAP["DeleteListener"]({"ListenerArn": [listener_arn]})
    for group in ALB.tgs.values():
        group["LoadBalancerArns"] = [one for one in group["LoadBalancerArns"] if one != arn]
    network_interfaces.detach(arn)
    return original(parameters)


@action(ALB, "CreateListener")
def _create_listener(original: Operation, parameters: Record) -> Reply:
    """Name listener and rule after the kind of their load balancer, not always `app`."""
    arn = ALB.p(parameters, "LoadBalancerArn")
    before = set(ALB.listeners) | set(ALB.rules)
    status, headers, body = original(parameters)
    kind = KINDS.get(ALB.lbs.get(arn, {}).get("Type", ""), "app")
    for store in (ALB.listeners, ALB.listener_attrs, ALB.rules, ALB.tags):
        for key in [one for one in store if one not in before and ":listener" in one]:
            store[_named(key, kind)] = _renamed(store.pop(key), kind)
    return status, headers, _named(body.decode(), kind).encode()


def _named(text: str, kind: str) -> str:
    return re.sub(r":(listener(?:-rule)?)/app/", rf":\1/{kind}/", text)


def _renamed(record: object, kind: str) -> object:
    if isinstance(record, dict):
        return {
            key: _named(value, kind) if isinstance(value, str) else value
            for key, value in record.items()
        }
    return record


@patch("services.alb", "_lb_xml")
def _lb_xml(original: Operation, record: Record) -> str:
    """Show each subnet in its own zone."""
    zones = "".join(
        f"<member><ZoneName>{network.zone_of(subnet)}</ZoneName>"
        f"<SubnetId>{subnet}</SubnetId><LoadBalancerAddresses/></member>"
        for subnet in record["Subnets"]
    )
    return re.sub(
        "<AvailabilityZones>.*</AvailabilityZones>",
        f"<AvailabilityZones>{zones}</AvailabilityZones>",
        str(original(record)),
    )

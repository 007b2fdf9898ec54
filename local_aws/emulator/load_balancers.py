"""Elastic Load Balancing: load balancers in their subnets, with what AWS refuses of them.

MiniStack puts each subnet into zone a and knows no network interfaces. It names every load balancer
`app` in its ARN, whatever its type; the policies that we have seen name both.
"""

from __future__ import annotations

import re
import secrets

from local_aws.emulator import network, network_interfaces
from local_aws.emulator.internals import ALB, EC2, action, patch, region
from local_aws.emulator.replies import HandlerError, Operation, Record, Reply, element, query_error


@action(ALB, "CreateLoadBalancer")
def _create_load_balancer(original: Operation, parameters: Record) -> Reply:
    """Check, create, and give it a network interface in each of its subnets."""
    subnets = list(ALB.parse_member_list(parameters, "Subnets"))
    try:
        _check(parameters, subnets)
    except HandlerError as error:
        return query_error(ALB, error.code, error.message)
    reply = original(parameters)
    arn = element(reply[2].decode(), "LoadBalancerArn")
    record = ALB.lbs.get(arn)
    if record is None:
        return reply
    name, short = record["LoadBalancerName"], secrets.token_hex(8)
    record["DNSName"] = f"{name}-{short}.elb.{region()}.amazonaws.com"
    record["VpcId"] = network.vpc_of(subnets[0])
    try:
        placed = network_interfaces.move(
            subnets,
            owner=arn,
            description=f"ELB {arn.split('loadbalancer/')[1]}",
            groups=record["SecurityGroups"],
            interface_type=f"{record['Type']}_load_balancer",
        )
    except HandlerError as error:
        ALB.ACTION_MAP["DeleteLoadBalancer"]({"LoadBalancerArn": [arn]})
        return query_error(ALB, error.code, error.message)
    if record["Scheme"] == "internet-facing":
        for one in placed:
            one["PublicIpAddress"] = f"203.0.113.{secrets.randbelow(254) + 1}"
    inner = f"<LoadBalancers>{ALB.lb_xml(record)}</LoadBalancers>"
    made: Reply = ALB.xml(200, "CreateLoadBalancer", inner)
    return made


def _check(parameters: Record, subnets: list[str]) -> None:
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

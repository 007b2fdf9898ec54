"""Elastic Load Balancing: load balancers in their subnets, with the errors of AWS.

MiniStack puts each subnet into zone a and knows no network interfaces. It names every load balancer
`app` in its ARN, whatever its type; the policies that we have seen name both.
"""

from __future__ import annotations

import re
import secrets

from local_aws.emulator import network
from local_aws.emulator.internals import ALB, EC2, patch, region
from local_aws.emulator.replies import HandlerError, Operation, Record, Reply, action, deny, element


@action(ALB, "CreateLoadBalancer")
def _create_load_balancer(original: Operation, parameters: Record) -> Reply:
    """Check, create, and give it a network interface in each of its subnets."""
    subnets = list(ALB.parse_member_list(parameters, "Subnets"))
    _check(parameters, subnets)
    reply = original(parameters)
    arn = element(reply[2].decode(), "LoadBalancerArn")
    record = ALB.lbs[arn]
    name, short = record["LoadBalancerName"], secrets.token_hex(8)
    record["DNSName"] = f"{name}-{short}.elb.{region()}.amazonaws.com"
    record["VpcId"] = network.vpc_of(subnets[0])
    try:
        placed = network.move(
            subnets,
            owner=arn,
            description=f"ELB {arn.split('loadbalancer/')[1]}",
            groups=record["SecurityGroups"],
            interface_type=f"{record['Type']}_load_balancer",
        )
    except HandlerError:
        ALB.ACTION_MAP["DeleteLoadBalancer"]({"LoadBalancerArn": [arn]})
        raise
    if record["Scheme"] == "internet-facing":
        for one in placed:
            one["PublicIpAddress"] = f"203.0.113.{secrets.randbelow(254) + 1}"
    inner = f"<LoadBalancers>{ALB.lb_xml(record)}</LoadBalancers>"
    made: Reply = ALB.xml(200, "CreateLoadBalancer", inner)
    return made


def _check(parameters: Record, subnets: list[str]) -> None:
    unknown = not subnets or any(one not in EC2.subnets for one in subnets)
    deny(unknown, "SubnetNotFound", f"The subnet IDs {subnets} are not valid")
    deny(
        len(set(map(network.zone_of, subnets))) < len(subnets),
        "InvalidConfigurationRequest",
        "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    )
    for group in ALB.parse_member_list(parameters, "SecurityGroups"):
        words = f"The security group '{group}' does not exist"
        deny(group not in EC2.security_groups, "InvalidSecurityGroup", words)
    vpc_id, internal = network.vpc_of(subnets[0]), ALB.p(parameters, "Scheme") == "internal"
    shut = not internal and not network.has_internet_gateway(vpc_id)
    deny(shut, "InvalidSubnet", f"VPC {vpc_id} has no internet gateway")


@action(ALB, "DeleteLoadBalancer")
def _delete_load_balancer(original: Operation, parameters: Record) -> Reply:
    """Take the listeners along, which frees the target groups."""
    arn = ALB.p(parameters, "LoadBalancerArn")
    for listener_arn, listener in list(ALB.listeners.items()):
        if listener["LoadBalancerArn"] == arn:
            ALB.ACTION_MAP["DeleteListener"]({"ListenerArn": [listener_arn]})
    for group in ALB.tgs.values():
        group["LoadBalancerArns"] = [one for one in group["LoadBalancerArns"] if one != arn]
    network.detach(arn)
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

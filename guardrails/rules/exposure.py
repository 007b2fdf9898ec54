"""What is exposed, and what is not logged.

cdk-nag's EKS1 and EKS2 check the CDK's first EKS module and never match `aws_eks_v2`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import collapse_addresses
from typing import Any

from assembly.environment import Environment
from assembly.kinds import CLUSTER, ENDPOINT, INGRESS, LAUNCH_TEMPLATE
from guardrails.reach.subnets import WHOLE_INTERNET, range_of
from guardrails.rule import Finding, breach, rule, rules
from guardrails.rules.presence import reached
from kube.values import dicts, flag, items, known, look_up, number, several, text

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
MANY = {4: 2**24, 6: 2**112}
"""More IPv4 or IPv6 addresses than these, a /8 or a /16, are the internet rather than a network."""
INSIDE = (
    (LAUNCH_TEMPLATE, "LaunchTemplateData.SecurityGroupIds"),
    (LAUNCH_TEMPLATE, "LaunchTemplateData.NetworkInterfaces.*.Groups"),
    (CLUSTER, "ResourcesVpcConfig.SecurityGroupIds"),
    (ENDPOINT, "SecurityGroupIds"),
)
"""Where the security groups of nodes, endpoints and the control plane's interfaces are named."""
SHELLS = (22, 3389)
"""The ports of SSH and RDP."""
FEW_PORTS = 10
ICMP = ("icmp", "icmpv6", "1", "58")
WITH_PORTS = ("", "tcp", "udp", "6", "17", *ICMP)
"""Protocols that have ports, or types; of another one EC2 opens all, whatever is said of them (EC2 API reference,
"IpPermission")."""
ALL_PORTS = ("all", "0-65535", "1-65535")


@rule("EKS1")
def _open_endpoints(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        network = look_up(cluster.properties, "ResourcesVpcConfig")
        # EKS's own defaults: public, from everywhere.
        ranges = _wide(several(network, "PublicAccessCidrs") or [WHOLE_INTERNET])
        if ranges and flag(network, "EndpointPublicAccess", default=True):
            yield breach(cluster, "ResourcesVpcConfig/PublicAccessCidrs", ranges)


def _wide(cidrs: Iterable[object]) -> str:
    """Return the first of some ranges, or what they make together, if they are much of the internet."""
    ranges: list[Any] = [*filter(None, map(range_of, cidrs))]
    for version, many in MANY.items():
        # In one piece or in several, such as 0.0.0.0/1 and 128.0.0.0/1.
        whole = collapse_addresses(each for each in ranges if each.version == version)
        public = [each for each in whole if not each.is_private]
        if sum(each.num_addresses for each in public) > many:
            return str(public[0])
    return ""


@rule("EKS2")
def _missing_logs(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        logging = look_up(cluster.properties, "Logging", "ClusterLogging")
        enabled = [log.get("Type") for log in dicts(logging, "EnabledTypes")]
        # The first generation writes the API's form.
        for log in dicts(logging):
            enabled += items(log, "Types") if flag(log, "Enabled") else ()
        for name in LOG_TYPES if known(logging) else ():
            if name not in enabled:
                yield breach(cluster, "Logging/ClusterLogging/EnabledTypes", name)


@rule("NESTED1")
def _not_read(environment: Environment) -> Iterator[Finding]:
    return (breach(stack, "TemplateURL", stack.logical_id) for stack in environment.nested)


@rules("EXPOSE5", "EXPOSE19")
def _open_ports(environment: Environment) -> Iterator[tuple[str, Finding]]:
    """Yield what the security groups inside let in from ranges of addresses."""
    inside = [(path, each) for kind, path in INSIDE for each in environment.resources(kind)]
    named = [found for path, each in inside for _, found in reached(each.properties, path)]
    guarded = dict.fromkeys(environment.targets(named))
    openings = [
        (group, "SecurityGroupIngress", each)
        for group in guarded
        for each in dicts(group.properties, "SecurityGroupIngress")
    ]
    for ingress in environment.resources(INGRESS):
        target = environment.target(ingress.properties.get("GroupId"))
        if target is not None and (target in guarded or target.kind == CLUSTER):
            openings.append((ingress, "CidrIp", ingress.properties))
    for resource, field, each in openings:
        ends = "-".join(dict.fromkeys(text(each, end) for end in ("FromPort", "ToPort")))
        protocol = text(each, "IpProtocol")
        name = protocol.lower() if known(protocol) else ""
        every, icmp = name not in WITH_PORTS, name in ICMP
        value = "all" if every else ends
        said = f"connect to {'ports' if '-' in ends else 'port'} {ends}" if ends else "connect"
        said = "connect to all ports" if every else said
        said = "send ICMP" if icmp else said
        ranges = [*filter(None, (text(each, "CidrIp"), text(each, "CidrIpv6")))]
        first, last = number(each, "FromPort") or 0, number(each, "ToPort") or 0
        # A range of many ports isn't meant for people.
        few = not (every or icmp) and last - first <= FEW_PORTS
        shells = few and any(first <= port <= last for port in SHELLS)
        if ranges and (_wide(ranges) or value in ALL_PORTS):
            yield "EXPOSE5", breach(resource, field, value, f"{ranges[0]} may {said}.")
        if ranges and shells and not _wide(ranges):
            yield "EXPOSE19", breach(resource, field, value, f"{ranges[0]} may {said}.")

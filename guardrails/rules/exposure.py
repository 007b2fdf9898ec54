"""What is exposed, what is not logged, and what a node reveals.

cdk-nag's EKS1 and EKS2 check the CDK's first EKS module and never match `aws_eks_v2`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import collapse_addresses, ip_network
from typing import Any

from assembly.environment import Environment
from assembly.kinds import CLUSTER, ENDPOINT, INGRESS, LAUNCH_TEMPLATE, NODE_GROUP
from assembly.resource import Resource
from guardrails.reach.subnets import WHOLE_INTERNET
from guardrails.rule import Finding, breach, found, rule
from guardrails.rules.workloads import EBS
from kube.values import (
    Json,
    Unknown,
    dicts,
    flag,
    items,
    known,
    look_up,
    mapping,
    number,
    several,
    text,
)

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
MANY = {4: 2**24, 6: 2**112}
"""More IPv4 or IPv6 addresses than these, a /8 or a /16, are the internet rather than a network."""
TWO_HOPS = ("AL2_", "WINDOWS_")
"""AMI types whose nodes EKS gives a hop limit of 2; those of AL2023 get 1 (EKS user guide, AL2023)."""


@rule("EKS1")
def _open_endpoints(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        network = look_up(cluster.properties, "ResourcesVpcConfig")
        # EKS's own defaults: public, from everywhere.
        cidrs = several(network, "PublicAccessCidrs") or [WHOLE_INTERNET]
        # In one piece or in several, such as 0.0.0.0/1 and 128.0.0.0/1.
        ranges = _wide(cidrs)
        if ranges and flag(network, "EndpointPublicAccess", default=True):
            yield breach(cluster, "ResourcesVpcConfig/PublicAccessCidrs", ranges)


def _wide(cidrs: Iterable[object]) -> str:
    """Return the first of some ranges, or what they make together, if they are much of the internet."""
    ranges = [each for each in map(_network, cidrs) if each is not None]
    for version, many in MANY.items():
        whole = collapse_addresses(each for each in ranges if each.version == version)
        public = [each for each in whole if not each.is_private]
        if sum(each.num_addresses for each in public) > many:
            return str(public[0])
    return ""


def _network(value: object) -> Any:  # noqa: ANN401  # of either version
    try:
        return None if isinstance(value, Unknown) else ip_network(text(value), strict=False)
    except ValueError:
        return None


@rule("EKS2")
def _missing_logs(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        logging = look_up(cluster.properties, "Logging", "ClusterLogging")
        enabled = [log.get("Type") for log in dicts(logging, "EnabledTypes")]
        # The first generation writes the API's form.
        enabled += [
            name for log in dicts(logging) if flag(log, "Enabled") for name in items(log, "Types")
        ]
        for name in LOG_TYPES if known(logging) else ():
            if name not in enabled:
                yield breach(cluster, "Logging/ClusterLogging/EnabledTypes", name)


@rule("EXPOSE1")
def _readable_secrets(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        configs = several(cluster.properties, "EncryptionConfig")
        encrypted = [name for config in configs for name in several(config, "Resources")]
        if known(encrypted) and "secrets" not in encrypted:
            yield breach(cluster, "EncryptionConfig", "secrets")


@rule("EXPOSE2")
def _deletable_production(environment: Environment) -> Iterator[Finding]:
    for cluster in environment.resources(CLUSTER):
        # The assembly doesn't know the word production. A stack that must not be deleted does.
        protected = environment.stacks[cluster.stack].termination_protection
        if protected and flag(cluster.properties, "DeletionProtection") is False:
            yield breach(cluster, "DeletionProtection", "unprotected")


@rule("NESTED1")
def _not_read(environment: Environment) -> Iterator[Finding]:
    return (breach(stack, "TemplateURL", stack.logical_id) for stack in environment.nested)


@rule("EXPOSE3")
def _metadata_for_everybody(environment: Environment) -> Iterator[Finding]:
    for template in environment.resources(LAUNCH_TEMPLATE):
        path = "LaunchTemplateData/MetadataOptions"
        options = look_up(template.properties, *path.split("/"))
        # Without a number EC2 or the AMI decides, and Amazon Linux 2023 says 2.
        wanted = (
            ("HttpTokens", "required", "IMDSv1"),
            ("HttpPutResponseHopLimit", "1", "hop limit"),
        )
        for field, word, value in () if _may_be(options, "HttpEndpoint", "disabled") else wanted:
            if not _may_be(options, field, word):
                yield breach(template, path, value)
    for group in environment.resources(NODE_GROUP):
        templated = group.properties.get("LaunchTemplate") is not None
        if not templated and text(group.properties, "AmiType").startswith(TWO_HOPS):
            detail = "Without a launch template, EKS creates one with a hop limit of 2."
            yield breach(group, "LaunchTemplate", "hop limit", detail)


def _may_be(options: object, field: str, word: str) -> bool:
    """Tell whether a field has a word in the way that CloudFormation reads it, or isn't known."""
    value = look_up(options, field)
    return isinstance(value, Unknown) or str(value).lower() == word


@rule("EXPOSE4")
def _readable_disks(environment: Environment) -> Iterator[Finding]:
    for template in environment.resources(LAUNCH_TEMPLATE):
        for device in _disks(template):
            if flag(device, "Ebs", "Encrypted") is False:
                name = text(device, "DeviceName") or "root volume"
                yield breach(template, "LaunchTemplateData/BlockDeviceMappings", name)
    for group in environment.resources(NODE_GROUP):
        if group.properties.get("LaunchTemplate") is None:
            yield breach(group, "LaunchTemplate", "root volume")
    for volume in environment.resources("AWS::EC2::Volume"):
        if flag(volume.properties, "Encrypted") is False:
            yield breach(volume, "Encrypted", "volume")
    for item in environment.kubernetes_objects("StorageClass"):
        encrypted = flag(item.content, "parameters", "encrypted")
        if item.content.get("provisioner") in EBS and encrypted is False:
            yield found(item)


def _disks(template: Resource) -> Sequence[Json]:
    devices = look_up(template.properties, "LaunchTemplateData", "BlockDeviceMappings")
    found = dicts(devices) or ([{}] if known(devices) else [])
    # Neither a device that is left out nor an instance store is an EBS volume.
    return [each for each in found if each.keys().isdisjoint({"NoDevice", "VirtualName"})]


@rule("EXPOSE5")
def _open_ports(environment: Environment) -> Iterator[Finding]:
    for resource, field, opening in _openings(environment):
        if bool(_wide(_ranges(opening))) or (_ranges(opening) and _ports(opening) in ALL_PORTS):
            yield breach(resource, field, _ports(opening))
    for group in environment.resources(NODE_GROUP):
        remote = mapping(group.properties, "RemoteAccess")
        if remote and not remote.get("SourceSecurityGroups"):
            detail = "Without source security groups, EKS opens SSH to the internet."
            yield breach(group, "RemoteAccess/SourceSecurityGroups", "22", detail)


SHELLS = (22, 3389)
"""The ports of SSH and RDP."""
FEW_PORTS = 10
ALL_PORTS = ("all", "0-65535", "1-65535")


@rule("EXPOSE19")
def _open_shells(environment: Environment) -> Iterator[Finding]:
    for resource, field, opening in _openings(environment):
        first, last = number(opening, "FromPort") or 0, number(opening, "ToPort") or 0
        ranges = [] if _wide(_ranges(opening)) else _ranges(opening)
        # A range of many ports isn't meant for people.
        if ranges and last - first <= FEW_PORTS and any(first <= port <= last for port in SHELLS):
            detail = f"{ranges[0]} may connect to port {_ports(opening)}."
            yield breach(resource, field, _ports(opening), detail)


def _openings(environment: Environment) -> Iterator[tuple[Resource, str, Json]]:
    """Yield what the security groups inside let in, each with its resource and field."""
    guarded = dict.fromkeys(_security_groups_inside(environment))
    for group in guarded:
        for opening in dicts(group.properties, "SecurityGroupIngress"):
            yield group, "SecurityGroupIngress", opening
    for ingress in environment.resources(INGRESS):
        target = environment.target(ingress.properties.get("GroupId"))
        if target is not None and (target in guarded or target.kind == CLUSTER):
            yield ingress, "CidrIp", ingress.properties


def _ranges(opening: Json) -> list[str]:
    return [*filter(None, (text(opening, field) for field in ("CidrIp", "CidrIpv6")))]


def _security_groups_inside(environment: Environment) -> Iterator[Resource]:
    """Yield the security groups of nodes, endpoints and the control plane's interfaces."""
    for template in environment.resources(LAUNCH_TEMPLATE):
        data = template.properties.get("LaunchTemplateData")
        interfaces = [look_up(each, "Groups") for each in dicts(data, "NetworkInterfaces")]
        yield from environment.targets([look_up(data, "SecurityGroupIds"), interfaces])
    for cluster in environment.resources(CLUSTER):
        network = cluster.properties.get("ResourcesVpcConfig")
        yield from environment.targets(look_up(network, "SecurityGroupIds"))
    for endpoint in environment.resources(ENDPOINT):
        yield from environment.targets(endpoint.properties.get("SecurityGroupIds"))


def _ports(rule: Json) -> str:
    ends = dict.fromkeys(text(rule, end) for end in ("FromPort", "ToPort"))
    return "all" if text(rule, "IpProtocol") == "-1" else "-".join(ends)

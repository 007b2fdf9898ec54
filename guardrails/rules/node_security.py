"""What a node gives away: its credentials, its disks, its ports, its role."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from assembly.kinds import CLUSTER, INGRESS, LAUNCH_TEMPLATE, NODE_GROUP, SECURITY_GROUP
from assembly.links import policies_of, role_of
from assembly.resource import Resource
from guardrails.rule import Finding, rule
from guardrails.rules.workloads import EBS
from kube.values import Json, Unknown, dicts, items, known, look_up, mapping, text

EVERYWHERE = ("0.0.0.0/0", "::/0")
TOO_MUCH_FOR_A_NODE = (
    "AdministratorAccess",
    "PowerUserAccess",
    "IAMFullAccess",
    "AmazonEKS_CNI_Policy",
)
TWO_HOPS = ("AL2_", "WINDOWS_")
"""AMI types whose nodes EKS gives a hop limit of 2; those of AL2023 get 1 (EKS user guide, AL2023)."""


@rule("EXPOSE3")
def _metadata_for_everybody(environment: Environment) -> Iterator[Finding]:
    location = "Properties/LaunchTemplateData/MetadataOptions"
    for template in environment.resources(LAUNCH_TEMPLATE):
        options = look_up(template.properties, "LaunchTemplateData", "MetadataOptions")
        if _may_be(look_up(options, "HttpEndpoint"), "disabled"):
            continue
        if not _may_be(look_up(options, "HttpTokens"), "required"):
            yield Finding(resource=template, value="IMDSv1", location=location)
        # Without a number EC2 or the AMI decides, and Amazon Linux 2023 says 2.
        if not _may_be(look_up(options, "HttpPutResponseHopLimit"), "1"):
            yield Finding(resource=template, value="hop limit", location=location)
    for group in _groups_without_template(environment):
        if text(group.properties, "AmiType").startswith(TWO_HOPS):
            yield Finding(
                resource=group,
                value="hop limit",
                location="Properties/LaunchTemplate",
                detail="Without a launch template EKS makes one whose hop limit is 2.",
            )


@rule("EXPOSE4")
def _readable_disks(environment: Environment) -> Iterator[Finding]:
    for template in environment.resources(LAUNCH_TEMPLATE):
        for device in _disks(template):
            if not _may_be(look_up(device, "Ebs", "Encrypted"), "true"):
                yield Finding(
                    resource=template,
                    value=text(device, "DeviceName") or "root volume",
                    location="Properties/LaunchTemplateData/BlockDeviceMappings",
                )
    for group in _groups_without_template(environment):
        yield Finding(resource=group, value="root volume", location="Properties/LaunchTemplate")
    for volume in environment.resources("AWS::EC2::Volume"):
        if not _may_be(volume.properties.get("Encrypted"), "true"):
            yield Finding(resource=volume, value="volume", location="Properties/Encrypted")
    for item in environment.kubernetes_objects("StorageClass"):
        encrypted = look_up(item.content, "parameters", "encrypted")
        if item.content.get("provisioner") in EBS and not _may_be(encrypted, "true"):
            yield Finding(
                resource=item.resource,
                value=f"StorageClass/{item.name}",
                location="Properties/Manifest",
            )


def _disks(template: Resource) -> list[Json]:
    devices = look_up(template.properties, "LaunchTemplateData", "BlockDeviceMappings")
    found = dicts(devices)
    if not found and known(devices):
        return [{}]
    # Neither a device that is left out nor an instance store is an EBS volume.
    return [each for each in found if "NoDevice" not in each and "VirtualName" not in each]


def _groups_without_template(environment: Environment) -> Iterator[Resource]:
    for group in environment.resources(NODE_GROUP):
        if group.properties.get("LaunchTemplate") is None:
            yield group


@rule("EXPOSE5")
def _open_ports(environment: Environment) -> Iterator[Finding]:
    guarded = set(_security_groups_of_nodes(environment))
    for group in environment.resources(SECURITY_GROUP):
        for opening in dicts(group.properties, "SecurityGroupIngress"):
            if group in guarded and _from_everywhere(opening):
                yield Finding(
                    resource=group,
                    value=_ports(opening),
                    location="Properties/SecurityGroupIngress",
                )
    for ingress in environment.resources(INGRESS):
        target = environment.target(ingress.properties.get("GroupId"))
        into_nodes = target is not None and (target in guarded or target.kind == CLUSTER)
        if into_nodes and _from_everywhere(ingress.properties):
            yield Finding(
                resource=ingress, value=_ports(ingress.properties), location="Properties/CidrIp"
            )
    for group in environment.resources(NODE_GROUP):
        remote = group.properties.get("RemoteAccess")
        if mapping(remote) and not look_up(remote, "SourceSecurityGroups"):
            yield Finding(
                resource=group,
                value="22",
                location="Properties/RemoteAccess/SourceSecurityGroups",
                detail="Without source groups EKS opens SSH to the internet.",
            )


def _security_groups_of_nodes(environment: Environment) -> Iterator[Resource]:
    for template in environment.resources(LAUNCH_TEMPLATE):
        data = template.properties.get("LaunchTemplateData")
        interfaces = [look_up(each, "Groups") for each in dicts(data, "NetworkInterfaces")]
        yield from environment.targets([look_up(data, "SecurityGroupIds"), interfaces])
    for cluster in environment.resources(CLUSTER):
        network = cluster.properties.get("ResourcesVpcConfig")
        yield from environment.targets(look_up(network, "SecurityGroupIds"))


def _from_everywhere(rule: Json) -> bool:
    return rule.get("CidrIp") in EVERYWHERE or rule.get("CidrIpv6") in EVERYWHERE


def _ports(rule: Json) -> str:
    if text(rule, "IpProtocol") == "-1":
        return "all"
    return "-".join(dict.fromkeys(text(rule, end) for end in ("FromPort", "ToPort")))


@rule("EXPOSE6")
def _powerful_nodes(environment: Environment) -> Iterator[Finding]:
    for group in environment.resources(NODE_GROUP):
        role = role_of(environment, group.properties.get("NodeRole"))
        if role is not None:
            for value in dict.fromkeys(_powers_of(environment, role)):
                yield Finding(
                    resource=group,
                    value=value,
                    location="Properties/NodeRole",
                    detail=f"The role is {role.path}.",
                )


def _powers_of(environment: Environment, role: Resource) -> Iterator[str]:
    managed = items(role.properties, "ManagedPolicyArns")
    names = [text(arn).rpartition("/")[2] for arn in managed]
    yield from (name for name in names if name in TOO_MUCH_FOR_A_NODE)
    attached = [*policies_of(environment, role), *environment.targets(managed)]
    documents = [
        *(look_up(policy, "PolicyDocument") for policy in dicts(role.properties, "Policies")),
        *(policy.properties.get("PolicyDocument") for policy in attached),
    ]
    for document in documents:
        statements = look_up(document, "Statement")
        for statement in dicts([statements, *items(statements)]):
            actions = statement.get("Action")
            if statement.get("Effect") == "Allow" and "*" in [actions, *items(actions)]:
                yield "all actions"


def _may_be(value: object, word: str) -> bool:
    """Tell whether a value is a word in the way that CloudFormation reads it, or isn't known."""
    return isinstance(value, Unknown) or str(value).lower() == word

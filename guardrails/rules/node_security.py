"""What a node gives away: its credentials, its disks, its ports, its role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guardrails.clusters import CLUSTER, NODE_GROUP
from guardrails.environment import Environment, Resource
from guardrails.exposure import FAMILY
from guardrails.intrinsics import text
from guardrails.rule import Finding, Rule

LAUNCH_TEMPLATE = "AWS::EC2::LaunchTemplate"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
EVERYWHERE = ("0.0.0.0/0", "::/0")
TOO_MUCH_FOR_A_NODE = (
    "AdministratorAccess",
    "PowerUserAccess",
    "IAMFullAccess",
    "AmazonEKS_CNI_Policy",
)


def _metadata_for_everybody(environment: Environment) -> Iterator[Finding]:
    location = "Properties/LaunchTemplateData/MetadataOptions"
    for template in environment.resources(LAUNCH_TEMPLATE):
        options = template.properties.get("LaunchTemplateData", {}).get("MetadataOptions", {})
        if options.get("HttpEndpoint") == "disabled":
            continue
        if options.get("HttpTokens") != "required":
            yield Finding(resource=template, value="IMDSv1", location=location)
        # Without a number EC2 or the AMI decides, and Amazon Linux 2023 says 2.
        if options.get("HttpPutResponseHopLimit") != 1:
            yield Finding(resource=template, value="hop limit", location=location)
    for group in _groups_without_template(environment):
        yield Finding(
            resource=group,
            value="hop limit",
            location="Properties/LaunchTemplate",
            detail="Without a launch template EKS makes one whose hop limit is 2.",
        )


def _readable_disks(environment: Environment) -> Iterator[Finding]:
    for template in environment.resources(LAUNCH_TEMPLATE):
        data = template.properties.get("LaunchTemplateData", {})
        for device in data.get("BlockDeviceMappings") or [{"DeviceName": "root volume"}]:
            if device.get("Ebs", {}).get("Encrypted") is not True:
                yield Finding(
                    resource=template,
                    value=text(device.get("DeviceName", "root volume")),
                    location="Properties/LaunchTemplateData/BlockDeviceMappings",
                )
    for group in _groups_without_template(environment):
        yield Finding(resource=group, value="root volume", location="Properties/LaunchTemplate")
    for volume in environment.resources("AWS::EC2::Volume"):
        if volume.properties.get("Encrypted") is not True:
            yield Finding(resource=volume, value="volume", location="Properties/Encrypted")
    for item in environment.kubernetes_objects("StorageClass"):
        parameters = item.content.get("parameters") or {}
        if (
            item.content.get("provisioner") in {"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com"}
            and str(parameters.get("encrypted")).lower() != "true"
        ):
            yield Finding(
                resource=item.resource,
                value=f"StorageClass/{item.name}",
                location="Properties/Manifest",
            )


def _groups_without_template(environment: Environment) -> Iterator[Resource]:
    for group in environment.resources(NODE_GROUP):
        if "LaunchTemplate" not in group.properties:
            yield group


def _open_ports(environment: Environment) -> Iterator[Finding]:
    guarded = set(_security_groups_of_nodes(environment))
    for group in environment.resources(SECURITY_GROUP):
        if group in guarded:
            for rule in group.properties.get("SecurityGroupIngress", ()):
                if _from_everywhere(rule):
                    yield Finding(
                        resource=group,
                        value=_ports(rule),
                        location="Properties/SecurityGroupIngress",
                    )
    for ingress in environment.resources(INGRESS):
        target = environment.named_by(ingress, ingress.properties.get("GroupId"))
        into_nodes = target is not None and (target in guarded or target.kind == CLUSTER)
        if into_nodes and _from_everywhere(ingress.properties):
            yield Finding(
                resource=ingress, value=_ports(ingress.properties), location="Properties/CidrIp"
            )
    for group in environment.resources(NODE_GROUP):
        remote = group.properties.get("RemoteAccess")
        if remote and not remote.get("SourceSecurityGroups"):
            yield Finding(
                resource=group,
                value="22",
                location="Properties/RemoteAccess/SourceSecurityGroups",
                detail="Without source groups EKS opens SSH to the internet.",
            )


def _security_groups_of_nodes(environment: Environment) -> Iterator[Resource]:
    for template in environment.resources(LAUNCH_TEMPLATE):
        data = template.properties.get("LaunchTemplateData", {})
        values = [
            *data.get("SecurityGroupIds", ()),
            *(
                value
                for interface in data.get("NetworkInterfaces", ())
                for value in interface.get("Groups", ())
            ),
        ]
        for value in values:
            group = environment.named_by(template, value)
            if group is not None:
                yield group
    for cluster in environment.resources(CLUSTER):
        for value in cluster.properties.get("ResourcesVpcConfig", {}).get("SecurityGroupIds", ()):
            group = environment.named_by(cluster, value)
            if group is not None:
                yield group


def _from_everywhere(rule: Mapping[str, Any]) -> bool:
    return rule.get("CidrIp") in EVERYWHERE or rule.get("CidrIpv6") in EVERYWHERE


def _ports(rule: Mapping[str, Any]) -> str:
    if str(rule.get("IpProtocol")) == "-1":
        return "all"
    return "-".join(dict.fromkeys(text(rule.get(end, "")) for end in ("FromPort", "ToPort")))


def _powerful_nodes(environment: Environment) -> Iterator[Finding]:
    for group in environment.resources(NODE_GROUP):
        role = environment.named_by(group, group.properties.get("NodeRole"))
        for value in dict.fromkeys(_powers_of(environment, role)):
            yield Finding(
                resource=group,
                value=value,
                location="Properties/NodeRole",
                detail=f"The role is {role.path}." if role else "",
            )


def _powers_of(environment: Environment, role: Resource | None) -> Iterator[str]:
    if role is None:
        return
    for arn in role.properties.get("ManagedPolicyArns", ()):
        name = text(arn).rpartition("/")[2]
        if name in TOO_MUCH_FOR_A_NODE:
            yield name
    documents = [policy["PolicyDocument"] for policy in role.properties.get("Policies", ())]
    for policy in environment.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        names = policy.properties.get("Roles", ())
        if role in [environment.named_by(policy, name) for name in names]:
            documents.append(policy.properties["PolicyDocument"])
    for document in documents:
        statements = document["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            if statement["Effect"] == "Allow" and statement.get("Action") in ("*", ["*"]):
                yield "all actions"


RULES = (
    Rule(
        id="EXPOSE3",
        family=FAMILY,
        reason="A pod can fetch the node's credentials from the instance metadata service: IMDSv1 "
        "answers a forged request, and a second hop reaches into containers.",
        source="https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html",
        mend="Give the node group a launch template with HttpTokens=required and "
        "HttpPutResponseHopLimit=1.",
        check=_metadata_for_everybody,
    ),
    Rule(
        id="EXPOSE4",
        family=FAMILY,
        reason="What pods write to the disk is stored in the clear, unless the account encrypts by "
        "default.",
        source="https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
        mend='Set Encrypted on each volume of the launch template, and `encrypted: "true"` in '
        "each StorageClass.",
        check=_readable_disks,
    ),
    Rule(
        id="EXPOSE5",
        family=FAMILY,
        reason="Nodes or the control plane's interfaces take connections from the whole internet.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html",
        mend="Name the networks or security groups that may connect, and reach nodes by Session "
        "Manager instead of SSH.",
        check=_open_ports,
    ),
    Rule(
        id="EXPOSE6",
        family=FAMILY,
        reason="What a node's role may do, every pod may that reaches the node's credentials.",
        source="https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html",
        mend="Take the policy off the node role; give the CNI AmazonEKS_CNI_Policy by Pod "
        "Identity.",
        check=_powerful_nodes,
    ),
)

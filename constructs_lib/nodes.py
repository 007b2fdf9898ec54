"""What nodes of every kind have: a role and a launch template."""

from __future__ import annotations

from aws_cdk import Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge, managed_policy_finding
from constructs_lib.specs.nodes import NodesSpec

BOTTLEROCKET_ROOT_GIB = 4
"""Bottlerocket keeps its own system on a small volume of its own, and containers on a second."""

NODE_POLICIES = {
    "AmazonEKSWorkerNodePolicy": "The kubelet needs it to join the cluster, and the Pod Identity "
    "agent to hand out credentials; EKS requires this policy.",
    "AmazonEC2ContainerRegistryPullOnly": "The kubelet pulls images from ECR repositories that "
    "application teams create later, so their ARNs are not known here; it can't push.",
    "AmazonSSMManagedInstanceCore": "Session Manager is the only way onto a node: no SSH port, no "
    "key pair. CloudTrail records who opens a session; what is typed there only where the account's "
    "Session Manager preferences send it to a log.",
}


def node_role(scope: Construct, *, description: str) -> iam.Role:
    """Make the role of nodes: what the kubelet needs, and Session Manager."""
    role = iam.Role(
        scope,
        "Role",
        description=description,
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        managed_policies=[
            iam.ManagedPolicy.from_aws_managed_policy_name(policy) for policy in NODE_POLICIES
        ],
    )
    acknowledge(
        role,
        {managed_policy_finding(policy): reason for policy, reason in NODE_POLICIES.items()},
    )
    return role


def node_launch_template(
    scope: Construct, *, name: str, spec: NodesSpec, data: str | None
) -> ec2.LaunchTemplate:
    """Make the launch template of nodes that are called `name`, with user `data`.

    It hands the tags of its scope on to instances and volumes.
    """
    if spec.ami_type.startswith("BOTTLEROCKET"):
        volumes = [("/dev/xvda", BOTTLEROCKET_ROOT_GIB), ("/dev/xvdb", spec.disk_size_gib)]
    else:
        volumes = [("/dev/xvda", spec.disk_size_gib)]
    template = ec2.LaunchTemplate(
        scope,
        "LaunchTemplate",
        # No security group: EKS then gives nodes the cluster security group.
        require_imdsv2=True,
        # One hop: containers can't reach the node's credentials.
        http_put_response_hop_limit=1,
        user_data=None if data is None else ec2.UserData.custom(data),
        block_devices=[
            ec2.BlockDevice(
                device_name=device,
                volume=ec2.BlockDeviceVolume.ebs(
                    size, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
                ),
            )
            for device, size in volumes
        ],
    )
    Tags.of(template).add("Name", name)
    return template

"""A managed node group: EC2 instances that EKS starts, updates and drains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge, managed_policy_finding
from constructs_lib.specs.compute import NodeGroupSpec
from constructs_lib.specs.node_user_data import user_data
from constructs_lib.specs.proxy_settings import ProxySettings

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


class ManagedNodeGroup(Construct):
    """A node group with its role and its launch template."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        cluster_name: str,
        kubernetes_version: str,
        spec: NodeGroupSpec,
        subnets: Mapping[str, ec2.ISubnet],
        proxy: ProxySettings | None,
    ) -> None:
        """Make the group in the `subnets` of its zones.

        Nodes run the kubelet of `kubernetes_version`. The launch template hands the tags of its
        scope on to instances and volumes.
        """
        super().__init__(scope, construct_id)
        self.role = self._role()
        self.launch_template = self._launch_template(f"{cluster_name}-{spec.name}", spec, proxy)
        self.node_group = eks.Nodegroup(
            self,
            "NodeGroup",
            cluster=cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
            node_role=self.role,
            subnets=ec2.SubnetSelection(
                subnets=[subnets[zone] for zone in sorted(spec.zones or subnets)]
            ),
            instance_types=[ec2.InstanceType(name) for name in spec.instance_types],
            ami_type=_AMI_TYPES[spec.ami_type],
            capacity_type=eks.CapacityType[spec.capacity_type],
            min_size=spec.min_size,
            desired_size=spec.desired_size,
            max_size=spec.max_size,
            labels=dict(spec.labels) or None,
            taints=_taints(spec) or None,
            launch_template_spec=eks.LaunchTemplateSpec(
                id=cast("str", self.launch_template.launch_template_id),
                version=self.launch_template.latest_version_number,
            ),
            release_version=spec.release_version,
            max_unavailable=spec.max_unavailable,
            max_unavailable_percentage=spec.update_percentage,
            enable_node_auto_repair=spec.node_repair,
            # True would let an update ignore pod disruption budgets.
            force_update=False,
        )
        # Else nodes would stay behind when the cluster is upgraded. The L2 has no name for it.
        resource = cast("eks.CfnNodegroup", self.node_group.node.default_child)
        resource.version = kubernetes_version

    def _role(self) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            description="Nodes of a managed node group",
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

    def _launch_template(
        self, name: str, spec: NodeGroupSpec, proxy: ProxySettings | None
    ) -> ec2.LaunchTemplate:
        data = user_data(spec.ami_type, spec.max_pods, proxy)
        if spec.ami_type.startswith("BOTTLEROCKET"):
            volumes = [("/dev/xvda", BOTTLEROCKET_ROOT_GIB), ("/dev/xvdb", spec.disk_size_gib)]
        else:
            volumes = [("/dev/xvda", spec.disk_size_gib)]
        template = ec2.LaunchTemplate(
            self,
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


_AMI_TYPES = {
    "AL2023_x86_64_STANDARD": eks.NodegroupAmiType.AL2023_X86_64_STANDARD,
    "AL2023_ARM_64_STANDARD": eks.NodegroupAmiType.AL2023_ARM_64_STANDARD,
    "BOTTLEROCKET_x86_64": eks.NodegroupAmiType.BOTTLEROCKET_X86_64,
    "BOTTLEROCKET_ARM_64": eks.NodegroupAmiType.BOTTLEROCKET_ARM_64,
}


def _taints(spec: NodeGroupSpec) -> Sequence[eks.TaintSpec]:
    return [
        eks.TaintSpec(key=taint.key, value=taint.value, effect=eks.TaintEffect[taint.effect])
        for taint in spec.taints
    ]

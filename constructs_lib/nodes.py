"""What nodes of every kind have: a role and a launch template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from aws_cdk import RemovalPolicy, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge, managed_policy_finding
from constructs_lib.network import NetworkResources
from constructs_lib.permissions import permit
from constructs_lib.specs.cluster import ClusterSpec, VpcCniSpec
from constructs_lib.specs.cni import cni_of
from constructs_lib.specs.machine_features import interfaces
from constructs_lib.specs.machines import MachinesSpec
from constructs_lib.specs.node_user_data import Joining
from constructs_lib.specs.permissions import PermissionsSpec
from constructs_lib.specs.proxy_settings import ProxySettings

BOTTLEROCKET_ROOT_GIB = 4
"""Bottlerocket keeps its own system on a small volume of its own, and containers on a second."""
TAKES_VOLUMES_OF = "ebs.csi.aws.com/cluster-name"
"""The tag by which the EBS CSI driver may attach volumes to an instance. EKS gives those of managed groups
one of its own (AWS managed policy reference, "AmazonEBSCSIDriverEKSClusterScopedPolicy")."""

NODE_POLICIES = {
    "AmazonEKSWorkerNodePolicy": "The kubelet needs it to join the cluster, and the Pod Identity "
    "agent to hand out credentials; EKS requires this policy.",
    "AmazonEC2ContainerRegistryPullOnly": "The kubelet pulls images from ECR repositories that "
    "application teams create later, so their ARNs are not known here; it can't push.",
    "AmazonSSMManagedInstanceCore": "Session Manager is the only way onto a node: no SSH port, no "
    "key pair. CloudTrail records who opens a session; what is typed there only where the account's "
    "Session Manager preferences send it to a log.",
}

BECAUSE = """\
The environment gives the nodes this policy, for what runs on them beside pods: pods get permissions of \
their own and can't reach the nodes' credentials."""


class Permitted(Protocol):
    """A specification of what nodes may do in AWS."""

    @property
    def permissions(self) -> PermissionsSpec:
        """Return what they may do beside what EKS asks for."""

    @property
    def permissions_boundary(self) -> str | None:
        """Return the boundary of their role."""


def node_role(scope: Construct, *, description: str, spec: Permitted) -> iam.Role:
    """Make the role of nodes: what the kubelet needs, Session Manager, what `spec` permits."""
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
    permit(role, spec.permissions, because=BECAUSE)
    if spec.permissions_boundary is not None:
        boundary = iam.ManagedPolicy.from_managed_policy_arn(
            scope, "PermissionsBoundary", spec.permissions_boundary
        )
        iam.PermissionsBoundary.of(role).apply(boundary)
    return role


@dataclass(frozen=True, kw_only=True)
class JoinedCluster:
    """The cluster that compute of every kind joins. Nodes are in the private subnets of their zones."""

    cluster: eks.Cluster
    spec: ClusterSpec
    network: NetworkResources
    vpc_cni: VpcCniSpec
    proxy: ProxySettings | None
    has_nodes: bool
    """Whether nodes run the platform's own pods and agents."""
    default_storage_class: bool
    """Whether compute that brings a storage class makes it the default."""
    tags: Mapping[str, str]
    """Those of the environment, for what Kubernetes makes in AWS."""
    pod_log_retention_days: int
    """Days that the logs of pods on Fargate are kept."""
    removal_policy: RemovalPolicy
    log_key: kms.IKey | None

    def subnets_in(self, zones: Sequence[str] | None) -> list[ec2.ISubnet]:
        """Return the subnets of some zones, or of all, in their order."""
        subnets = self.network.private_subnets
        return [subnets[zone] for zone in sorted(zones or subnets)]


def joining_user_data(joined: JoinedCluster, spec: MachinesSpec) -> str | None:
    """Return the user data of nodes that join by themselves."""
    joins = Joining(
        cluster_name=joined.spec.name,
        endpoint=joined.cluster.cluster_endpoint,
        certificate_authority=joined.cluster.cluster_certificate_authority_data,
        service_range=cast("str", joined.spec.service_ipv4_cidr or spec.service_ipv4_cidr),
        labels=spec.node_labels,
        taints=spec.node_taints,
    )
    # nodeadm would count without EKS's cap: this is the number of the plan.
    most = spec.planned(()).limit(cni_of(joined.vpc_cni)).pods
    return spec.told(joined.proxy, joins, most)


def node_launch_template(
    scope: Construct,
    *,
    name: str,
    spec: MachinesSpec,
    data: str | None,
    role: iam.IRole | None = None,
    security_group: ec2.ISecurityGroup | None = None,
    image: str | None = None,
) -> ec2.LaunchTemplate:
    """Make the launch template of nodes that are called `name`, with user `data`.

    It hands the tags of its scope on to instances and volumes.
    """
    disks = _disks(spec)
    template = ec2.LaunchTemplate(
        scope,
        "LaunchTemplate",
        role=role,
        # Without one EKS gives nodes the cluster security group.
        security_group=None if spec.efa else security_group,
        require_imdsv2=True,
        # One hop: containers can't reach the node's credentials.
        http_put_response_hop_limit=1,
        user_data=None if data is None else ec2.UserData.custom(data),
        block_devices=[
            ec2.BlockDevice(device_name=device, volume=disk) for device, disk in disks.items()
        ],
        detailed_monitoring=spec.detailed_monitoring or None,
        nitro_enclave_enabled=spec.nitro_enclaves or None,
        placement_group=_placement_group(scope, spec.placement_group),
    )
    resource = cast("ec2.CfnLaunchTemplate", template.node.default_child)
    if image is not None:
        resource.add_property_override("LaunchTemplateData.ImageId", image)
    if role is not None or spec.capacity_type == "CAPACITY_BLOCK":
        # A group's own list of types goes before it. EKS wants it of a Capacity Block, and refuses it of others.
        resource.add_property_override("LaunchTemplateData.InstanceType", spec.instance_types[0])
    if spec.disk_snapshot_id is not None:
        at = f"LaunchTemplateData.BlockDeviceMappings.{len(disks) - 1}.Ebs.SnapshotId"
        resource.add_property_override(at, spec.disk_snapshot_id)
    if spec.capacity_reservation_id is not None:
        resource.add_property_override(
            "LaunchTemplateData.CapacityReservationSpecification.CapacityReservationTarget",
            {"CapacityReservationId": spec.capacity_reservation_id},
        )
    if spec.efa and security_group is not None:
        resource.add_property_override(
            "LaunchTemplateData.NetworkInterfaces",
            [
                {
                    "NetworkCardIndex": card,
                    "DeviceIndex": 0,
                    "InterfaceType": kind,
                    "Groups": [security_group.security_group_id],
                }
                for card, kind in enumerate(interfaces(spec.instance_types[0]))
            ],
        )
    if spec.capacity_type == "CAPACITY_BLOCK":
        at = "LaunchTemplateData.InstanceMarketOptions.MarketType"
        resource.add_property_override(at, "capacity-block")
    Tags.of(template).add("Name", name)
    return template


def _disks(spec: MachinesSpec) -> dict[str, ec2.BlockDeviceVolume]:
    """Return the disks of an image by device: the last one is for images, logs and emptyDirs."""
    data = ec2.BlockDeviceVolume.ebs(
        spec.disk_size_gib,
        encrypted=True,
        volume_type=ec2.EbsDeviceVolumeType[spec.disk_type.upper()],
        iops=spec.disk_iops,
        throughput=spec.disk_throughput_mib,
    )
    if spec.is_windows:
        return {"/dev/sda1": data}
    if not spec.ami_type.startswith("BOTTLEROCKET"):
        return {"/dev/xvda": data}
    system = ec2.BlockDeviceVolume.ebs(
        BOTTLEROCKET_ROOT_GIB, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3
    )
    return {"/dev/xvda": system, "/dev/xvdb": data}


def _placement_group(scope: Construct, strategy: str | None) -> ec2.PlacementGroup | None:
    if strategy is None:
        return None
    return ec2.PlacementGroup(
        scope, "PlacementGroup", strategy=ec2.PlacementGroupStrategy[strategy.upper()]
    )

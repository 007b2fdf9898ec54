"""Machines of several kinds: GPUs, Inferentia, fast disks, a warm pool, a cluster placement group."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import NodeGroupSpec, WarmPoolSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec
from constructs_lib.specs.permissions import PermissionsSpec

ENVIRONMENT = EnvironmentConfig(
    name="machines",
    region="eu-west-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    network=NetworkSpec(
        cidr="10.75.0.0/16",
        zones=("eu-west-1a", "eu-west-1b"),
        nat_gateways="single",
        flow_logs=FlowLogsSpec(retention_days=7),
    ),
    cluster=ClusterSpec(
        name="machines",
        kubernetes_version="1.36",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("203.0.113.0/24",),
        log_retention_days=7,
        deletion_protection=False,
    ),
    node_groups=(
        # For the platform's own pods, and for whatever doesn't ask for an accelerator.
        NodeGroupSpec(
            name="General",
            instance_types=("m7g.large",),
            ami_type="AL2023_ARM_64_STANDARD",
            min_size=2,
            desired_size=2,
            max_size=4,
            warm_pool=WarmPoolSpec(min_size=1, reuse_on_scale_in=True),
            permissions=PermissionsSpec(managed_policies=("CloudWatchAgentServerPolicy",)),
            tags={"cost-center": "platform"},
        ),
        # Nodes get the taint nvidia.com/gpu, the label nvidia.com/gpu.present and the device plug-in.
        NodeGroupSpec(
            name="Gpu",
            instance_types=("g5.xlarge", "g5.2xlarge"),
            ami_type="AL2023_x86_64_NVIDIA",
            min_size=0,
            desired_size=1,
            max_size=2,
            disk_size_gib=200,
            disk_iops=6_000,
            disk_throughput_mib=500,
            instance_store="RAID0",
        ),
        NodeGroupSpec(
            name="Neuron",
            instance_types=("inf2.xlarge",),
            ami_type="AL2023_x86_64_NEURON",
            min_size=0,
            desired_size=0,
            max_size=1,
        ),
        NodeGroupSpec(
            name="Close",
            # Two network cards: pods ask for vpc.amazonaws.com/efa: 2.
            instance_types=("c6in.32xlarge",),
            efa=True,
            ami_type="BOTTLEROCKET_x86_64",
            min_size=0,
            desired_size=0,
            max_size=4,
            zones=("eu-west-1a",),
            placement_group="cluster",
            disk_type="io2",
            disk_iops=10_000,
            detailed_monitoring=True,
            nitro_enclaves=True,
            update_strategy="MINIMAL",
            user_data='[settings.kernel.sysctl]\n"net.core.somaxconn" = "4096"\n',
        ),
    ),
    add_ons=AddOnsSpec(load_balancer_controller=None),
)

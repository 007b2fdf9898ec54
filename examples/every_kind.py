"""Every kind of compute that one cluster can have: managed and self-managed nodes, Windows, Fargate, Karpenter."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import (
    FargateProfileSpec,
    FargateSelectorSpec,
    NodeGroupSpec,
    SelfManagedNodeGroupSpec,
    TaintSpec,
)
from constructs_lib.specs.karpenter import Ec2NodeClassSpec, KarpenterSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec
from constructs_lib.specs.node_pool_parts import LimitsSpec, RequirementSpec
from constructs_lib.specs.node_pools import KarpenterNodePoolSpec

ENVIRONMENT = EnvironmentConfig(
    name="every-kind",
    region="eu-west-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    tags={"owner": "platform"},
    network=NetworkSpec(
        cidr="10.79.0.0/16",
        zones=("eu-west-1a", "eu-west-1b", "eu-west-1c"),
        nat_gateways="single",
        flow_logs=FlowLogsSpec(retention_days=7),
    ),
    cluster=ClusterSpec(
        name="every-kind",
        kubernetes_version="1.36",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("203.0.113.0/24",),
        # Self-managed nodes must be told.
        service_ipv4_cidr="172.20.0.0/16",
        log_retention_days=7,
        deletion_protection=False,
    ),
    node_groups=(
        # Managed, for the platform's own pods, and Karpenter's.
        NodeGroupSpec(
            name="System",
            instance_types=("m7g.large",),
            ami_type="BOTTLEROCKET_ARM_64",
            min_size=2,
            desired_size=2,
            max_size=3,
        ),
        # Managed, on Spot, with GPUs: nodes only while a pod asks for one.
        NodeGroupSpec(
            name="Gpu",
            instance_types=("g5.xlarge", "g4dn.xlarge"),
            ami_type="AL2023_x86_64_NVIDIA",
            capacity_type="SPOT",
            min_size=0,
            desired_size=0,
            max_size=2,
            disk_size_gib=200,
        ),
        NodeGroupSpec(
            name="Windows",
            instance_types=("m7i.xlarge",),
            ami_type="WINDOWS_CORE_2022_x86_64",
            disk_size_gib=100,
            node_repair=False,
            min_size=0,
            desired_size=1,
            max_size=2,
        ),
        # An image of your own: nodes are told by user data what EKS tells others.
        NodeGroupSpec(
            name="Hardened",
            instance_types=("m7g.large",),
            ami_type="AL2023_ARM_64_STANDARD",
            ami_id="ami-0a1b2c3d4e5f67890",
            min_size=0,
            desired_size=1,
            max_size=3,
            labels={"image": "hardened"},
            taints=(TaintSpec(key="image", value="hardened", effect="NO_SCHEDULE"),),
        ),
        SelfManagedNodeGroupSpec(
            name="Batch",
            instance_types=("m6i.xlarge", "m6a.xlarge", "m5.xlarge"),
            ami_type="AL2023_x86_64_STANDARD",
            # A pinned image: no deploy changes it by the way.
            release_version="1.36.1-20261015",
            capacity_type="SPOT",
            on_demand_base=1,
            on_demand_percentage=25,
            min_size=0,
            desired_size=1,
            max_size=6,
            labels={"workload": "batch"},
            taints=(TaintSpec(key="workload", value="batch", effect="NO_SCHEDULE"),),
        ),
    ),
    fargate_profiles=(
        FargateProfileSpec(name="Jobs", selectors=(FargateSelectorSpec(namespace="jobs"),)),
    ),
    karpenter=KarpenterSpec(
        node_classes=(Ec2NodeClassSpec(name="default", ami="bottlerocket@v1.50.0"),),
        node_pools=(
            KarpenterNodePoolSpec(
                name="general",
                node_class="default",
                requirements=(
                    RequirementSpec(
                        key="karpenter.k8s.aws/instance-family", values=("m7g", "c7g", "r7g")
                    ),
                    RequirementSpec(
                        key="karpenter.k8s.aws/instance-size", values=("large", "xlarge", "2xlarge")
                    ),
                    RequirementSpec(key="karpenter.sh/capacity-type", values=("spot", "on-demand")),
                ),
                limits=LimitsSpec(cpu=32),
                termination_grace_period="10m",
            ),
        ),
    ),
    namespaces=(NamespaceSpec(name="jobs"),),
    add_ons=AddOnsSpec(),
)

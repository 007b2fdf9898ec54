"""Windows nodes beside the Linux nodes that the platform's own pods need."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import NodeGroupSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec

ENVIRONMENT = EnvironmentConfig(
    name="windows",
    region="eu-west-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    network=NetworkSpec(
        cidr="10.78.0.0/16",
        zones=("eu-west-1a", "eu-west-1b"),
        nat_gateways="single",
        flow_logs=FlowLogsSpec(retention_days=14),
    ),
    cluster=ClusterSpec(
        name="windows",
        kubernetes_version="1.36",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("203.0.113.0/24",),
        log_retention_days=14,
        deletion_protection=False,
    ),
    node_groups=(
        NodeGroupSpec(
            name="General",
            instance_types=("m7g.large",),
            ami_type="AL2023_ARM_64_STANDARD",
            min_size=2,
            desired_size=2,
            max_size=4,
        ),
        # Pods need a nodeSelector kubernetes.io/os: windows and a toleration of os=windows.
        NodeGroupSpec(
            name="Windows",
            instance_types=("m7i.xlarge",),
            ami_type="WINDOWS_CORE_2022_x86_64",
            disk_size_gib=100,
            node_repair=False,
            min_size=1,
            desired_size=2,
            max_size=4,
        ),
    ),
    add_ons=AddOnsSpec(),
)

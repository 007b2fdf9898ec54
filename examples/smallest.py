"""The smallest sensible cluster: two zones, one NAT gateway, two small nodes."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import NodeGroupSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec

ENVIRONMENT = EnvironmentConfig(
    name="smallest",
    region="eu-west-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    network=NetworkSpec(
        cidr="10.70.0.0/16",
        zones=("eu-west-1a", "eu-west-1b"),
        nat_gateways="single",
        flow_logs=FlowLogsSpec(retention_days=7),
    ),
    cluster=ClusterSpec(
        name="smallest",
        kubernetes_version="1.36",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("203.0.113.0/24",),
        log_retention_days=7,
        deletion_protection=False,
    ),
    node_groups=(
        NodeGroupSpec(
            name="General",
            instance_types=("t4g.medium",),
            ami_type="AL2023_ARM_64_STANDARD",
            min_size=2,
            desired_size=2,
            max_size=3,
        ),
    ),
    add_ons=AddOnsSpec(load_balancer_controller=None),
)

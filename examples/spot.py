"""Spot nodes beside two On-Demand nodes, on which the platform's own pods stay."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import NodeGroupSpec, TaintSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec

ENVIRONMENT = EnvironmentConfig(
    name="spot",
    region="eu-west-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    network=NetworkSpec(
        cidr="10.84.0.0/16",
        zones=("eu-west-1a", "eu-west-1b", "eu-west-1c"),
        nat_gateways="single",
        flow_logs=FlowLogsSpec(retention_days=14),
    ),
    cluster=ClusterSpec(
        name="spot",
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
            max_size=3,
        ),
        NodeGroupSpec(
            name="Spot",
            # One shape, several families and generations: EC2 rarely takes back all of them at once.
            instance_types=("m7g.large", "m6g.large", "m6gd.large"),
            ami_type="AL2023_ARM_64_STANDARD",
            capacity_type="SPOT",
            min_size=0,
            desired_size=3,
            max_size=9,
            # Pods that may be interrupted say so by a toleration.
            taints=(TaintSpec(key="capacity", value="spot", effect="NO_SCHEDULE"),),
        ),
    ),
    add_ons=AddOnsSpec(load_balancer_controller=None),
)

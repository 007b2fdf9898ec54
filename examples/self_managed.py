"""Nodes that you manage: a steady group, and a mix of On-Demand and Spot for batch work."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import SelfManagedNodeGroupSpec, TaintSpec, WarmPoolSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec

ENVIRONMENT = EnvironmentConfig(
    name="self-managed",
    region="eu-west-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    tags={"owner": "platform"},
    network=NetworkSpec(
        cidr="10.75.0.0/16",
        zones=("eu-west-1a", "eu-west-1b", "eu-west-1c"),
        nat_gateways="single",
        flow_logs=FlowLogsSpec(retention_days=7),
    ),
    cluster=ClusterSpec(
        name="self-managed",
        kubernetes_version="1.36",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("203.0.113.0/24",),
        # Self-managed nodes must be told.
        service_ipv4_cidr="172.20.0.0/16",
        log_retention_days=7,
        deletion_protection=False,
    ),
    node_groups=(
        SelfManagedNodeGroupSpec(
            name="General",
            instance_types=("m7g.large",),
            ami_type="AL2023_ARM_64_STANDARD",
            # A pinned image: no deploy changes it by the way.
            release_version="1.36.1-20261015",
            min_size=2,
            desired_size=3,
            max_size=4,
        ),
        SelfManagedNodeGroupSpec(
            name="Batch",
            instance_types=("m6i.xlarge", "m6a.xlarge", "m5.xlarge"),
            ami_type="BOTTLEROCKET_x86_64",
            capacity_type="SPOT",
            on_demand_base=1,
            on_demand_percentage=25,
            min_size=0,
            desired_size=1,
            max_size=6,
            max_batch_size=2,
            labels={"workload": "batch"},
            taints=(TaintSpec(key="workload", value="batch", effect="NO_SCHEDULE"),),
        ),
        # Instances that are made ready and stopped, until an autoscaler asks for them. Only Bottlerocket's
        # stay out of the cluster until then.
        SelfManagedNodeGroupSpec(
            name="Burst",
            instance_types=("m7g.large", "m6g.large"),
            ami_type="BOTTLEROCKET_ARM_64",
            min_size=0,
            desired_size=0,
            max_size=3,
            taints=(TaintSpec(key="workload", value="burst", effect="NO_SCHEDULE"),),
            warm_pool=WarmPoolSpec(min_size=1, max_group_prepared_capacity=2),
        ),
    ),
    add_ons=AddOnsSpec(load_balancer_controller=None),
)

"""Development: small and cheap, easy to reach, easy to delete."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import FargateProfileSpec, FargateSelectorSpec, NodeGroupSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec
from workloads.sample_service import SampleService

ENVIRONMENT = EnvironmentConfig(
    name="dev",
    region="eu-west-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    tags={"environment": "dev", "project": "eks-groundwork"},
    network=NetworkSpec(
        cidr="10.10.0.0/16",
        zones=("eu-west-1a", "eu-west-1b"),
        nat_gateways="single",
        flow_logs=FlowLogsSpec(retention_days=7),
    ),
    cluster=ClusterSpec(
        name="groundwork-dev",
        kubernetes_version="1.36",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("0.0.0.0/0",),
        endpoint_open_because="Developers work from changing addresses; IAM still guards every call.",
        log_retention_days=7,
        deletion_protection=False,
    ),
    node_groups=(
        NodeGroupSpec(
            name="General",
            instance_types=("t4g.large", "m7g.large", "m6g.large"),
            ami_type="AL2023_ARM_64_STANDARD",
            capacity_type="SPOT",
            min_size=2,
            desired_size=2,
            max_size=4,
        ),
    ),
    fargate_profiles=(
        FargateProfileSpec(
            name="SampleApi",
            selectors=(
                FargateSelectorSpec(
                    namespace="sample", labels={"app.kubernetes.io/component": "api"}
                ),
            ),
        ),
    ),
    add_ons=AddOnsSpec(),
    workloads=(
        SampleService(
            load_balancer_scheme="internet-facing",
            load_balancer_source_ranges=("0.0.0.0/0",),
        ),
    ),
)

"""No nodes to patch: every pod runs on Fargate, CoreDNS included."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import FargateProfileSpec, FargateSelectorSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec

ENVIRONMENT = EnvironmentConfig(
    name="fargate-only",
    region="eu-west-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    network=NetworkSpec(
        cidr="10.72.0.0/16",
        zones=("eu-west-1a", "eu-west-1b"),
        nat_gateways="single",
        flow_logs=FlowLogsSpec(retention_days=14),
    ),
    cluster=ClusterSpec(
        name="fargate-only",
        kubernetes_version="1.36",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("203.0.113.0/24",),
        log_retention_days=14,
        deletion_protection=False,
    ),
    fargate_profiles=(
        FargateProfileSpec(
            name="Apps", selectors=(FargateSelectorSpec(namespace="app-*"),), max_pods=20
        ),
    ),
    add_ons=AddOnsSpec(coredns_compute_type="fargate", ebs_csi_driver=False),
)

"""Production: three zones, nothing public, nothing deleted by one command."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.access import AccessPolicySpec, AccessRoleSpec, AccessSpec
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec, VpcCniSpec
from constructs_lib.specs.compute import FargateProfileSpec, FargateSelectorSpec, NodeGroupSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec
from workloads.sample_service import SampleService

ENVIRONMENT = EnvironmentConfig(
    name="prod",
    region="eu-west-1",
    production=True,
    termination_protection=True,
    removal_policy="retain",
    protected_logs=True,
    tags={"environment": "prod", "project": "eks-groundwork"},
    network=NetworkSpec(
        cidr="10.20.0.0/16",
        zones=("eu-west-1a", "eu-west-1b", "eu-west-1c"),
        nat_gateways="per_zone",
        interface_endpoints=("ecr.api", "ecr.dkr", "sts"),
        flow_logs=FlowLogsSpec(destination="s3", retention_days=365),
    ),
    cluster=ClusterSpec(
        name="groundwork-prod",
        kubernetes_version="1.35",
        endpoint_public_access=False,
        log_retention_days=365,
        deletion_protection=True,
    ),
    vpc_cni=VpcCniSpec(
        prefix_delegation=True,
        warm_prefix_target=1,
    ),
    node_groups=(
        NodeGroupSpec(
            name="General",
            instance_types=("m7g.xlarge",),
            ami_type="BOTTLEROCKET_ARM_64",
            min_size=3,
            desired_size=3,
            max_size=9,
            disk_size_gib=80,
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
    fargate_log_retention_days=90,
    access=AccessSpec(
        roles=(
            AccessRoleSpec(
                name="Administrator",
                policies=(AccessPolicySpec(policy="AmazonEKSClusterAdminPolicy"),),
                require_mfa=True,
            ),
            AccessRoleSpec(
                name="ReadOnly", policies=(AccessPolicySpec(policy="AmazonEKSViewPolicy"),)
            ),
        ),
    ),
    add_ons=AddOnsSpec(),
    workloads=(
        SampleService(
            web_replicas=3,
            api_replicas=3,
            load_balancer_scheme="internal",
            load_balancer_source_ranges=("10.20.0.0/16",),
        ),
    ),
)

"""A network without internet access: AWS through endpoints, all else through a company's proxy."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.access import AccessPolicySpec, AccessRoleSpec, AccessSpec
from constructs_lib.specs.add_ons import AddOnsSpec, LoadBalancerControllerSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import NodeGroupSpec
from constructs_lib.specs.http_proxy import HttpProxySpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec

ECR = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"

ENVIRONMENT = EnvironmentConfig(
    name="closed-network",
    region="eu-central-1",
    production=True,
    termination_protection=True,
    removal_policy="retain",
    protected_logs=True,
    network=NetworkSpec(
        cidr="10.71.0.0/16",
        zones=("eu-central-1a", "eu-central-1b", "eu-central-1c"),
        nat_gateways="none",
        interface_endpoints=("kms",),
        flow_logs=FlowLogsSpec(destination="s3", retention_days=365),
    ),
    # For images of public registries. Leave it out where there is no proxy.
    http_proxy=HttpProxySpec(
        url="http://proxy.example.com:3128",
        no_proxy=(".corp.example.com",),
        ca_certificates=("examples/company-ca.pem",),
    ),
    cluster=ClusterSpec(
        name="closed-network",
        kubernetes_version="1.35",
        # The networks of the VPN and the build agents that reach the API server.
        endpoint_private_access_cidrs=("10.99.0.0/16",),
        log_retention_days=90,
    ),
    node_groups=(
        NodeGroupSpec(
            name="General",
            instance_types=("m7g.large",),
            ami_type="BOTTLEROCKET_ARM_64",
            min_size=3,
            desired_size=3,
            max_size=6,
        ),
    ),
    access=AccessSpec(
        roles=(
            AccessRoleSpec(
                name="Administrator",
                policies=(AccessPolicySpec(policy="AmazonEKSClusterAdminPolicy"),),
                trusted_principal_arns=("arn:aws:iam::111122223333:role/Platform",),
            ),
        ),
    ),
    add_ons=AddOnsSpec(
        load_balancer_controller=LoadBalancerControllerSpec(
            chart_repository=f"oci://{ECR}/charts/aws-load-balancer-controller",
            image_repository=f"{ECR}/eks/aws-load-balancer-controller",
        ),
    ),
)

"""One cluster for several teams: namespaces, roles, add-ons, and a workload from plain YAML."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.access import (
    AccessPolicySpec,
    AccessRoleSpec,
    AccessSpec,
)
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.additional_add_on import AddOnSpec
from constructs_lib.specs.cluster import ClusterSpec, VpcCniSpec
from constructs_lib.specs.compute import NodeGroupSpec
from constructs_lib.specs.manifests import Manifests
from constructs_lib.specs.namespaced_workloads import ImageSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec
from constructs_lib.specs.permissions import PermissionsSpec, StatementSpec

CATALOGUE = PermissionsSpec(
    statements=(
        StatementSpec(
            actions=("s3:GetObject",),
            resources=("arn:aws:s3:::shop-catalogue/*",),
            wildcards_because="The web front shows every picture of the catalogue.",
        ),
    ),
)

ENVIRONMENT = EnvironmentConfig(
    name="many-teams",
    region="eu-west-1",
    production=True,
    termination_protection=True,
    removal_policy="retain",
    tags={"environment": "many-teams"},
    network=NetworkSpec(
        cidr="10.74.0.0/16",
        zones=("eu-west-1a", "eu-west-1b", "eu-west-1c"),
        nat_gateways="per_zone",
        flow_logs=FlowLogsSpec(retention_days=90),
    ),
    cluster=ClusterSpec(
        name="many-teams",
        kubernetes_version="1.35",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("203.0.113.0/24",),
        log_retention_days=90,
    ),
    vpc_cni=VpcCniSpec(prefix_delegation=True),
    node_groups=(
        NodeGroupSpec(
            name="General",
            instance_types=("m7g.xlarge",),
            ami_type="AL2023_ARM_64_STANDARD",
            min_size=3,
            desired_size=3,
            max_size=9,
        ),
    ),
    namespaces=(
        NamespaceSpec(name="payments"),
        NamespaceSpec(name="search"),
    ),
    access=AccessSpec(
        roles=(
            AccessRoleSpec(
                name="Administrator",
                policies=(AccessPolicySpec(policy="AmazonEKSClusterAdminPolicy"),),
                trusted_principal_arns=("arn:aws:iam::111122223333:role/PlatformTeam",),
            ),
            AccessRoleSpec(
                name="Payments",
                policies=(
                    AccessPolicySpec(policy="AmazonEKSEditPolicy", namespaces=("payments",)),
                ),
                trusted_principal_arns=("arn:aws:iam::111122223333:role/PaymentsTeam",),
            ),
        ),
    ),
    add_ons=AddOnsSpec(
        additional=(
            AddOnSpec(name="aws-efs-csi-driver"),
            AddOnSpec(name="eks-node-monitoring-agent"),
        ),
    ),
    workloads=(
        Manifests(
            name="Shop",
            namespace="shop",
            path="examples/shop",
            values={"replicas": 3, "bucket": "shop-catalogue"},
            images={
                "image": ImageSpec(path="workloads/sample_service/web", architecture="arm64"),
            },
            service_accounts={"web": CATALOGUE},
            quota={"pods": 20, "requests.cpu": "4", "requests.memory": "8Gi"},
            default_deny=True,
        ),
    ),
)

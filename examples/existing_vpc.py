"""A cluster in a VPC that another team owns: the network is given by id."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.access import AccessPolicySpec, AccessRoleSpec, AccessSpec
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import NodeGroupSpec
from constructs_lib.specs.existing_network import ExistingNetworkSpec

ENVIRONMENT = EnvironmentConfig(
    name="existing-vpc",
    region="eu-central-1",
    account="111122223333",
    production=True,
    termination_protection=True,
    removal_policy="retain",
    protected_logs=True,
    network=ExistingNetworkSpec(
        vpc_id="vpc-0123456789abcdef0",
        cidr="10.73.0.0/16",
        private_subnets={
            "eu-central-1a": "subnet-0000000000000000a",
            "eu-central-1b": "subnet-0000000000000000b",
        },
        # AvailableIpAddressCount from `aws ec2 describe-subnets`, for the plan.
        free_addresses={"subnet-0000000000000000a": 4_000, "subnet-0000000000000000b": 4_000},
    ),
    cluster=ClusterSpec(name="existing-vpc", kubernetes_version="1.35", log_retention_days=90),
    node_groups=(
        NodeGroupSpec(
            name="General",
            instance_types=("m7i.large",),
            ami_type="AL2023_x86_64_STANDARD",
            min_size=2,
            desired_size=2,
            max_size=6,
        ),
    ),
    access=AccessSpec(
        roles=(
            AccessRoleSpec(
                name="Administrator",
                policies=(AccessPolicySpec(policy="AmazonEKSClusterAdminPolicy"),),
                require_mfa=True,
            ),
        ),
    ),
    add_ons=AddOnsSpec(),
)

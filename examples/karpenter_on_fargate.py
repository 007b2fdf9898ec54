"""Karpenter without a node group: it runs on Fargate with the platform's own pods, and makes every node."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.karpenter import Ec2NodeClassSpec, KarpenterSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec
from constructs_lib.specs.node_pool_parts import DisruptionSpec, LimitsSpec, RequirementSpec
from constructs_lib.specs.node_pools import KarpenterNodePoolSpec

ENVIRONMENT = EnvironmentConfig(
    name="karpenter-on-fargate",
    region="eu-west-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    tags={"owner": "platform"},
    network=NetworkSpec(
        cidr="10.83.0.0/16",
        zones=("eu-west-1a", "eu-west-1b", "eu-west-1c"),
        nat_gateways="single",
        flow_logs=FlowLogsSpec(retention_days=7),
    ),
    cluster=ClusterSpec(
        name="karpenter-on-fargate",
        kubernetes_version="1.36",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("203.0.113.0/24",),
        log_retention_days=7,
        deletion_protection=False,
    ),
    karpenter=KarpenterSpec(
        node_classes=(Ec2NodeClassSpec(name="default", ami="bottlerocket@v1.50.0"),),
        node_pools=(
            KarpenterNodePoolSpec(
                name="general",
                node_class="default",
                requirements=(
                    RequirementSpec(
                        key="karpenter.k8s.aws/instance-family", values=("m7g", "c7g", "r7g")
                    ),
                    RequirementSpec(
                        key="karpenter.k8s.aws/instance-size", values=("large", "xlarge", "2xlarge")
                    ),
                    RequirementSpec(key="karpenter.sh/capacity-type", values=("spot", "on-demand")),
                ),
                # The plan counts with as many of the smallest nodes as this allows.
                limits=LimitsSpec(cpu=32),
                disruption=DisruptionSpec(consolidate_after="1m"),
                # So long does a delete wait for pods that a disruption budget keeps.
                termination_grace_period="10m",
            ),
        ),
    ),
    add_ons=AddOnsSpec(
        load_balancer_controller=None,
        coredns_compute_type="fargate",
        # Its controller would need a node that Karpenter doesn't make.
        ebs_csi_driver=False,
    ),
)

"""EKS Auto Mode: a built-in pool, and a pool for Spot and one of a fixed size with a class of their own."""

from configuration.model import EnvironmentConfig
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.auto_mode import (
    AutoModeNodePoolSpec,
    AutoModeSpec,
    BuiltInNodePoolSpec,
    NodeClassSpec,
)
from constructs_lib.specs.cluster import ClusterSpec
from constructs_lib.specs.compute import TaintSpec
from constructs_lib.specs.network import FlowLogsSpec, NetworkSpec
from constructs_lib.specs.node_pool_parts import (
    BudgetSpec,
    DisruptionSpec,
    LimitsSpec,
    RequirementSpec,
)

FAMILIES = RequirementSpec(
    key="eks.amazonaws.com/instance-family", values=("m7g", "m6g", "c7g", "c6g")
)

ENVIRONMENT = EnvironmentConfig(
    name="auto-mode",
    region="eu-west-1",
    production=False,
    termination_protection=False,
    removal_policy="destroy",
    tags={"owner": "platform"},
    network=NetworkSpec(
        cidr="10.76.0.0/16",
        zones=("eu-west-1a", "eu-west-1b", "eu-west-1c"),
        nat_gateways="single",
        flow_logs=FlowLogsSpec(retention_days=7),
    ),
    cluster=ClusterSpec(
        name="auto-mode",
        kubernetes_version="1.36",
        endpoint_public_access=True,
        endpoint_public_access_cidrs=("203.0.113.0/24",),
        log_retention_days=7,
        deletion_protection=False,
    ),
    auto_mode=AutoModeSpec(
        built_in_node_pools=(BuiltInNodePoolSpec(name="general-purpose", max_cpu=24),),
        node_classes=(NodeClassSpec(name="large-disk", ephemeral_storage_gib=200),),
        node_pools=(
            AutoModeNodePoolSpec(
                name="spot",
                node_class="large-disk",
                requirements=(
                    FAMILIES,
                    RequirementSpec(key="karpenter.sh/capacity-type", values=("spot",)),
                ),
                limits=LimitsSpec(cpu=32),
                labels={"example.com/workload": "batch"},
                taints=(
                    TaintSpec(key="example.com/workload", value="batch", effect="NO_SCHEDULE"),
                ),
                # A destroy waits for the nodes.
                termination_grace_period="10m",
                disruption=DisruptionSpec(
                    consolidate_after="5m",
                    # Mondays to Fridays from 8 to 18 UTC, one node at a time.
                    budgets=(
                        BudgetSpec(),
                        BudgetSpec(nodes="1", schedule="0 8 * * mon-fri", duration="10h"),
                    ),
                ),
            ),
            AutoModeNodePoolSpec(
                name="steady",
                node_class="large-disk",
                requirements=(
                    FAMILIES,
                    RequirementSpec(key="eks.amazonaws.com/instance-cpu", values=("4",)),
                ),
                limits=LimitsSpec(nodes=3),
                replicas=2,
                termination_grace_period="10m",
            ),
        ),
    ),
    # Auto Mode has its own driver and its own controller.
    add_ons=AddOnsSpec(ebs_csi_driver=False, load_balancer_controller=None),
)

"""One environment as a stage: its stacks, wired."""

from __future__ import annotations

import json

from aws_cdk import Annotations, Environment, RemovalPolicy, Stage, Tags
from constructs import Construct

from configuration.capacity_checks import warnings_of
from configuration.capacity_plan import stated_inputs
from configuration.model import EnvironmentConfig
from configuration.remarks import remarks_of
from constructs_lib.network import NetworkResources
from constructs_lib.platform import Platform
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from stacks.cluster_stack import ClusterStack
from stacks.network_stack import NetworkStack
from stacks.workload_stack import WorkloadStack

REMOVAL_POLICIES = {
    "destroy": RemovalPolicy.DESTROY,
    # Retain would also keep what a failed deploy has just made, when that is rolled back.
    "retain": RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
}


class PlatformStage(Stage):
    """Network, cluster and workloads."""

    def __init__(self, scope: Construct, config: EnvironmentConfig) -> None:
        """Make the stacks of a checked environment."""
        env = Environment(account=config.account, region=config.region)
        super().__init__(scope, config.stage_id, env=env)
        removal_policy = REMOVAL_POLICIES[config.removal_policy]

        network: NetworkResources | ExistingNetworkSpec
        if isinstance(config.network, ExistingNetworkSpec):
            network = config.network
        else:
            network = NetworkStack(
                self,
                "Network",
                env=env,
                termination_protection=config.termination_protection,
                spec=config.network,
                removal_policy=removal_policy,
                protected_logs=config.protected_logs,
            ).network
        cluster_stack = ClusterStack(
            self,
            "Cluster",
            env=env,
            termination_protection=config.termination_protection,
            removal_policy=removal_policy,
            protected_logs=config.protected_logs,
            network=network,
            spec=config.cluster,
            handler_pulls_oci_charts=config.pulls_oci_charts,
            proxy=config.proxy,
            vpc_cni=config.vpc_cni,
            compute=config.data_plane,
            own_network=config.own_network,
            coredns=config.needs_coredns,
            pod_log_retention_days=config.fargate_log_retention_days,
            add_ons=config.add_ons,
            access=config.access,
            namespaces=config.namespaces,
            tags=config.tags,
        )
        for name, warning in warnings_of(config).items():
            acknowledgement = f"groundwork:capacity:{name.replace(' ', '-')}"
            Annotations.of(cluster_stack).add_warning_v2(acknowledgement, warning)
        for acknowledgement, remark in remarks_of(config).items():
            Annotations.of(cluster_stack).add_warning_v2(acknowledgement, remark)
        # No template shows how many pods a Fargate profile is planned for, among others.
        cluster_stack.node.add_metadata("groundwork:capacity", stated_inputs(config))
        # A review tells that the rules for production no longer apply.
        cluster_stack.node.add_metadata("groundwork:production", config.production)
        if config.accepted_replacements:
            # A review of the assembly shows what the environment consents to.
            cluster_stack.node.add_metadata(
                "groundwork:accepted-replacements", json.dumps(dict(config.accepted_replacements))
            )
        platform = Platform(
            cluster=cluster_stack.cluster,
            cluster_name=config.cluster.name,
            vpc=cluster_stack.network.vpc,
            private_subnets=cluster_stack.network.private_subnets,
            load_balancer_cidrs=cluster_stack.network.load_balancer_cidrs,
            namespaces=[each.name for each in config.namespaces],
            node_groups=config.node_groups,
            fargate_profiles=config.fargate_profiles,
        )
        stacks: dict[str, WorkloadStack] = {}
        for workload in config.workloads:
            stack = WorkloadStack(self, env=env, workload=workload, platform=platform)
            stack.add_stack_dependency(cluster_stack)
            for earlier in workload.after:
                stack.add_stack_dependency(stacks[earlier])
            stacks[workload.name] = stack
        for key, value in config.tags.items():
            Tags.of(self).add(key, value)

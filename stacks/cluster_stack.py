"""The cluster: control plane, pod networking, data plane, add-ons and access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack
from constructs import Construct, IConstruct

from constructs_lib.access import Access
from constructs_lib.cluster_add_ons import ClusterAddOns
from constructs_lib.control_plane import ControlPlane
from constructs_lib.data_plane import DataPlane
from constructs_lib.kinds import AFTER_DNS, make_compute
from constructs_lib.log_groups import logs_key
from constructs_lib.namespaces import Namespaces
from constructs_lib.network import NetworkResources, existing_network
from constructs_lib.nodes import JoinedCluster
from constructs_lib.pod_networking import PodNetworking
from constructs_lib.specs.access import AccessSpec
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import ClusterSpec, VpcCniSpec
from constructs_lib.specs.compute_protocol import ComputeSpec
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.proxy_settings import ProxySettings


class ClusterStack(Stack):
    """An EKS cluster with all that pods need."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env: Environment,
        termination_protection: bool,
        removal_policy: RemovalPolicy,
        protected_logs: bool,
        network: NetworkResources | ExistingNetworkSpec,
        spec: ClusterSpec,
        handler_pulls_oci_charts: bool,
        proxy: ProxySettings | None,
        vpc_cni: VpcCniSpec,
        compute: Sequence[ComputeSpec],
        own_network: bool,
        coredns: bool,
        pod_log_retention_days: int,
        add_ons: AddOnsSpec,
        access: AccessSpec,
        namespaces: Sequence[NamespaceSpec],
        tags: Mapping[str, str],
    ) -> None:
        """Make the cluster of one environment, without the VPC CNI where all nodes have an `own_network`."""
        super().__init__(
            scope,
            construct_id,
            env=env,
            description="eks-groundwork: EKS control plane, add-ons, data plane, access",
            termination_protection=termination_protection,
        )
        if isinstance(network, ExistingNetworkSpec):
            network = existing_network(self, spec=network)
        self.network = network
        windows = any(each.is_windows for each in compute)
        key = logs_key(self, "LogsKey", removal_policy=removal_policy) if protected_logs else None
        self.cluster = ControlPlane(
            self,
            "ControlPlane",
            spec=spec,
            vpc=network.vpc,
            subnets=network.cluster_subnets(
                for_nodes=any(each.nodes_in_cluster_subnets for each in compute)
            ),
            policies=[*dict.fromkeys(x for each in compute for x in each.cluster_policies)],
            manages_interfaces=vpc_cni.pod_security_groups or windows,
            removal_policy=removal_policy,
            log_key=key,
            handler_pulls_oci_charts=handler_pulls_oci_charts,
            proxy=proxy,
        ).cluster
        networking: Sequence[IConstruct] = []
        if not own_network:
            networking = PodNetworking(
                self,
                "PodNetworking",
                cluster=self.cluster,
                kubernetes_version=spec.kubernetes_version,
                versions=add_ons,
                spec=vpc_cni,
                windows=windows,
                pod_subnets=network.pod_subnets,
            ).add_ons
        joined = JoinedCluster(
            cluster=self.cluster,
            spec=spec,
            network=network,
            vpc_cni=vpc_cni,
            proxy=proxy,
            has_nodes=any(each.hosts_platform and not each.brings_network for each in compute),
            default_storage_class=not add_ons.ebs_csi_driver,
            tags=tags,
            pod_log_retention_days=pod_log_retention_days,
            removal_policy=removal_policy,
            log_key=key,
        )
        data_plane = DataPlane(
            self,
            "DataPlane",
            joined=joined,
            compute=compute,
            coredns_on_fargate=coredns and add_ons.coredns_compute_type == "fargate",
            after=networking,
        )
        cluster_add_ons = ClusterAddOns(
            self,
            "AddOns",
            cluster=self.cluster,
            kubernetes_version=spec.kubernetes_version,
            spec=add_ons,
            vpc=network.vpc,
            has_nodes=joined.has_nodes,
            coredns=coredns,
            after=data_plane.compute,
        )
        make_compute(AFTER_DNS, self, joined=joined, compute=compute, after=cluster_add_ons.dns)
        team_namespaces = Namespaces(self, "Namespaces", cluster=self.cluster, specs=namespaces)
        Access(
            self,
            "Access",
            cluster=self.cluster,
            cluster_name=spec.name,
            spec=access,
            after=[team_namespaces],
        )
        CfnOutput(self, "ClusterName", value=self.cluster.cluster_name)

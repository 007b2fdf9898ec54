"""The cluster: control plane, pod networking, data plane, add-ons and access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack
from constructs import Construct, IConstruct

from constructs_lib.access import Access
from constructs_lib.auto_mode import cluster_subnets
from constructs_lib.cluster_add_ons import ClusterAddOns
from constructs_lib.control_plane import ControlPlane
from constructs_lib.data_plane import DataPlane
from constructs_lib.karpenter import Karpenter
from constructs_lib.log_groups import logs_key
from constructs_lib.namespaces import Namespaces
from constructs_lib.network import NetworkResources, existing_network
from constructs_lib.nodes import JoinedCluster
from constructs_lib.pod_networking import PodNetworking
from constructs_lib.specs.access import AccessSpec
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.auto_mode import AutoModeSpec
from constructs_lib.specs.cluster import ClusterSpec, VpcCniSpec
from constructs_lib.specs.compute import FargateProfileSpec
from constructs_lib.specs.existing_network import ExistingNetworkSpec
from constructs_lib.specs.karpenter import KarpenterSpec
from constructs_lib.specs.namespaces import NamespaceSpec
from constructs_lib.specs.nodes import NodesSpec
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
        node_groups: Sequence[NodesSpec],
        auto_mode: AutoModeSpec | None,
        own_network: bool,
        coredns: bool,
        fargate_profiles: Sequence[FargateProfileSpec],
        karpenter: KarpenterSpec | None,
        fargate_log_retention_days: int,
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
        windows = any(group.is_windows for group in node_groups)
        key = logs_key(self, "LogsKey", removal_policy=removal_policy) if protected_logs else None
        self.cluster = ControlPlane(
            self,
            "ControlPlane",
            spec=spec,
            vpc=network.vpc,
            subnets=cluster_subnets(
                auto_mode,
                private=network.private_subnets,
                control_plane=network.control_plane_subnets,
            ),
            manages_interfaces=vpc_cni.pod_security_groups or windows,
            auto_mode=auto_mode,
            tags=tags,
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
            name=spec.name,
            kubernetes_version=spec.kubernetes_version,
            service_ipv4_cidr=spec.service_ipv4_cidr,
            vpc_cni=vpc_cni,
            subnets=network.private_subnets,
            proxy=proxy,
            tags=tags,
        )
        data_plane = DataPlane(
            self,
            "DataPlane",
            joined=joined,
            node_groups=node_groups,
            auto_mode=auto_mode,
            pod_subnets=network.pod_subnets,
            default_storage_class=not add_ons.ebs_csi_driver,
            fargate_profiles=fargate_profiles,
            coredns_on_fargate=coredns and add_ons.coredns_compute_type == "fargate",
            karpenter=karpenter is not None,
            vpc=network.vpc,
            fargate_log_retention_days=fargate_log_retention_days,
            removal_policy=removal_policy,
            log_key=key,
            after=networking,
        )
        cluster_add_ons = ClusterAddOns(
            self,
            "AddOns",
            cluster=self.cluster,
            kubernetes_version=spec.kubernetes_version,
            spec=add_ons,
            vpc=network.vpc,
            has_nodes=bool(node_groups),
            coredns=coredns,
            after=data_plane.compute,
        )
        if karpenter is not None:
            Karpenter(
                self,
                "Karpenter",
                joined=joined,
                spec=karpenter,
                zonal_shift=spec.zonal_shift,
                on_fargate=not node_groups,
                # It looks AWS services up by name.
                after=cluster_add_ons.dns,
            )
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

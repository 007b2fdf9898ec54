"""Where pods run: node groups, EKS Auto Mode and Fargate profiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct, IConstruct

from constructs_lib.auto_mode import AutoMode
from constructs_lib.device_plugins import DevicePlugin
from constructs_lib.fargate_profiles import FargateProfiles
from constructs_lib.managed_node_group import ManagedNodeGroup
from constructs_lib.nodes import JoinedCluster
from constructs_lib.self_managed_node_group import SelfManagedNodeGroup
from constructs_lib.specs.auto_mode import AutoModeSpec
from constructs_lib.specs.compute import (
    FargateProfileSpec,
    FargateSelectorSpec,
    NodeGroupSpec,
    SelfManagedNodeGroupSpec,
)
from constructs_lib.specs.karpenter import NAME as KARPENTER
from constructs_lib.specs.nodes import NodesSpec

KINDS: Mapping[type[NodesSpec], Callable[..., ManagedNodeGroup | SelfManagedNodeGroup]] = {
    NodeGroupSpec: ManagedNodeGroup,
    SelfManagedNodeGroupSpec: SelfManagedNodeGroup,
}


class DataPlane(Construct):
    """Every node group, NodePool and Fargate profile of a cluster. `compute` is what pods wait for."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        joined: JoinedCluster,
        node_groups: Sequence[NodesSpec],
        auto_mode: AutoModeSpec | None,
        pod_subnets: Mapping[str, ec2.ISubnet],
        default_storage_class: bool,
        fargate_profiles: Sequence[FargateProfileSpec],
        coredns_on_fargate: bool,
        karpenter: bool,
        vpc: ec2.IVpc,
        fargate_log_retention_days: int,
        removal_policy: RemovalPolicy,
        log_key: kms.IKey | None,
        after: Sequence[IConstruct],
    ) -> None:
        """Make the data plane in private subnets, once what it comes `after` stands."""
        super().__init__(scope, construct_id)
        groups = Construct(self, "NodeGroups")
        self.node_groups = {
            spec.name: KINDS[type(spec)](groups, spec.name, joined=joined, spec=spec)
            for spec in node_groups
        }
        self.compute: list[IConstruct] = [group.node_group for group in self.node_groups.values()]
        profiles = [
            *platform_profile(
                coredns=coredns_on_fargate,
                all_of_it=not node_groups and auto_mode is None,
                karpenter=karpenter,
            ),
            *fargate_profiles,
        ]
        if profiles:
            fargate = FargateProfiles(
                self,
                "Fargate",
                cluster=joined.cluster,
                cluster_name=joined.name,
                specs=profiles,
                vpc=vpc,
                subnets=joined.subnets,
                log_retention_days=fargate_log_retention_days,
                removal_policy=removal_policy,
                log_key=log_key,
            )
            self.compute.extend(fargate.profiles)
        if auto_mode is not None:
            self.compute += AutoMode(
                self,
                "AutoMode",
                cluster=joined.cluster,
                spec=auto_mode,
                subnets=joined.subnets,
                pod_subnets=pod_subnets,
                tags=joined.tags,
                proxy=joined.proxy,
                default_storage_class=default_storage_class,
                network_policies=not node_groups,
            ).compute
        for resource in self.compute:
            resource.node.add_dependency(*after)
        for name in sorted({each for spec in node_groups for each in spec.device_plugins}):
            DevicePlugin(
                self, f"{name.capitalize()}DevicePlugin", cluster=joined.cluster, name=name
            )


def platform_profile(
    *, coredns: bool, all_of_it: bool, karpenter: bool = False
) -> list[FargateProfileSpec]:
    """Return the profile of the platform's own pods that run on Fargate, if any do.

    `all_of_it` is for a cluster without node groups: the load balancer controller and the metrics
    server then run there as well, and Karpenter.
    """
    label = "app.kubernetes.io/name"
    selected = [{"k8s-app": "kube-dns"}] if coredns else []
    if all_of_it:
        selected += [{label: "aws-load-balancer-controller"}, {label: "metrics-server"}]
    if all_of_it and karpenter:
        selected.append({label: KARPENTER})
    if not selected:
        return []
    selectors = tuple(
        FargateSelectorSpec(namespace="kube-system", labels=labels) for labels in selected
    )
    return [FargateProfileSpec(name="Platform", selectors=selectors)]

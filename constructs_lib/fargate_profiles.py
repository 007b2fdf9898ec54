"""Fargate profiles: pods without nodes."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from constructs_lib.acknowledgements import acknowledge, managed_policy_finding
from constructs_lib.log_groups import log_group
from constructs_lib.manifests import apply
from constructs_lib.nodes import JoinedCluster
from constructs_lib.specs.compute_protocol import ComputeSpec
from constructs_lib.specs.fargate import FargateProfileSpec, FargateSelectorSpec
from constructs_lib.specs.manifest_files import MANIFESTS, load_manifests

LOG_ACTIONS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
"""EKS user guide, "Fargate logging", less those that make a log group: it exists."""


class FargateProfiles(Construct):
    """The Fargate profiles of a cluster, one after the other, with their role and their logs."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        joined: JoinedCluster,
        specs: Sequence[FargateProfileSpec],
    ) -> None:
        """Make the profiles in private subnets."""
        super().__init__(scope, construct_id)
        self.role = self._pod_execution_role(joined.spec.name)
        profiles = Construct(self, "Profiles")
        # EKS makes one profile at a time; the L2 chains them in the order that they are made in.
        self.compute: list[IConstruct] = [
            eks.FargateProfile(
                profiles,
                spec.name,
                cluster=joined.cluster,
                pod_execution_role=self.role,
                vpc=joined.network.vpc,
                subnet_selection=ec2.SubnetSelection(subnets=joined.subnets_in(spec.zones)),
                selectors=[
                    eks.Selector(namespace=selector.namespace, labels=dict(selector.labels))
                    for selector in spec.selectors
                ],
            )
            for spec in specs
        ]
        for profile in self.compute:
            # Its policy is a resource of its own, without which pods can't write their logs.
            profile.node.add_dependency(self.role)
        self._logging(joined)

    def _pod_execution_role(self, cluster_name: str) -> iam.Role:
        profiles = Stack.of(self).format_arn(
            service="eks", resource="fargateprofile", resource_name=f"{cluster_name}/*"
        )
        policy = "AmazonEKSFargatePodExecutionRolePolicy"
        role = iam.Role(
            self,
            "PodExecutionRole",
            description="Fargate pulls images and writes logs for pods",
            # Only profiles of this cluster (EKS user guide, "Pod execution role").
            assumed_by=iam.ServicePrincipal(
                "eks-fargate-pods.amazonaws.com",
                conditions={"ArnLike": {"aws:SourceArn": profiles}},
            ),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy)],
        )
        acknowledge(
            role,
            {
                managed_policy_finding(policy): "Fargate requires this policy to pull images; "
                "profiles of other clusters can't use the role.",
            },
        )
        return role

    def _logging(self, joined: JoinedCluster) -> None:
        records = log_group(
            self,
            "LogGroup",
            retention_days=joined.pod_log_retention_days,
            removal_policy=joined.removal_policy,
            key=joined.log_key,
        )
        records.grant(self.role, *LOG_ACTIONS)
        apply(
            self,
            "Logging",
            cluster=joined.cluster,
            objects=load_manifests(
                MANIFESTS / "fargate-logging",
                log_group=records.log_group_name,
                region=Stack.of(self).region,
            ),
        )


def platform_profile(compute: Sequence[ComputeSpec], *, coredns: bool) -> list[FargateProfileSpec]:
    """Return the profile of the platform's own pods that run on Fargate, if any do.

    Where no compute hosts them, all of them do, and the controllers of the compute.
    """
    label = "app.kubernetes.io/name"
    selected = [{"k8s-app": "kube-dns"}] if coredns else []
    if not any(each.hosts_platform for each in compute):
        controllers = [name for each in compute for name in each.controllers]
        names = ("aws-load-balancer-controller", "metrics-server", *controllers)
        selected += [{label: name} for name in names]
    if not selected:
        return []
    selectors = tuple(
        FargateSelectorSpec(namespace="kube-system", labels=labels) for labels in selected
    )
    return [FargateProfileSpec(name="Platform", selectors=selectors)]

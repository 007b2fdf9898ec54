"""Fargate profiles: pods without nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.acknowledgements import (
    acknowledge,
    managed_policy_finding,
    wildcard_finding,
)
from constructs_lib.manifests import MANIFESTS, apply, load_manifests
from constructs_lib.retention import log_retention
from constructs_lib.specs.compute import FargateProfileSpec

LOG_ACTIONS = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
"""EKS user guide, "Fargate logging", less those that make a log group: it exists."""


class FargateProfiles(Construct):
    """The Fargate profiles of a cluster, one after the other, with their role and their logs."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        cluster_name: str,
        specs: Sequence[FargateProfileSpec],
        vpc: ec2.IVpc,
        subnets: Mapping[str, ec2.ISubnet],
        log_retention_days: int,
        removal_policy: RemovalPolicy,
    ) -> None:
        """Make the profiles in private `subnets`; `removal_policy` is that of the logs."""
        super().__init__(scope, construct_id)
        self.role = self._pod_execution_role(cluster_name)
        # EKS makes one profile at a time; the L2 chains them in the order that they are made in.
        profiles = Construct(self, "Profiles")
        self.profiles = [
            eks.FargateProfile(
                profiles,
                spec.name,
                cluster=cluster,
                pod_execution_role=self.role,
                vpc=vpc,
                subnet_selection=ec2.SubnetSelection(
                    subnets=[subnets[zone] for zone in sorted(subnets)]
                ),
                selectors=[
                    eks.Selector(namespace=selector.namespace, labels=dict(selector.labels))
                    for selector in spec.selectors
                ],
            )
            for spec in specs
        ]
        self._logging(cluster, log_retention_days, removal_policy)

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

    def _logging(
        self, cluster: eks.Cluster, retention_days: int, removal_policy: RemovalPolicy
    ) -> None:
        log_group = logs.LogGroup(
            self,
            "LogGroup",
            retention=log_retention(retention_days),
            removal_policy=removal_policy,
        )
        grant = log_group.grant(self.role, *LOG_ACTIONS)
        if grant.principal_statement is not None:
            resource = Stack.of(self).get_logical_id(log_group.node.default_child)  # type: ignore[arg-type]
            acknowledge(
                self.role,
                {
                    wildcard_finding(f"<{resource}.Arn>"): "Log streams are named after "
                    "pods, so a stream's ARN is not known here; the log group is this one only.",
                },
            )
        apply(
            self,
            "Logging",
            cluster=cluster,
            objects=load_manifests(
                MANIFESTS / "fargate-logging",
                log_group=log_group.log_group_name,
                region=Stack.of(self).region,
            ),
        )

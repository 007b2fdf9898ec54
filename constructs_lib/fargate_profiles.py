"""Fargate profiles: pods without nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge, managed_policy_finding
from constructs_lib.log_groups import log_group
from constructs_lib.manifests import apply
from constructs_lib.specs.compute import FargateProfileSpec
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
        cluster: eks.Cluster,
        cluster_name: str,
        specs: Sequence[FargateProfileSpec],
        vpc: ec2.IVpc,
        subnets: Mapping[str, ec2.ISubnet],
        log_retention_days: int,
        removal_policy: RemovalPolicy,
        log_key: kms.IKey | None,
    ) -> None:
        """Make the profiles in private `subnets`; `removal_policy` and `log_key` are the logs'."""
        super().__init__(scope, construct_id)
        self.role = self._pod_execution_role(cluster_name)
        profiles = Construct(self, "Profiles")
        # EKS makes one profile at a time; the L2 chains them in the order that they are made in.
        self.profiles = [
            eks.FargateProfile(
                profiles,
                spec.name,
                cluster=cluster,
                pod_execution_role=self.role,
                vpc=vpc,
                subnet_selection=ec2.SubnetSelection(
                    subnets=[subnets[zone] for zone in sorted(spec.zones or subnets)]
                ),
                selectors=[
                    eks.Selector(namespace=selector.namespace, labels=dict(selector.labels))
                    for selector in spec.selectors
                ],
            )
            for spec in specs
        ]
        for profile in self.profiles:
            # Its policy is a resource of its own, without which pods can't write their logs.
            profile.node.add_dependency(self.role)
        self._logging(cluster, log_retention_days, removal_policy, log_key)

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
        self,
        cluster: eks.Cluster,
        retention_days: int,
        removal_policy: RemovalPolicy,
        key: kms.IKey | None,
    ) -> None:
        records = log_group(
            self, "LogGroup", retention_days=retention_days, removal_policy=removal_policy, key=key
        )
        records.grant(self.role, *LOG_ACTIONS)
        apply(
            self,
            "Logging",
            cluster=cluster,
            objects=load_manifests(
                MANIFESTS / "fargate-logging",
                log_group=records.log_group_name,
                region=Stack.of(self).region,
            ),
        )

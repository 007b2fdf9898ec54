"""A self-managed node group: EC2 instances of an Auto Scaling group that join by themselves.

EKS neither updates nor drains nor repairs them. The L2 of the CDK renders nodes that can't join: it
makes no access entry and knows no AL2023 (aws-cdk#29983).
"""

from __future__ import annotations

from typing import cast

from aws_cdk import (
    CfnAutoScalingRollingUpdate,
    CfnAutoScalingScheduledAction,
    CfnUpdatePolicy,
    Tags,
)
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge
from constructs_lib.nodes import (
    TAKES_VOLUMES_OF,
    JoinedCluster,
    joining_user_data,
    node_launch_template,
    node_role,
)
from constructs_lib.specs.compute import SelfManagedNodeGroupSpec
from constructs_lib.specs.node_images import image_parameter

PAUSE = "PT3M"
"""Between the batches of a rolling update: CloudFormation sees an instance that runs, not a node that
has joined, and one joins within two minutes or so."""
SUSPENDED = ["HealthCheck", "ReplaceUnhealthy", "AZRebalance", "AlarmNotification"]
SUSPENDED += ["ScheduledActions"]
"""What would get in the way of a rolling update (AWS re:Post, "How do I update my Auto Scaling group
when I update my CloudFormation stack?")."""
FINDINGS = {
    "AwsSolutions::AwsSolutions-EC26": "cdk-nag fails on a launch template that is given by reference; "
    "every volume in it is encrypted.",
    "AwsSolutions::AwsSolutions-AS3": "Nobody reads a message for each node that an autoscaler starts or "
    "stops; the cluster's events and CloudTrail record them.",
}
AUTOSCALER = "k8s.io/cluster-autoscaler"
LONGEST_TAG_KEY = 128
"""EC2 Auto Scaling API reference, "Tag". A label's key can be longer; an autoscaler then learns it from
a node."""
Tag = autoscaling.CfnAutoScalingGroup.TagPropertyProperty


class SelfManagedNodeGroup(Construct):
    """An Auto Scaling group with its role, access entry and launch template."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        joined: JoinedCluster,
        spec: SelfManagedNodeGroupSpec,
    ) -> None:
        """Make the group; its nodes run the kubelet of the cluster's version."""
        super().__init__(scope, construct_id)
        self.role = node_role(self, description="Nodes of a self-managed node group", spec=spec)
        parameter = image_parameter(
            spec.ami_type,
            kubernetes_version=joined.spec.kubernetes_version,
            release=spec.release_version,
        )
        self.launch_template = node_launch_template(
            self,
            name=f"{joined.spec.name}-{spec.name}",
            spec=spec,
            data=joining_user_data(joined, spec),
            role=self.role,
            security_group=joined.cluster.cluster_security_group,
            image=spec.ami_id or f"{{{{resolve:ssm:{parameter}}}}}",
        )
        self.access_entry = eks.CfnAccessEntry(
            self,
            "AccessEntry",
            cluster_name=joined.cluster.cluster_name,
            principal_arn=self.role.role_arn,
            type="EC2_LINUX",
        )
        spot = spec.capacity_type == "SPOT"
        self.node_group = autoscaling.CfnAutoScalingGroup(
            self,
            "NodeGroup",
            vpc_zone_identifier=[subnet.subnet_id for subnet in joined.subnets_in(spec.zones)],
            min_size=str(spec.min_size),
            desired_capacity=str(spec.desired_size),
            max_size=str(spec.max_size),
            # Starts the replacement of an instance at risk before that goes.
            capacity_rebalance=spot,
            mixed_instances_policy=self._instances(spec, spot=spot),
            tags=[
                Tag(key=key, value=value, propagate_at_launch=not key.startswith(AUTOSCALER))
                for key, value in _tags(joined.spec.name, spec).items()
                if len(key) <= LONGEST_TAG_KEY
            ],
        )
        self.node_group.cfn_options.update_policy = CfnUpdatePolicy(
            auto_scaling_rolling_update=CfnAutoScalingRollingUpdate(
                max_batch_size=spec.max_batch_size,
                # CloudFormation wants fewer than the maximum.
                min_instances_in_service=min(
                    spec.desired_size, max(0, spec.max_size - spec.max_batch_size)
                ),
                pause_time=PAUSE,
                suspend_processes=SUSPENDED,
            ),
            # What an autoscaler has set stays, unless the template's sizes change.
            auto_scaling_scheduled_action=CfnAutoScalingScheduledAction(
                ignore_unmodified_group_size_properties=True
            ),
        )
        if (pool := spec.warm_pool) is not None:
            autoscaling.CfnWarmPool(
                self,
                "WarmPool",
                auto_scaling_group_name=self.node_group.ref,
                min_size=pool.min_size,
                max_group_prepared_capacity=pool.max_group_prepared_capacity,
                pool_state=pool.pool_state.capitalize(),
            )
        # A node whose role has none is refused; on delete nodes leave before it goes.
        self.node_group.node.add_dependency(self.access_entry)
        acknowledge(self.node_group, FINDINGS)
        for key, value in spec.tags.items():
            Tags.of(self).add(key, value)

    def _instances(
        self, spec: SelfManagedNodeGroupSpec, *, spot: bool
    ) -> autoscaling.CfnAutoScalingGroup.MixedInstancesPolicyProperty:
        group = autoscaling.CfnAutoScalingGroup
        return group.MixedInstancesPolicyProperty(
            instances_distribution=group.InstancesDistributionProperty(
                on_demand_base_capacity=spec.on_demand_base,
                on_demand_percentage_above_base_capacity=spec.on_demand_percentage if spot else 100,
                on_demand_allocation_strategy="prioritized",
                spot_allocation_strategy="price-capacity-optimized",
            ),
            launch_template=group.LaunchTemplateProperty(
                launch_template_specification=group.LaunchTemplateSpecificationProperty(
                    launch_template_id=cast("str", self.launch_template.launch_template_id),
                    # The newest, so that a change rolls out.
                    version=self.launch_template.latest_version_number,
                ),
                overrides=[
                    group.LaunchTemplateOverridesProperty(instance_type=name)
                    for name in spec.instance_types
                ],
            ),
        )


def _tags(cluster_name: str, spec: SelfManagedNodeGroupSpec) -> dict[str, str]:
    """Return the tags of instances of the cluster, and those for the cluster autoscaler.

    By these it finds a group, and knows what nodes an empty one would start.
    Source: kubernetes/autoscaler, cluster-autoscaler/cloudprovider/aws/README.md.
    """
    template = f"{AUTOSCALER}/node-template"
    return {
        f"kubernetes.io/cluster/{cluster_name}": "owned",
        TAKES_VOLUMES_OF: cluster_name,
        f"{AUTOSCALER}/enabled": "true",
        f"{AUTOSCALER}/{cluster_name}": "owned",
        f"{template}/resources/ephemeral-storage": f"{spec.disk_size_gib}Gi",
        **{f"{template}/label/{key}": value for key, value in spec.node_labels.items()},
        **{f"{template}/taint/{each.key}": each.value_and_effect for each in spec.node_taints},
    }

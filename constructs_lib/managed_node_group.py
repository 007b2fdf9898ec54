"""A managed node group: EC2 instances that EKS starts, updates and drains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from constructs_lib.nodes import JoinedCluster, joining_user_data, node_launch_template, node_role
from constructs_lib.permissions import POLICY
from constructs_lib.specs.compute import NodeGroupSpec


class ManagedNodeGroup(Construct):
    """A node group with its role and its launch template."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        joined: JoinedCluster,
        spec: NodeGroupSpec,
    ) -> None:
        """Make the group; its nodes run the kubelet of the cluster's version."""
        super().__init__(scope, construct_id)
        self.role = node_role(self, description="Nodes of a managed node group", spec=spec)
        self.launch_template = node_launch_template(
            self,
            name=f"{joined.spec.name}-{spec.name}",
            spec=spec,
            data=joining_user_data(joined, spec) if spec.ami_id else spec.told(joined.proxy),
            # It lets all traffic in from itself and out to itself, as EFA needs (EKS user guide, "View
            # Amazon EKS security group requirements for clusters"). EKS adds it to no interface of ours.
            security_group=joined.cluster.cluster_security_group if spec.efa else None,
            image=spec.ami_id,
        )
        self.node_group = eks.Nodegroup(
            self,
            "NodeGroup",
            cluster=joined.cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
            node_role=self.role,
            subnets=ec2.SubnetSelection(subnets=joined.subnets_in(spec.zones)),
            min_size=spec.min_size,
            desired_size=spec.desired_size,
            max_size=spec.max_size,
            labels=dict(spec.node_labels) or None,
            taints=_taints(spec) or None,
            launch_template_spec=eks.LaunchTemplateSpec(
                id=cast("str", self.launch_template.launch_template_id),
                version=self.launch_template.latest_version_number,
            ),
            release_version=spec.release_version,
            max_unavailable=spec.max_unavailable,
            max_unavailable_percentage=spec.update_percentage,
            enable_node_auto_repair=spec.node_repair,
            # True would let an update ignore pod disruption budgets.
            force_update=False,
        )
        if (policy := self.role.node.try_find_child(POLICY)) is not None:
            # The group refers to the role alone, which its own policy comes after.
            self.node_group.node.add_dependency(policy)
        resource = cast("eks.CfnNodegroup", self.node_group.node.default_child)
        # The L2 knows fewer of each.
        resource.capacity_type = spec.capacity_type
        if spec.capacity_type != "CAPACITY_BLOCK":
            resource.instance_types = list(spec.instance_types)
        if spec.update_strategy != "DEFAULT":
            resource.add_property_override("UpdateConfig.UpdateStrategy", spec.update_strategy)
        if (pool := spec.warm_pool) is not None:
            resource.warm_pool_config = eks.CfnNodegroup.WarmPoolConfigProperty(
                enabled=True,
                min_size=pool.min_size,
                max_group_prepared_capacity=pool.max_group_prepared_capacity,
                pool_state=pool.pool_state,
                reuse_on_scale_in=pool.reuse_on_scale_in,
            )
        if spec.ami_id is None:
            resource.ami_type = spec.ami_type
            # Else nodes would stay behind when the cluster is upgraded. The L2 has no name for it.
            resource.version = joined.spec.kubernetes_version
        for key, value in spec.tags.items():
            Tags.of(self).add(key, value)


def _taints(spec: NodeGroupSpec) -> Sequence[eks.TaintSpec]:
    return [
        eks.TaintSpec(key=taint.key, value=taint.value, effect=eks.TaintEffect[taint.effect])
        for taint in spec.node_taints
    ]

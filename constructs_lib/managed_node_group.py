"""A managed node group: EC2 instances that EKS starts, updates and drains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from constructs_lib.nodes import JoinedCluster, node_launch_template, node_role
from constructs_lib.specs.compute import NodeGroupSpec
from constructs_lib.specs.node_user_data import user_data


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
        self.role = node_role(self, description="Nodes of a managed node group")
        self.launch_template = node_launch_template(
            self,
            name=f"{joined.name}-{spec.name}",
            spec=spec,
            data=user_data(spec.ami_type, spec.max_pods, joined.proxy),
        )
        self.node_group = eks.Nodegroup(
            self,
            "NodeGroup",
            cluster=joined.cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
            node_role=self.role,
            subnets=ec2.SubnetSelection(subnets=joined.subnets_of(spec)),
            instance_types=[ec2.InstanceType(name) for name in spec.instance_types],
            capacity_type=eks.CapacityType[spec.capacity_type],
            min_size=spec.min_size,
            desired_size=spec.desired_size,
            max_size=spec.max_size,
            labels=dict(spec.labels) or None,
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
        resource = cast("eks.CfnNodegroup", self.node_group.node.default_child)
        # The L2 knows fewer.
        resource.ami_type = spec.ami_type
        # Else nodes would stay behind when the cluster is upgraded. The L2 has no name for it.
        resource.version = joined.kubernetes_version


def _taints(spec: NodeGroupSpec) -> Sequence[eks.TaintSpec]:
    return [
        eks.TaintSpec(key=taint.key, value=taint.value, effect=eks.TaintEffect[taint.effect])
        for taint in spec.taints
    ]

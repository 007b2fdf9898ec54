"""Karpenter: EC2 instances that come when pods need them, and go when they don't."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from constructs_lib.acknowledgements import acknowledge, wildcard_finding
from constructs_lib.controller_role import controller_role
from constructs_lib.interruption_queue import InterruptionQueue
from constructs_lib.karpenter_nodes import KarpenterNodes
from constructs_lib.nodes import JoinedCluster, node_role
from constructs_lib.specs.karpenter import NAME, RESOURCES, KarpenterSpec

POLICIES = Path(__file__).with_name("karpenter_policies.json")
"""The controller's statements, website/content/en/v1.14/getting-started/getting-started-with-karpenter/
cloudformation.yaml of aws/karpenter-provider-aws, less those that make instance profiles: ours is in
the template. In two policies, because IAM takes 6,144 characters each."""
NAMESPACE = "kube-system"

SCOPED = (
    "Karpenter makes these, so their ARNs are not known here; conditions limit what it changes to those "
    "with the tags of this cluster, and what it reads to this region or cluster."
)
NOT_KNOWN = (
    "Karpenter uses or reads these, and picks them by what an EC2NodeClass says, so their ARNs are not "
    "known here; list actions take no ARN."
)


class Karpenter(Construct):
    """The controller, by its Helm charts, and everything that it and its nodes need in AWS.

    `compute` is the controller: it looks AWS services up by name, so it waits for DNS.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        joined: JoinedCluster,
        specs: Sequence[KarpenterSpec],
    ) -> None:
        """Install the controller; without nodes it is on Fargate, and its role comes through IRSA."""
        super().__init__(scope, construct_id)
        [spec] = specs
        self._joined, self._spec, on_fargate = joined, spec, not joined.has_nodes
        nodes = Construct(self, "Nodes")
        self.node_role = node_role(nodes, description="Nodes that Karpenter makes", spec=spec)
        self.instance_profile = iam.CfnInstanceProfile(
            nodes, "InstanceProfile", roles=[self.node_role.role_name]
        )
        self.access_entry = eks.CfnAccessEntry(
            nodes,
            "AccessEntry",
            cluster_name=joined.cluster.cluster_name,
            principal_arn=self.node_role.role_arn,
            type="EC2_LINUX",
        )
        self.interruptions = InterruptionQueue(self, "Interruptions")
        role, identity = controller_role(
            self, cluster=joined.cluster, namespace=NAMESPACE, name=NAME, on_fargate=on_fargate
        )
        policies = self._allow(role)
        definitions = self._chart("Definitions", f"{NAME}-crd")
        self.controller = self._chart(
            "Controller",
            NAME,
            # It has the definitions too, and our handler would take them from the chart that owns them.
            skip_crds=True,
            # Whoever depends on the chart finds a controller that answers.
            wait=True,
            timeout=Duration.minutes(10),
            values=self._values(create_service_account=not on_fargate),
        )
        # On delete the controller goes before what it and its nodes do their work with.
        self.controller.node.add_dependency(
            identity, *policies, definitions, self.interruptions, nodes
        )
        KarpenterNodes(
            self,
            "NodePools",
            joined=joined,
            spec=spec,
            instance_profile=self.instance_profile,
            tags=joined.tags,
            after=self.controller,
        )
        self.compute: list[IConstruct] = [self.controller]

    def _allow(self, role: iam.Role) -> list[iam.ManagedPolicy]:
        literal = {
            "Region": Stack.of(self).region,
            # It is part of keys, where CloudFormation takes no function.
            "ClusterName": self._joined.spec.name,
        }
        named = {
            "Partition": Aws.PARTITION,
            "AccountId": Aws.ACCOUNT_ID,
            "NodeRole": self.node_role.role_arn,
            "Queue": self.interruptions.queue.queue_arn,
        }
        text = Template(POLICIES.read_text(encoding="utf-8")).safe_substitute(literal)
        policies = []
        for name, statements in json.loads(Template(text).substitute(named)).items():
            policy = iam.ManagedPolicy(
                self,
                name,
                description=f"What {NAME} needs: {name}",
                document=iam.PolicyDocument.from_json({"Statement": statements}),
                roles=[role],
            )
            acknowledge(policy, _wildcards(json.loads(text)[name]))
            policies.append(policy)
        return policies

    def _chart(self, construct_id: str, name: str, **options: Any) -> eks.HelmChart:  # noqa: ANN401
        return eks.HelmChart(
            self,
            construct_id,
            cluster=self._joined.cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
            # The handler looks for an unpacked oci:// chart under its name.
            chart=name,
            repository=f"{self._spec.chart_repository}/{name}",
            version=self._spec.controller_version,
            release=name,
            namespace=NAMESPACE,
            create_namespace=False,
            **options,
        )

    def _values(self, *, create_service_account: bool) -> dict[str, Any]:
        spec, controller = self._spec, {}
        image = {"repository": spec.image_repository, "digest": spec.image_digest}
        if told := {key: value for key, value in image.items() if value is not None}:
            controller["image"] = told
        return {
            "replicas": spec.replicas,
            "serviceAccount": {"create": create_service_account, "name": NAME},
            "settings": {
                "clusterName": self._joined.spec.name,
                "interruptionQueue": self.interruptions.queue.queue_name,
                "isolatedVPC": spec.isolated_vpc,
                # Its service has no endpoint that we know of.
                "enableZonalShift": self._joined.spec.zonal_shift and not spec.isolated_vpc,
                # Custom networking leaves the first interface to the node.
                "reservedENIs": "1" if self._joined.vpc_cni.custom_networking else "0",
                "featureGates": dict.fromkeys(spec.gates, True),
            },
            "controller": {
                **controller,
                # Said outright: pods can't ask the instance metadata, which is one hop away.
                "env": [{"name": "AWS_REGION", "value": Stack.of(self).region}],
                "resources": RESOURCES,
            },
        }


def _wildcards(statements: list[dict[str, Any]]) -> dict[str, str]:
    """Return the finding of each wildcard in resources, with the reason for it."""
    reasons: dict[str, str] = {}
    for statement in statements:
        named = statement["Resource"]
        for resource in [named] if isinstance(named, str) else named:
            if "*" in resource:
                scoped = "Condition" in statement
                finding = Template(resource).safe_substitute(
                    Partition="<AWS::Partition>", AccountId="<AWS::AccountId>"
                )
                reasons[wildcard_finding(finding)] = SCOPED if scoped else NOT_KNOWN
    return reasons

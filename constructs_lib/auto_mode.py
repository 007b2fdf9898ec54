"""EKS Auto Mode: what the cluster needs for it, and its NodeClasses, NodePools and classes of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from constructs_lib.acknowledgements import acknowledge, managed_policy_finding, wildcard_finding
from constructs_lib.manifests import apply
from constructs_lib.nodes import JoinedCluster
from constructs_lib.specs.auto_mode import AutoModeSpec, NodeClassSpec
from constructs_lib.specs.manifest_files import MANIFESTS, load_manifests

NODE_POLICIES = {
    "AmazonEKSWorkerNodeMinimalPolicy": "EKS requires this policy on nodes of Auto Mode: they get the "
    "credentials of pods by it, and can do nothing else.",
    "AmazonEC2ContainerRegistryPullOnly": "Nodes pull images from ECR repositories that application teams "
    "create later, so their ARNs are not known here; they can't push.",
}
"""EKS user guide, "Learn about identity and access in EKS Auto Mode". No one gets onto a node, so none
needs Session Manager."""

KEY_USES = (
    *("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "DescribeKey", "CreateGrant"),
    *("GenerateDataKey", "GenerateDataKeyWithoutPlaintext"),
)
INTERNET_FACING = {
    "Groundwork::EXPOSE7[IngressClassParams/auto-alb]": "The environment sets ingress_scheme, so its owner "
    "has decided that applications of this class serve clients everywhere; inbound-cidrs of an Ingress narrows it."
}
TAGS_OF_NODES = (
    "EKS makes what it tags later, so its ARN is not known here; conditions limit it to what has the "
    "tag of this cluster."
)


def allow_tagged_sessions(role: iam.Role) -> None:
    """Let EKS tag its sessions with the cluster's name, which the policies of Auto Mode compare."""
    document = cast("iam.PolicyDocument", role.assume_role_policy)
    document.add_statements(
        iam.PolicyStatement(
            actions=["sts:TagSession"], principals=[iam.ServicePrincipal("eks.amazonaws.com")]
        )
    )


def enable_auto_mode(joined: JoinedCluster, spec: AutoModeSpec) -> None:
    """Turn on its three parts, which EKS takes only together, the built-in pools, and tags.

    The L2 gives nodes more permissions than they need, so it is not asked to.
    """
    cluster = joined.cluster
    # Roles and policies of the cluster have their ids beside it.
    scope = cast("Construct", cluster.node.scope)
    allow_tagged_sessions(cast("iam.Role", cluster.role))
    resource = cast("eks.CfnCluster", cluster.node.default_child)
    if any(joined.tags or each.tags for each in spec.node_classes):
        resource.node.add_dependency(allow_tags(scope, cluster.role))
    if keys := {each.ephemeral_storage_kms_key for each in spec.node_classes} - {None}:
        resource.node.add_dependency(allow_keys(scope, cluster.role, sorted(filter(None, keys))))
    compute: dict[str, object] = {"Enabled": True}
    if spec.built_in_node_pools:
        role = node_role(scope, "AutoModeNodeRole", description="Built-in pools of EKS Auto Mode")
        compute["NodePools"] = sorted(each.name for each in spec.built_in_node_pools)
        compute["NodeRoleArn"] = role.role_arn
    resource.add_property_override("ComputeConfig", compute)
    resource.add_property_override("StorageConfig.BlockStorage.Enabled", value=True)
    resource.add_property_override(
        "KubernetesNetworkConfig.ElasticLoadBalancing.Enabled", value=True
    )


def node_role(scope: Construct, construct_id: str, *, description: str) -> iam.Role:
    """Make the role of nodes of Auto Mode."""
    role = iam.Role(
        scope,
        construct_id,
        description=description,
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        managed_policies=[
            iam.ManagedPolicy.from_aws_managed_policy_name(policy) for policy in NODE_POLICIES
        ],
    )
    acknowledge(
        role, {managed_policy_finding(policy): reason for policy, reason in NODE_POLICIES.items()}
    )
    return role


def allow_tags(scope: Construct, role: iam.IRole) -> iam.Policy:
    """Let EKS give nodes tags of the environment: its own policies allow none but EKS's.

    Source: EKS user guide, "Amazon EKS Auto Mode cluster IAM role", Custom AWS tags.
    """
    of_cluster = "${aws:PrincipalTag/eks:eks-cluster-name}"
    kept = ("instance", "volume", "network-interface")
    kinds = [f"arn:{Aws.PARTITION}:ec2:*:*:{kind}/*" for kind in kept]
    policy = iam.Policy(
        scope,
        "AutoModeTags",
        roles=[role],
        statements=[
            iam.PolicyStatement(
                actions=["ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:RunInstances"],
                resources=["*"],
                conditions={
                    "StringEquals": {"aws:RequestTag/eks:eks-cluster-name": of_cluster},
                    "StringLike": {
                        f"aws:RequestTag/eks:kubernetes-node-{of}-name": "*"
                        for of in ("class", "pool")
                    },
                },
            ),
            iam.PolicyStatement(
                actions=["ec2:CreateTags", "ec2:DeleteTags"],
                resources=kinds,
                conditions={"StringEquals": {"aws:ResourceTag/eks:eks-cluster-name": of_cluster}},
            ),
        ],
    )
    told = ["*", *(kind.replace(Aws.PARTITION, "<AWS::Partition>") for kind in kinds)]
    acknowledge(policy, {wildcard_finding(each): TAGS_OF_NODES for each in told})
    return policy


def allow_keys(scope: Construct, role: iam.IRole, keys: Sequence[str]) -> iam.Policy:
    """Let EKS encrypt the volumes of nodes with `keys` of the environment, through EC2 alone.

    Source: EKS user guide, "Create a storage class", Sample self-managed KMS IAM Policy.
    """
    statement = iam.PolicyStatement(
        actions=[f"kms:{each}" for each in KEY_USES],
        resources=[*keys],
        conditions={"StringEquals": {"kms:ViaService": f"ec2.{Aws.REGION}.{Aws.URL_SUFFIX}"}},
    )
    return iam.Policy(scope, "AutoModeKeys", roles=[role], statements=[statement])


class AutoMode(Construct):
    """The cluster's part, NodeClasses, NodePools and other classes. `compute` makes nodes."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        joined: JoinedCluster,
        specs: Sequence[AutoModeSpec],
    ) -> None:
        """Make them, and turn on network policies where no VPC CNI does."""
        super().__init__(scope, construct_id)
        [spec] = specs
        self._joined, cluster = joined, joined.cluster
        enable_auto_mode(joined, spec)
        classes = {each.name: self._node_class(each) for each in spec.node_classes}
        self.compute: list[IConstruct] = []
        for pool in spec.node_pools:
            manifest = apply(
                self, f"NodePool-{pool.name}", cluster=cluster, objects=[pool.manifest()]
            )
            if pool.node_class in classes:
                manifest.node.add_dependency(classes[pool.node_class])
            self.compute.append(manifest)
        files, is_default = MANIFESTS / "auto-mode", str(joined.default_storage_class).lower()
        storage = load_manifests(files / "storage-class.yaml", is_default=is_default)
        apply(self, "StorageClass", cluster=cluster, objects=storage)
        if not joined.has_nodes:
            apply(
                self,
                "NetworkPolicy",
                cluster=cluster,
                objects=load_manifests(files / "network-policy.yaml"),
                # The VPC CNI takes it over in a deploy that adds node groups, before this would delete it.
                removal_policy=RemovalPolicy.RETAIN,
            )
        if spec.ingress_scheme is not None:
            ingress = load_manifests(files / "ingress-class.yaml", scheme=spec.ingress_scheme)
            manifest = apply(self, "IngressClass", cluster=cluster, objects=ingress)
            if spec.ingress_scheme == "internet-facing":
                acknowledge(manifest, INTERNET_FACING)

    def _node_class(self, spec: NodeClassSpec) -> IConstruct:
        """Make a class once its nodes may join: on delete, the entry goes after the last of them."""
        scope, joined = Construct(self, f"NodeClass-{spec.name}"), self._joined
        role = node_role(scope, "Role", description=f"NodeClass {spec.name} of EKS Auto Mode")
        entry = eks.CfnAccessEntry(
            scope,
            "AccessEntry",
            cluster_name=joined.cluster.cluster_name,
            principal_arn=role.role_arn,
            type="EC2",
            access_policies=[
                eks.CfnAccessEntry.AccessPolicyProperty(
                    access_scope=eks.CfnAccessEntry.AccessScopeProperty(type="cluster"),
                    policy_arn=eks.AccessPolicyArn.of("AmazonEKSAutoNodePolicy").policy_arn,
                )
            ],
        )
        manifest = apply(
            scope,
            "NodeClass",
            cluster=joined.cluster,
            objects=[
                spec.manifest(
                    role=role.role_name,
                    subnets=_ids(joined.network.private_subnets),
                    pod_subnets=_ids(joined.network.pod_subnets),
                    security_group=joined.cluster.cluster_security_group_id,
                    tags=joined.tags,
                    proxy=joined.proxy,
                )
            ],
        )
        manifest.node.add_dependency(entry)
        return manifest


def _ids(subnets: Mapping[str, ec2.ISubnet]) -> list[str]:
    return [subnets[zone].subnet_id for zone in sorted(subnets)]

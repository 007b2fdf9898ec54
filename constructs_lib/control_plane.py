"""The managed control plane: the cluster, its role, key and log group, and the kubectl handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import kubectl_handler
from constructs_lib.acknowledgements import acknowledge, managed_policy_finding
from constructs_lib.adopted_log_group import AdoptedLogGroup
from constructs_lib.kubectl_layer import kubectl_layer
from constructs_lib.specs.cluster import WHOLE_INTERNET, ClusterSpec
from constructs_lib.specs.proxy_settings import ProxySettings

FEWER_LOGS = "The environment names the logs that it keeps; production environments keep all."


class ControlPlane(Construct):
    """An EKS cluster without any node."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ClusterSpec,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        policies: Sequence[str],
        manages_interfaces: bool,
        removal_policy: RemovalPolicy,
        log_key: kms.Key | None,
        handler_pulls_oci_charts: bool,
        proxy: ProxySettings | None,
    ) -> None:
        """Make the cluster.

        The control plane and the kubectl handler put their interfaces into `subnets`.
        `policies` are what its role gets for its compute. `removal_policy` is that of the key and the
        log groups; `log_key` encrypts what they hold.
        `proxy` is how the handler gets out of the VPC, if it doesn't go straight.
        """
        super().__init__(scope, construct_id)
        self.secrets_key = kms.Key(
            self,
            "SecretsKey",
            description=f"Kubernetes Secrets of {spec.name}",
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )
        self.logs = AdoptedLogGroup(
            self,
            "Logs",
            # The name that EKS writes to. Were it missing, EKS would make it, without retention.
            # After a destroy it is there again: late records, or all if the group was retained.
            log_group_name=f"/aws/eks/{spec.name}/cluster",
            retention_days=spec.log_retention_days,
            removal_policy=removal_policy,
            key=log_key,
        )
        if manages_interfaces:
            # Branch interfaces of nodes, and the addresses of Windows.
            policies = [*policies, "AmazonEKSVPCResourceController"]
        self.role = self._role(["AmazonEKSClusterPolicy", *policies])
        self.cluster = eks.Cluster(
            self,
            "Cluster",
            cluster_name=spec.name,
            version=eks.KubernetesVersion.of(spec.kubernetes_version),
            role=self.role,
            vpc=vpc,
            vpc_subnets=[ec2.SubnetSelection(subnets=list(subnets))],
            endpoint_access=_endpoint_access(spec),
            cluster_logging=[_LOG_TYPES[name] for name in spec.enabled_log_types],
            secrets_encryption_key=self.secrets_key,
            service_ipv4_cidr=spec.service_ipv4_cidr,
            default_capacity_type=eks.DefaultCapacityType.NODEGROUP,
            default_capacity=0,
            bootstrap_cluster_creator_admin_permissions=False,
            bootstrap_self_managed_addons=False,
            kubectl_provider_options=eks.KubectlProviderOptions(
                kubectl_layer=kubectl_layer(self, "Kubectl", spec.kubernetes_version),
                environment=kubectl_handler.environment(proxy),
            ),
        )
        group = cast("ec2.SecurityGroup", self.cluster.node.find_child("ControlPlaneSecurityGroup"))
        for cidr in spec.endpoint_private_access_cidrs:
            group.add_ingress_rule(
                ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), "endpoint_private_access_cidrs"
            )
        self._complete(spec)
        kubectl_handler.complete(
            self.cluster,
            retention_days=spec.log_retention_days,
            removal_policy=removal_policy,
            key=log_key,
            pulls_oci_charts=handler_pulls_oci_charts,
            proxy=proxy,
        )
        if spec.endpoint_open_because is not None:
            acknowledge(
                self.cluster,
                {f"Groundwork::EKS1[{WHOLE_INTERNET}]": spec.endpoint_open_because},
            )
        for name in _LOG_TYPES:
            if name not in spec.enabled_log_types:
                acknowledge(self.cluster, {f"Groundwork::EKS2[{name}]": FEWER_LOGS})

    def _role(self, policies: Sequence[str]) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            description="EKS control plane",
            assumed_by=iam.ServicePrincipal("eks.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(p) for p in policies],
        )
        acknowledge(
            role,
            {
                managed_policy_finding(policy): "EKS requires this AWS managed policy on the "
                "cluster role and extends it as the service grows; a copy would fall behind."
                for policy in policies
            },
        )
        return role

    def _complete(self, spec: ClusterSpec) -> None:
        resource = cast("eks.CfnCluster", self.cluster.node.default_child)
        # These have no name in the L2 (aws-cdk-lib 2.275).
        resource.add_property_override("DeletionProtection", spec.deletion_protection)
        resource.add_property_override("UpgradePolicy.SupportType", spec.support_type)
        resource.add_property_override("ZonalShiftConfig.Enabled", spec.zonal_shift)
        # EKS makes the log group itself as soon as it has something to write.
        resource.node.add_dependency(self.logs.resource)


_LOG_TYPES = {
    "api": eks.ClusterLoggingTypes.API,
    "audit": eks.ClusterLoggingTypes.AUDIT,
    "authenticator": eks.ClusterLoggingTypes.AUTHENTICATOR,
    "controllerManager": eks.ClusterLoggingTypes.CONTROLLER_MANAGER,
    "scheduler": eks.ClusterLoggingTypes.SCHEDULER,
}


def _endpoint_access(spec: ClusterSpec) -> eks.EndpointAccess:
    if not spec.endpoint_public_access:
        return eks.EndpointAccess.PRIVATE
    return eks.EndpointAccess.PUBLIC_AND_PRIVATE.only_from(*spec.endpoint_public_access_cidrs)

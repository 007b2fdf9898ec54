"""What must be installed before the first pod: the Pod Identity agent, kube-proxy and the VPC CNI."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from constructs_lib.add_ons import ManagedAddOn
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.cluster import VpcCniSpec
from constructs_lib.vpc_cni import VpcCni


class PodNetworking(Construct):
    """The add-ons that give a node its network. `add_ons` are what a data plane waits for."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        kubernetes_version: str,
        versions: AddOnsSpec,
        spec: VpcCniSpec,
        windows: bool,
        pod_subnets: Mapping[str, ec2.ISubnet],
    ) -> None:
        """Install the add-ons; `windows` tells whether there are such nodes, `pod_subnets` are for custom networking."""
        super().__init__(scope, construct_id)
        agent = ManagedAddOn(
            self,
            "PodIdentityAgent",
            cluster=cluster,
            name="eks-pod-identity-agent",
            version=versions.version_of("eks-pod-identity-agent", kubernetes_version),
        ).resource
        kube_proxy = ManagedAddOn(
            self,
            "KubeProxy",
            cluster=cluster,
            name="kube-proxy",
            version=versions.version_of("kube-proxy", kubernetes_version),
        ).resource
        vpc_cni = VpcCni(
            self,
            "VpcCni",
            cluster=cluster,
            spec=spec,
            windows=windows,
            version=versions.version_of("vpc-cni", kubernetes_version),
            pod_subnets=pod_subnets,
        ).add_on.resource
        # Without the agent the CNI gets no credentials (amazon-vpc-cni-k8s#3840).
        vpc_cni.node.add_dependency(agent)
        self.add_ons = (agent, kube_proxy, vpc_cni)

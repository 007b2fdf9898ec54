"""The add-ons that run as pods: DNS, volumes, metrics, load balancers."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IConstruct

from constructs_lib.add_ons import ManagedAddOn
from constructs_lib.load_balancer_controller import LoadBalancerController
from constructs_lib.manifests import MANIFESTS, apply, load_manifests
from constructs_lib.specs.add_ons import AddOnsSpec

COREDNS_ON_FARGATE: dict[str, object] = {
    "computeType": "Fargate",
    # With the 256 MB that Fargate adds, this is its smallest size.
    "resources": {
        "requests": {"cpu": "0.25", "memory": "256M"},
        "limits": {"cpu": "0.25", "memory": "256M"},
    },
}
"""EKS user guide, "Get started with AWS Fargate for your cluster"."""


class ClusterAddOns(Construct):
    """The add-ons of a cluster that has somewhere to run pods."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        kubernetes_version: str,
        spec: AddOnsSpec,
        vpc: ec2.IVpc,
        has_nodes: bool,
        after: Sequence[IConstruct],
    ) -> None:
        """Install the add-ons, once the data plane that they come `after` stands."""
        super().__init__(scope, construct_id)
        self._cluster = cluster
        self._spec = spec
        self._kubernetes_version = kubernetes_version
        self._after = after

        coredns = self._install(
            "CoreDns",
            "coredns",
            configuration=COREDNS_ON_FARGATE if spec.coredns_compute_type == "fargate" else None,
        )
        if spec.metrics_server:
            self._install("MetricsServer", "metrics-server")
        if spec.ebs_csi_driver:
            driver = self._install(
                "EbsCsiDriver",
                "aws-ebs-csi-driver",
                service_account="ebs-csi-controller-sa",
                # Only volumes and instances of this cluster, by their tags.
                managed_policy="AmazonEBSCSIDriverEKSClusterScopedPolicy",
            )
            storage_class = apply(
                self,
                "DefaultStorageClass",
                cluster=cluster,
                objects=load_manifests(MANIFESTS / "ebs-csi-driver"),
            )
            storage_class.node.add_dependency(driver)
        if spec.load_balancer_controller is not None:
            self.load_balancer_controller = LoadBalancerController(
                self,
                "LoadBalancerController",
                cluster=cluster,
                spec=spec.load_balancer_controller,
                vpc=vpc,
                on_fargate=not has_nodes,
            )
            # It looks AWS services up by name.
            self.load_balancer_controller.chart.node.add_dependency(coredns, *after)

    def _install(
        self,
        construct_id: str,
        name: str,
        *,
        configuration: dict[str, object] | None = None,
        service_account: str | None = None,
        managed_policy: str | None = None,
    ) -> eks.CfnAddon:
        add_on = ManagedAddOn(
            self,
            construct_id,
            cluster=self._cluster,
            name=name,
            version=self._spec.version_of(name, self._kubernetes_version),
            configuration=configuration,
            service_account=service_account,
            managed_policy=managed_policy,
        ).resource
        add_on.node.add_dependency(*self._after)
        return add_on

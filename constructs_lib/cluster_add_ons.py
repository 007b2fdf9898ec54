"""The add-ons that run as pods: DNS, volumes, metrics, load balancers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IConstruct

from constructs_lib.add_ons import ManagedAddOn
from constructs_lib.load_balancer_controller import LoadBalancerController
from constructs_lib.manifests import apply
from constructs_lib.specs.add_ons import AddOnsSpec
from constructs_lib.specs.manifest_files import MANIFESTS, load_manifests
from constructs_lib.specs.permissions import PermissionsSpec

COREDNS_ON_FARGATE: dict[str, object] = {
    "computeType": "Fargate",
    # With the 256 MB that Fargate adds, this is its smallest size.
    "resources": {
        "requests": {"cpu": "0.25", "memory": "256M"},
        "limits": {"cpu": "0.25", "memory": "256M"},
    },
}
"""EKS user guide, "Get started with AWS Fargate for your cluster"."""

EBS_CSI_DRIVER = PermissionsSpec(managed_policies=("AmazonEBSCSIDriverEKSClusterScopedPolicy",))
"""Only volumes and instances of this cluster, by their tags."""


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
        coredns: bool,
        after: Sequence[IConstruct],
    ) -> None:
        """Install the add-ons, once the data plane that they come `after` stands.

        Node groups are its nodes; those of Auto Mode have DNS of their own.
        """
        super().__init__(scope, construct_id)
        self._cluster = cluster
        self._spec = spec
        self._kubernetes_version = kubernetes_version
        self._after = after

        if coredns:
            on_fargate = spec.coredns_compute_type == "fargate"
            installed = self._install(
                "CoreDns", "coredns", configuration=COREDNS_ON_FARGATE if on_fargate else None
            )
            after = (*after, installed)
        self.dns: Sequence[IConstruct] = after
        if spec.metrics_server:
            self._install("MetricsServer", "metrics-server")
        if spec.ebs_csi_driver:
            driver = self._install(
                "EbsCsiDriver",
                "aws-ebs-csi-driver",
                permissions={"ebs-csi-controller-sa": EBS_CSI_DRIVER},
            )
            storage_class = apply(
                self,
                "DefaultStorageClass",
                cluster=cluster,
                objects=load_manifests(MANIFESTS / "ebs-csi-driver"),
            )
            storage_class.node.add_dependency(driver)
        if spec.node_monitoring_agent and has_nodes:
            self._install("NodeMonitoringAgent", "eks-node-monitoring-agent")
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
            self.load_balancer_controller.chart.node.add_dependency(*self.dns)
        self._install_additional()

    def _install_additional(self) -> None:
        installed = {
            add_on.name: self._install(
                f"Additional-{add_on.name}",
                add_on.name,
                version=add_on.version,
                namespace=add_on.namespace,
                configuration=add_on.configuration or None,
                permissions=add_on.permissions,
            )
            for add_on in self._spec.additional
        }
        for add_on in self._spec.additional:
            resource = installed[add_on.name]
            for needed in add_on.after:
                resource.node.add_dependency(installed[needed])

    def _install(
        self,
        construct_id: str,
        name: str,
        *,
        version: str | None = None,
        namespace: str | None = None,
        configuration: Mapping[str, object] | None = None,
        permissions: Mapping[str, PermissionsSpec] | None = None,
    ) -> eks.CfnAddon:
        add_on = ManagedAddOn(
            self,
            construct_id,
            cluster=self._cluster,
            name=name,
            version=version or self._spec.version_of(name, self._kubernetes_version),
            namespace=namespace,
            configuration=configuration,
            permissions=permissions,
        ).resource
        add_on.node.add_dependency(*self._after)
        return add_on

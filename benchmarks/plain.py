"""The parts of dev and prod with as few words as `aws_eks_v2` needs: `python -m benchmarks.plain`.

A VPC by the CDK's defaults, one stack for the cluster and one for the workload, as the README of
`aws_eks_v2` shows it. Where the CDK decides about an order or a wait, this leaves it to the CDK.
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer

ADD_ONS = ("coredns", "kube-proxy", "vpc-cni", "eks-pod-identity-agent", "metrics-server")
DRIVERS = ("aws-ebs-csi-driver", "eks-node-monitoring-agent")
ENDPOINTS = ("ECR", "ECR_DOCKER", "STS")
VERSION = "1.36"


class PlainStage(cdk.Stage):
    """The network, the cluster and a workload of one environment."""

    def __init__(self, app: cdk.App, name: str, *, zones: int, nat_gateways: int) -> None:
        """Make them; an environment with a NAT gateway in each zone has interface endpoints too."""
        super().__init__(app, name, env=cdk.Environment(region="eu-west-1"))
        network = cdk.Stack(self, "Network")
        vpc = ec2.Vpc(network, "Vpc", max_azs=zones, nat_gateways=nat_gateways)
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        for endpoint in ENDPOINTS if nat_gateways > 1 else ():
            service = getattr(ec2.InterfaceVpcEndpointAwsService, endpoint)
            vpc.add_interface_endpoint(endpoint, service=service)
        vpc.add_flow_log("FlowLog")
        stack = cdk.Stack(self, "Cluster")
        cluster = eks.Cluster(
            stack,
            "Cluster",
            version=eks.KubernetesVersion.of(VERSION),
            vpc=vpc,
            default_capacity_type=eks.DefaultCapacityType.NODEGROUP,
            default_capacity=zones,
            cluster_logging=[eks.ClusterLoggingTypes.API, eks.ClusterLoggingTypes.AUDIT],
            kubectl_provider_options=eks.KubectlProviderOptions(
                kubectl_layer=KubectlV36Layer(stack, "Kubectl")
            ),
            alb_controller=eks.AlbControllerOptions(version=eks.AlbControllerVersion.V2_8_2),
        )
        cluster.add_fargate_profile("SampleApi", selectors=[eks.Selector(namespace="sample")])
        for add_on in (*ADD_ONS, *DRIVERS):
            eks.CfnAddon(stack, add_on, cluster_name=cluster.cluster_name, addon_name=add_on)
        workload = cdk.Stack(self, "SampleService")
        namespace = self._manifest(workload, cluster, "Namespace", {"name": "sample"})
        for kind in ("Deployment", "Service"):
            for component in ("api", "web"):
                there = {"name": component, "namespace": "sample"}
                self._manifest(workload, cluster, kind, there).node.add_dependency(namespace)

    def _manifest(
        self, stack: cdk.Stack, cluster: eks.Cluster, kind: str, metadata: dict[str, str]
    ) -> eks.KubernetesManifest:
        item = {"apiVersion": "v1", "kind": kind, "metadata": metadata}
        return eks.KubernetesManifest(
            stack,
            f"{kind}{metadata['name']}",
            cluster=cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
            manifest=[item],
        )


if __name__ == "__main__":
    plain = cdk.App()
    PlainStage(plain, "PlainDev", zones=2, nat_gateways=1)
    PlainStage(plain, "PlainProd", zones=3, nat_gateways=3)
    plain.synth()

"""What others build with `aws_eks_v2`, synthesized once for all tests.

A program: `python -m tests.unit.guardrails.peers DIRECTORY`. Each app is as its public documentation
has it, not as we would: the rules must say what is right about it, and nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from assembly.environment import Environment
from assembly.stack import Stack
from tests.support import context

if TYPE_CHECKING:
    import aws_cdk as cdk


def main(outdir: Path) -> None:
    """Synthesize one stage for each kind of app."""
    import aws_cdk as cdk  # noqa: PLC0415  # only this process starts jsii
    from aws_cdk import aws_ec2 as ec2  # noqa: PLC0415
    from aws_cdk import aws_eks_v2 as eks  # noqa: PLC0415
    from aws_cdk import aws_iam as iam  # noqa: PLC0415
    from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer  # noqa: PLC0415

    app = cdk.App(outdir=str(outdir), context=context())
    version = eks.KubernetesVersion.of("1.36")

    def stack(stage: str) -> cdk.Stack:
        return cdk.Stack(cdk.Stage(app, stage), "Cluster")

    def kubectl(scope: cdk.Stack, **options: Any) -> eks.KubectlProviderOptions:  # noqa: ANN401
        return eks.KubectlProviderOptions(
            kubectl_layer=KubectlV36Layer(scope, "Kubectl"), **options
        )

    # The README of aws_eks_v2, "Quick start" and "Kubernetes Manifests".
    quick = stack("QuickStart")
    cluster = eks.Cluster(
        quick,
        "HelloEks",
        version=version,
        default_capacity_type=eks.DefaultCapacityType.NODEGROUP,
        kubectl_provider_options=kubectl(quick),
    )
    cluster.add_manifest(
        "Pod",
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "mypod"},
            "spec": {
                "containers": [
                    {
                        "name": "hello",
                        "image": "paulbouwer/hello-kubernetes:1.5",
                        "ports": [{"containerPort": 8080}],
                    }
                ]
            },
        },
    )

    # The same without any way to the internet, in isolated subnets, with the endpoints of AWS's list.
    private = stack("PrivateCluster")
    vpc = ec2.Vpc(
        private,
        "Vpc",
        max_azs=2,
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        ],
    )
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    for name in ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "lambda", "logs", "sts"):
        vpc.add_interface_endpoint(
            name.replace(".", ""), service=ec2.InterfaceVpcEndpointAwsService(name)
        )
    cluster = eks.Cluster(
        private,
        "Cluster",
        version=version,
        vpc=vpc,
        vpc_subnets=[ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)],
        endpoint_access=eks.EndpointAccess.PRIVATE,
        default_capacity_type=eks.DefaultCapacityType.NODEGROUP,
        default_capacity=0,
        kubectl_provider_options=kubectl(private, private_subnets=vpc.isolated_subnets),
    )
    cluster.add_nodegroup_capacity(
        "Nodes", subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    )
    operators = iam.Role(private, "Operators", assumed_by=iam.AccountRootPrincipal())
    cluster.grant_cluster_admin("OperatorsAccess", operators.role_arn)

    # The README of aws_eks_v2, "Fargate Profiles", with one more profile.
    serverless = stack("FargateOnly")
    cluster = eks.FargateCluster(
        serverless, "Cluster", version=version, kubectl_provider_options=kubectl(serverless)
    )
    cluster.add_fargate_profile("Apps", selectors=[eks.Selector(namespace="apps")])

    # The README of aws_eks_v2: Auto Mode is the default of `Cluster`.
    eks.Cluster(stack("AutoMode"), "Cluster", version=version)

    # A cluster inside a nested stack, its network outside.
    outer = stack("Nested")
    vpc = ec2.Vpc(outer, "Vpc", max_azs=2, nat_gateways=1)
    inner = cdk.NestedStack(outer, "Eks")
    cluster = eks.Cluster(
        inner,
        "Cluster",
        version=version,
        vpc=vpc,
        default_capacity_type=eks.DefaultCapacityType.NODEGROUP,
        kubectl_provider_options=kubectl(inner),
    )
    cdk.CfnOutput(outer, "Name", value=cluster.cluster_name)

    blueprint(cdk.Stack(app, "Blueprint"))
    app.synth()


def blueprint(stack: cdk.Stack) -> None:
    """Build what the getting-started blueprint of aws-quickstart/cdk-eks-blueprints does.

    It has no stage, the CDK's first EKS module and so a cluster that is a custom resource, nested
    stacks for its providers, aws-auth, an add-on, a chart, a team and a service account.
    """
    from aws_cdk import aws_ec2 as ec2  # noqa: PLC0415  # only this process starts jsii
    from aws_cdk import aws_eks as eks  # noqa: PLC0415
    from aws_cdk import aws_iam as iam  # noqa: PLC0415
    from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer  # noqa: PLC0415

    cluster = eks.Cluster(
        stack,
        "blueprint",
        version=eks.KubernetesVersion.of("1.36"),
        vpc=ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=1),
        default_capacity=0,
        kubectl_layer=KubectlV36Layer(stack, "Kubectl"),
        masters_role=iam.Role(stack, "Admins", assumed_by=iam.AccountRootPrincipal()),
    )
    cluster.add_nodegroup_capacity("mng", instance_types=[ec2.InstanceType("m5.large")])
    cluster.add_helm_chart(
        "metrics-server",
        chart="metrics-server",
        repository="https://kubernetes-sigs.github.io/metrics-server/",
        namespace="kube-system",
        version="3.13.0",
    )
    cluster.add_service_account(
        "controller", name="aws-load-balancer-controller", namespace="kube-system"
    )
    cluster.add_manifest(
        "team",
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-burnham"}},
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "quota", "namespace": "team-burnham"},
            "spec": {"hard": {"requests.cpu": "10"}},
        },
    )
    eks.CfnAddon(stack, "vpc-cni", addon_name="vpc-cni", cluster_name=cluster.cluster_name)


def by_hand() -> Environment:
    """Return a template full of functions, as no synthesis of the CDK leaves it."""
    file = Path(__file__).with_name("functions.template.yaml")
    template = yaml.safe_load(file.read_text(encoding="utf-8"))
    stack = Stack(path="ByHand/Cluster", template=template, termination_protection=True)
    return Environment(name="ByHand", stacks={stack.path: stack})


if __name__ == "__main__":
    main(Path(sys.argv[1]))

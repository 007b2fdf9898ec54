"""The CDK's kubectl handler: what it may do, what it logs, and the CRDs of charts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from aws_cdk import CfnElement, RemovalPolicy, Stack
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import IConstruct

from constructs_lib.acknowledgements import (
    acknowledge,
    managed_policy_finding,
    wildcard_finding,
)
from constructs_lib.specs.proxy_settings import ProxySettings

CHART_CRDS = Path(__file__).parent / "handlers" / "kubectl_layer"
RUNS = {
    "service-role/AWSLambdaBasicExecutionRole": "The CDK's kubectl handler is a Lambda function; "
    "this policy lets it write its own log and nothing more.",
    "service-role/AWSLambdaVPCAccessExecutionRole": "The kubectl handler runs in the VPC, and its "
    "interfaces have no ARN beforehand.",
}
"""The AWS managed policies of both functions."""

TRUSTED = "http-proxy"
"""The folder of a layer with the certificates that Helm trusts on top of the public ones."""

PULLS_CHARTS = (
    "The environment installs charts from an oci:// repository of ECR; the policy only reads."
)


def environment(proxy: ProxySettings | None) -> dict[str, str] | None:
    """Return the environment variables of the handler, None where it needs none of ours."""
    if proxy is None:
        return None
    # Go's name for more certificates. The AWS CLI's takes the place of all others, those of VPC
    # endpoints included.
    trusted = {"SSL_CERT_DIR": f"/opt/{TRUSTED}"} if proxy.certificates else {}
    return {**proxy.environment, **trusted}


def complete(
    cluster: eks.Cluster,
    *,
    retention_days: int,
    removal_policy: RemovalPolicy,
    key: kms.Key | None,
    pulls_oci_charts: bool,
    proxy: ProxySettings | None,
) -> None:
    """Set what the L2 has no name for: logs, the CRDs of charts, and no right without a use."""
    handler, framework = _functions(cluster)
    _upgrade_crds(handler)
    # Whatever is applied waits for the barrier. Else Lambda would make the log groups, without
    # retention and without a key, and CloudFormation would find their names taken.
    barrier = cluster.node.find_child("KubectlReadyBarrier")
    for function in (handler, framework):
        group = function.node.try_find_child("LogGroup")
        if group is None:
            # An app without the flags of cdk.json.
            continue
        barrier.node.add_dependency(group)
        resource = cast("logs.CfnLogGroup", group.node.default_child)
        resource.retention_in_days = retention_days
        resource.kms_key_id = None if key is None else key.key_arn
        resource.apply_removal_policy(removal_policy)
    if pulls_oci_charts:
        _acknowledge_charts(handler)
    else:
        role = cast("iam.CfnRole", handler.node.find_child("ServiceRole").node.default_child)
        # The L2 lets it read every repository of ECR, which only charts of oci:// need.
        role.managed_policy_arns = [
            iam.ManagedPolicy.from_aws_managed_policy_name(policy).managed_policy_arn
            for policy in RUNS
        ]
        handler.node.try_remove_child("HasEcrPublic")
    if proxy is not None and proxy.certificates:
        handler.add_layers(_certificates(cluster, proxy.certificates))
    _acknowledge(cluster, handler, framework)


def _upgrade_crds(handler: lambda_.Function) -> None:
    """Have the function begin in our layer, which calls the CDK's code in turn."""
    layer = lambda_.LayerVersion(
        handler,
        "ChartCrds",
        description="Upgrades the CRDs of Helm charts",
        code=lambda_.Code.from_asset(str(CHART_CRDS), exclude=["**/__pycache__"]),
    )
    handler.add_layers(layer)
    cast("lambda_.CfnFunction", handler.node.default_child).handler = "chart_crds.handler"


def _functions(cluster: eks.Cluster) -> tuple[lambda_.Function, lambda_.Function]:
    provider = cluster.node.find_child("KubectlProvider")
    framework = provider.node.find_child("Provider").node.find_child("framework-onEvent")
    handler = provider.node.find_child("Handler")
    return cast("lambda_.Function", handler), cast("lambda_.Function", framework)


def _certificates(cluster: eks.Cluster, certificates: Sequence[str]) -> lambda_.LayerVersion:
    with TemporaryDirectory() as folder:
        file = Path(folder) / TRUSTED / "certificates.pem"
        file.parent.mkdir()
        file.write_text("".join(f"{each}\n" for each in certificates), encoding="ascii")
        return lambda_.LayerVersion(
            cluster,
            "HttpProxyCertificates",
            code=lambda_.Code.from_asset(folder),
            description="Authorities whose certificates Helm trusts behind the HTTP proxy",
        )


def _acknowledge(
    cluster: eks.Cluster, handler: lambda_.Function, framework: lambda_.Function
) -> None:
    acknowledge(
        cluster.node.find_child("KubectlProvider"),
        {managed_policy_finding(policy): reason for policy, reason in RUNS.items()},
    )
    acknowledge(
        handler,
        {
            "AwsSolutions::AwsSolutions-L1": "The CDK chooses the Python runtime that the "
            "handler and its layers were tested with, and moves it with its releases.",
        },
    )
    acknowledge(
        framework.node.find_child("ServiceRole").node.find_child("DefaultPolicy"),
        {
            wildcard_finding(f"<{_logical_id(handler)}.Arn>:*"): "The CDK's provider framework "
            "invokes whichever version of this one handler is current.",
        },
    )


def _acknowledge_charts(handler: lambda_.Function) -> None:
    condition = _logical_id(handler, "HasEcrPublic")
    public_images = (
        f'{{"Fn::If":["{condition}",{{"Fn::Join":["",["arn:",{{"Ref":"AWS::Partition"}},'
        '":iam::aws:policy/AmazonElasticContainerRegistryPublicReadOnly"]]},'
        '{"Ref":"AWS::NoValue"}]}'
    )
    acknowledge(
        handler.node.find_child("ServiceRole"),
        {
            managed_policy_finding("AmazonEC2ContainerRegistryReadOnly"): PULLS_CHARTS,
            f"AwsSolutions::AwsSolutions-IAM4[Policy::{public_images}]": PULLS_CHARTS,
        },
    )


def _logical_id(construct: IConstruct, child: str | None = None) -> str:
    element = construct.node.find_child(child) if child else construct.node.default_child
    return Stack.of(construct).get_logical_id(cast("CfnElement", element))

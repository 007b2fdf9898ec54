"""The AWS Load Balancer Controller: Services and Ingresses become load balancers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge, wildcard_finding
from constructs_lib.controller_role import controller_role
from constructs_lib.specs.add_ons import (
    CONTROLLER_RESOURCES,
    LoadBalancerControllerSpec,
    version_tuple,
)

POLICY = Path(__file__).with_name("load_balancer_controller_policy.json")
"""The controller's IAM policy, docs/install/iam_policy.json of
kubernetes-sigs/aws-load-balancer-controller; the same from 2.17.1 to 3.5.0."""

ACTIONS_OF = {
    "waf": ("wafv2:", "elasticloadbalancing:SetWebAcl"),
    "waf-classic": ("waf-regional:",),
    "shield": ("shield:",),
    "cognito": ("cognito-idp:",),
}
"""Which actions of the policy belong to an integration. WAF Classic has ended; nothing turns it on."""

FEATURES = {"ALBGatewayAPI": "1.17.1", "NLBGatewayAPI": "1.17.1", "GatewayListenerSet": "3.2.2"}
"""The features to turn off, and the oldest chart whose controller knows each: it doesn't start where one is
unknown (kubernetes-sigs/aws-load-balancer-controller, pkg/config/feature_gates.go at the tags)."""

NAMESPACE = "kube-system"
NAME = "aws-load-balancer-controller"


class LoadBalancerController(Construct):
    """The controller, by its Helm chart, with a role for its service account.

    The role comes through Pod Identity, or through IRSA where there are no nodes.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        spec: LoadBalancerControllerSpec,
        vpc: ec2.IVpc,
        on_fargate: bool,
    ) -> None:
        """Install the controller."""
        super().__init__(scope, construct_id)
        self._cluster = cluster
        role, identity = controller_role(
            self, cluster=cluster, namespace=NAMESPACE, name=NAME, on_fargate=on_fargate
        )
        policy = self._allow(role, spec)
        self.chart = eks.HelmChart(
            self,
            "Chart",
            cluster=cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
            chart=NAME,
            repository=spec.chart_repository,
            version=spec.chart_version,
            release=NAME,
            namespace=NAMESPACE,
            create_namespace=False,
            # Whoever depends on the chart finds a controller that answers.
            wait=True,
            timeout=Duration.minutes(10),
            values=self._values(spec, vpc, create_service_account=not on_fargate),
        )
        self.chart.node.add_dependency(identity, policy)

    def _allow(self, role: iam.Role, spec: LoadBalancerControllerSpec) -> iam.ManagedPolicy:
        text = POLICY.read_text(encoding="utf-8").replace("arn:aws:", f"arn:{Aws.PARTITION}:")
        document = iam.PolicyDocument.from_json(without_unused(json.loads(text), spec))
        policy = iam.ManagedPolicy(
            self, "Policy", description=f"What {NAME} needs", document=document, roles=[role]
        )
        acknowledge(policy, _wildcards())
        return policy

    def _values(
        self, spec: LoadBalancerControllerSpec, vpc: ec2.IVpc, *, create_service_account: bool
    ) -> dict[str, Any]:
        values: dict[str, Any] = {
            "clusterName": self._cluster.cluster_name,
            # Said outright: pods can't ask the instance metadata, which is one hop away.
            "region": Stack.of(self).region,
            "vpcId": vpc.vpc_id,
            "replicaCount": spec.replicas,
            "podDisruptionBudget": {"maxUnavailable": 1},
            "serviceAccount": {"create": create_service_account, "name": NAME},
            "defaultTargetType": "ip",
            # Its webhook would block every Service while the controller is down
            # (aws-load-balancer-controller#4140). Ours name their class instead.
            "enableServiceMutatorWebhook": False,
            "enableShield": "shield" in spec.integrations,
            # WAF Classic, which has ended.
            "enableWaf": False,
            "enableWafv2": "waf" in spec.integrations,
            # With all of them off the controller does not look for the Gateway API's CRDs, and can't
            # stumble over some that are missing (aws-load-balancer-controller#4684).
            "controllerConfig": {"featureGates": dict.fromkeys(known(spec.chart_version), False)},
            "resources": CONTROLLER_RESOURCES,
            "keepTLSSecret": True,
        }
        if spec.image_repository is not None:
            values["image"] = {"repository": spec.image_repository}
        return values


def known(chart_version: str) -> list[str]:
    """Return those of the features that the controller of a chart knows."""
    return [
        name
        for name, oldest in FEATURES.items()
        if version_tuple(oldest) <= version_tuple(chart_version)
    ]


def without_unused(document: dict[str, Any], spec: LoadBalancerControllerSpec) -> dict[str, Any]:
    """Return the policy without the actions of the integrations that are off."""
    unused = tuple(
        prefix
        for integration, prefixes in ACTIONS_OF.items()
        for prefix in prefixes
        if integration not in spec.integrations
    )
    statements = [
        {
            **statement,
            "Action": [each for each in statement["Action"] if not each.startswith(unused)],
        }
        for statement in document["Statement"]
    ]
    return {**document, "Statement": statements}


def _wildcards() -> dict[str, str]:
    load_balancing = "arn:<AWS::Partition>:elasticloadbalancing:*:*"
    tagged = (
        "The controller creates these, so their ARNs are not known here; conditions limit it to "
        "those with the cluster's tag elbv2.k8s.aws/cluster."
    )
    listeners = (
        "Listeners and their rules belong to load balancers that the controller creates; the action "
        "only changes tags."
    )
    return {
        wildcard_finding("*"): "Describe actions don't support resource ARNs; actions that change "
        "something are limited by conditions on the cluster's tag, or to listeners of load balancers "
        "with it. The policy document is the controller's own, without what only WAF, Shield and Cognito need.",
        wildcard_finding("arn:<AWS::Partition>:ec2:*:*:security-group/*"): tagged,
        **{
            wildcard_finding(f"{load_balancing}:{kind}"): tagged
            for kind in ("targetgroup/*/*", "loadbalancer/net/*/*", "loadbalancer/app/*/*")
        },
        **{
            wildcard_finding(f"{load_balancing}:{kind}"): listeners
            for kind in (
                *("listener/net/*/*/*", "listener/app/*/*/*"),
                *("listener-rule/net/*/*/*", "listener-rule/app/*/*/*"),
            )
        },
    }

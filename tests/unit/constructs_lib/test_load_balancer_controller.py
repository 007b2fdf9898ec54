from __future__ import annotations

import functools
import json
import tarfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.load_balancer_controller import POLICY, known
from tests.support import Assembly, Template, joined, only, resources_of
from tests.unit.constructs_lib.templates import (
    Properties,
    add_on,
    depends_on,
    kubernetes_object,
    manifest,
    one,
    properties,
)
from tests.unit.constructs_lib.variants import ECR, Variants

CHART = "Custom::AWSCDK-EKS-HelmChart"
NAME = "aws-load-balancer-controller"
NEWEST_COPY = "package/aws-eks/lib/addons/alb-iam_policy-v3.2.2.json"
"""The newest policy that the CDK carries itself; the controller's has not changed since."""


@functools.cache
def policy_of_the_cdk() -> dict[str, Any]:
    """Return the policy document inside the installed aws-cdk-lib."""
    (archive,) = Path(str(files("aws_cdk._jsii"))).glob("aws-cdk-lib*.tgz")
    # A stream ends as soon as the file is found.
    with tarfile.open(archive, "r|gz") as stream:
        for member in stream:
            if member.name == NEWEST_COPY:
                content = stream.extractfile(member)
                assert content is not None
                document: dict[str, Any] = json.load(content)
                return document
    raise AssertionError(NEWEST_COPY)


def permissions(document: Properties) -> set[tuple[str, str, str, str]]:
    """Return effect, action, resource and condition of everything that a policy says."""
    return set(_permissions(document))


def _permissions(document: Properties) -> Iterator[tuple[str, str, str, str]]:
    for statement in document["Statement"]:
        actions, resources = statement["Action"], statement["Resource"]
        condition = json.dumps(statement.get("Condition"), sort_keys=True)
        for action in [actions] if isinstance(actions, str) else actions:
            for resource in resources if isinstance(resources, list) else [resources]:
                name = joined(resource).replace("arn:value:", "arn:aws:")
                yield statement["Effect"], action, name, condition


def values(template: Template) -> dict[str, Any]:
    """Return the values of the chart."""
    found: dict[str, Any] = json.loads(joined(only(template, CHART)["Values"]))
    return found


@pytest.fixture(scope="module")
def closed(variants: Variants) -> Template:
    """Return a cluster whose chart and image come from mirrors."""
    return variants.platforms.templates["Closed/Cluster"]


@pytest.fixture(scope="module")
def serverless(variants: Variants) -> Template:
    """Return a cluster without nodes."""
    return variants.platforms.templates["FargateOnly/Cluster"]


def test_the_policy_is_the_controllers_own() -> None:
    """The copy in this project equals the one that the CDK ships."""
    assert json.loads(POLICY.read_text(encoding="utf-8")) == policy_of_the_cdk()


SHIELD_AND_CLASSIC = ("shield", "waf-regional")


@pytest.mark.parametrize(
    ("stack", "unused"),
    [
        ("Closed/Cluster", {*SHIELD_AND_CLASSIC, "wafv2", "cognito-idp"}),
        ("FargateOnly/Cluster", {*SHIELD_AND_CLASSIC, "wafv2", "cognito-idp"}),
        ("Existing/Cluster", {*SHIELD_AND_CLASSIC}),
    ],
)
def test_the_role_has_that_policy_less_what_is_off(
    stack: str, unused: set[str], variants: Variants
) -> None:
    """What is on or off in the chart is there or not in the policy; nothing else is lost or added."""
    template = variants.platforms.templates[stack]
    policy = only(template, "AWS::IAM::ManagedPolicy")
    lost = permissions(policy_of_the_cdk()) - permissions(policy["PolicyDocument"])
    assert not permissions(policy["PolicyDocument"]) - permissions(policy_of_the_cdk())
    actions = {action for _, action, _, _ in lost}
    assert {action.partition(":")[0] for action in actions} - {"elasticloadbalancing"} == unused
    without_waf = "wafv2" in unused
    assert ("elasticloadbalancing:SetWebAcl" in actions) is without_waf
    found = values(template)
    assert found["enableWafv2"] is not without_waf
    assert (found["enableShield"], found["enableWaf"]) == (False, False)
    role = one(template, "AWS::IAM::Role", "AddOnsLoadBalancerController")
    assert policy["Roles"] == [{"Ref": role}]
    assert "ManagedPolicyArns" not in properties(template, role)


def test_no_policy_names_a_partition(closed: Template) -> None:
    """China and GovCloud have ARNs of their own."""
    assert "arn:aws:" not in json.dumps(only(closed, "AWS::IAM::ManagedPolicy"))


def test_the_controller_is_told_where_it_runs(closed: Template) -> None:
    """It can't ask the instance metadata, which is one hop away."""
    found = values(closed)
    assert found["region"] == "eu-central-1"
    assert found["vpcId"] == "value"
    assert "NetworkVpc" in json.dumps(only(closed, CHART)["Values"])
    assert found["clusterName"] == "value"


def test_an_existing_vpc_is_named(variants: Variants) -> None:
    """The id is that of the environment."""
    found = values(variants.platforms.templates["Existing/Cluster"])
    assert found["vpcId"] == "vpc-0123456789abcdef0"


def test_other_services_do_not_need_the_controller(closed: Template) -> None:
    """Its Service webhook is off: no Service would be made while the controller is away."""
    found = values(closed)
    assert found["enableServiceMutatorWebhook"] is False
    assert found["defaultTargetType"] == "ip"
    assert set(found["controllerConfig"]["featureGates"].values()) == {False}


@pytest.mark.parametrize(
    ("chart", "listeners"), [("1.17.1", []), ("3.2.1", []), ("3.2.2", ["GatewayListenerSet"])]
)
def test_an_older_controller_is_told_of_no_feature_that_it_lacks(
    chart: str, listeners: list[str]
) -> None:
    """It would end with "unknown feature", again and again."""
    assert known(chart) == ["ALBGatewayAPI", "NLBGatewayAPI", *listeners]


def test_chart_and_image_come_from_the_mirrors(closed: Template) -> None:
    """A network without NAT reaches nothing else."""
    chart = only(closed, CHART)
    assert chart["Repository"] == f"oci://{ECR}/charts/aws-load-balancer-controller"
    assert chart["Version"] == "3.4.0"
    assert values(closed)["image"] == {"repository": f"{ECR}/eks/aws-load-balancer-controller"}
    assert values(closed)["replicaCount"] == 3


def test_without_mirrors_the_charts_own_places_are_used(assembly: Assembly) -> None:
    """The public chart repository, and the image that the chart names."""
    template = assembly.templates["Dev/Cluster"]
    chart = only(template, CHART)
    assert chart["Repository"] == "https://aws.github.io/eks-charts"
    assert (chart["Chart"], chart["Release"], chart["Version"]) == (NAME, NAME, "3.5.0")
    assert "image" not in values(template)
    assert values(template)["replicaCount"] == 2


def test_a_deploy_waits_until_the_controller_answers(closed: Template) -> None:
    """Within the time that a Lambda function has."""
    chart = only(closed, CHART)
    assert chart["Wait"] is True
    assert chart["Namespace"] == "kube-system"
    assert 0 < int(chart["Timeout"].removesuffix("s")) < 900


@pytest.mark.parametrize("stack", ["Closed/Cluster", "Existing/Cluster"])
def test_the_chart_comes_after_all_that_it_needs(stack: str, variants: Variants) -> None:
    """DNS, somewhere to run, permissions, and the association that hands them out."""
    template = variants.platforms.templates[stack]
    before = depends_on(template, one(template, CHART))
    assert add_on(template, "coredns") in before
    assert resources_of(template, "AWS::EKS::Nodegroup").keys() <= before
    assert resources_of(template, "AWS::EKS::FargateProfile").keys() <= before
    assert one(template, "AWS::IAM::ManagedPolicy") in before
    assert one(template, "AWS::EKS::PodIdentityAssociation") in before


def test_credentials_come_through_pod_identity(closed: Template) -> None:
    """The association hands the role to the chart's service account."""
    role = one(closed, "AWS::IAM::Role", "AddOnsLoadBalancerController")
    association = only(closed, "AWS::EKS::PodIdentityAssociation")
    assert association["RoleArn"] == {"Fn::GetAtt": [role, "Arn"]}
    assert (association["Namespace"], association["ServiceAccount"]) == ("kube-system", NAME)
    assert values(closed)["serviceAccount"] == {"create": True, "name": NAME}
    (statement,) = properties(closed, role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert not resources_of(closed, "AWS::IAM::OIDCProvider")


def test_without_nodes_credentials_come_through_the_service_account(serverless: Template) -> None:
    """The Pod Identity agent is a DaemonSet, which Fargate does not run."""
    role = one(serverless, "AWS::IAM::Role", "AddOnsLoadBalancerController")
    account = kubernetes_object(serverless, "ServiceAccount", NAME)
    assert account["metadata"]["namespace"] == "kube-system"
    assert "eks.amazonaws.com/role-arn" in account["metadata"]["annotations"]
    logical_id = manifest(serverless, "ServiceAccount", NAME)
    assert role in depends_on(serverless, logical_id)
    assert values(serverless)["serviceAccount"] == {"create": False, "name": NAME}
    (statement,) = properties(serverless, role)["AssumeRolePolicyDocument"]["Statement"]
    provider = one(serverless, "AWS::IAM::OIDCProvider")
    assert statement["Principal"] == {"Federated": {"Ref": provider}}
    condition = one(serverless, "Custom::AWSCDKCfnJson")
    assert statement["Condition"] == {"StringEquals": {"Fn::GetAtt": [condition, "Value"]}}
    subject = f"system:serviceaccount:kube-system:{NAME}"
    assert subject in joined(properties(serverless, condition)["Value"])
    assert not resources_of(serverless, "AWS::EKS::PodIdentityAssociation")


def test_without_nodes_the_chart_waits_for_account_policy_and_profiles(
    serverless: Template,
) -> None:
    """The order is the same as with nodes."""
    before = depends_on(serverless, one(serverless, CHART))
    assert manifest(serverless, "ServiceAccount", NAME) in before
    assert one(serverless, "AWS::IAM::ManagedPolicy") in before
    assert add_on(serverless, "coredns") in before
    assert resources_of(serverless, "AWS::EKS::FargateProfile").keys() <= before

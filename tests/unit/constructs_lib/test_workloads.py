from __future__ import annotations

import json

import pytest
from aws_cdk import App, Stack
from constructs import Construct

from constructs_lib.specs.manifests import Manifests
from constructs_lib.workloads import acknowledge_findings
from tests.support import Template, joined, resources_of
from tests.unit.constructs_lib.templates import (
    depends_on,
    kubernetes_object,
    managed_policies,
    manifest,
    one,
    properties,
)
from tests.unit.constructs_lib.variants import Variants


def stack(name: str, variants: Variants) -> Template:
    """Return the template of a workload."""
    return variants.platforms.templates[f"Existing/{name}"]


@pytest.fixture
def shop(variants: Variants) -> Template:
    """Return a workload of plain YAML."""
    return stack("Shop", variants)


@pytest.fixture
def podinfo(variants: Variants) -> Template:
    """Return a workload of a chart, on Fargate."""
    return stack("Podinfo", variants)


def test_every_object_is_a_resource_of_its_own(shop: Template) -> None:
    """A reviewer sees which one changes, and in which namespace it is."""
    applied = [
        json.loads(joined(resource["Properties"]["Manifest"]))
        for resource in resources_of(shop, "Custom::AWSCDK-EKS-KubernetesResource").values()
    ]
    assert sorted(item["kind"] for (item,) in applied) == [
        *("Deployment", "Namespace", "NetworkPolicy", "NetworkPolicy", "PodDisruptionBudget"),
        *("ResourceQuota", "Service", "ServiceAccount", "ServiceAccount"),
    ]
    others = [item for (item,) in applied if item["kind"] != "Namespace"]
    assert {item["metadata"]["namespace"] for item in others} == {"shop"}


def test_every_object_has_its_file(variants: Variants) -> None:
    """The guardrails name it."""
    (of_shop,) = (each for each in variants.platforms.stacks if each.path == "Existing/Shop")

    assert dict(of_shop.files) == {
        f"Existing/Shop/{name}": f"examples/shop/web.yaml line {line}"
        for name, line in (
            ("NetworkPolicy-web", 63),
            ("Deployment-web", 1),
            ("Service-web", 45),
            ("PodDisruptionBudget-web", 54),
        )
    }


@pytest.mark.parametrize(
    ("finding", "place", "full"),
    [
        ("KUBE6[Deployment/web-budget]", "web", ""),
        (
            "Groundwork::KUBE9[Deployment/web web cpu]",
            "web",
            "Groundwork::KUBE9[Deployment/web-web-cpu]",
        ),
        ("KUBE8[Deployment/web-api-api-livenessProbe]", "api", ""),
        ("KUBE3[Deployment/webs]", "all", ""),
        ("AwsSolutions::AwsSolutions-L1", "all", "AwsSolutions::AwsSolutions-L1"),
    ],
)
def test_a_finding_is_acknowledged_on_its_object(finding: str, place: str, full: str) -> None:
    """The narrowest place; what names no object is for the whole chart or folder."""
    scope = Stack(App(), "Stack")
    whole, web, api = (Construct(scope, name) for name in ("all", "web", "api"))
    reason = "It may be away for a minute."
    spec = Manifests(
        name="Shop", namespace="shop", path="examples/shop", acknowledge={finding: reason}
    )

    acknowledge_findings(whole, spec, {"Deployment/web": web, "Deployment/web-api": api})

    noted = {each.node.id: each.node.metadata for each in (whole, web, api) if each.node.metadata}
    assert list(noted) == [place]
    assert noted[place][0].data == {full or f"Groundwork::{finding}": reason}


def test_a_namespace_has_its_standard_quota_and_policy(shop: Template) -> None:
    """What the environment asks for."""
    labels = kubernetes_object(shop, "Namespace", "shop")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    quota = kubernetes_object(shop, "ResourceQuota", "quota")
    assert quota["spec"]["hard"] == {"pods": "20", "requests.cpu": "4"}
    policy = kubernetes_object(shop, "NetworkPolicy", "default-deny")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert [rule["ports"] for rule in policy["egress"]] == [
        [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
    ]


def test_values_and_images_fill_the_files(shop: Template) -> None:
    """An image is an asset of the stack."""
    spec = kubernetes_object(shop, "Deployment", "web")["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert spec["replicas"] == 3
    assert container["env"] == [{"name": "BUCKET", "value": "data"}]
    assert ".dkr.ecr." in container["image"]


def test_pods_come_after_what_they_need(shop: Template) -> None:
    """Namespace, guards, account and its role; a load balancer goes while pods still answer."""
    deployment = depends_on(shop, manifest(shop, "Deployment", "web"))
    for kind, name in (
        ("Namespace", "shop"),
        ("ResourceQuota", "quota"),
        ("NetworkPolicy", "default-deny"),
        ("NetworkPolicy", "web"),
        ("ServiceAccount", "web"),
    ):
        assert manifest(shop, kind, name) in deployment, (kind, name)
    assert one(shop, "AWS::EKS::PodIdentityAssociation") in deployment
    assert one(shop, "AWS::IAM::Policy") in deployment
    assert manifest(shop, "Deployment", "web") in depends_on(shop, manifest(shop, "Service", "web"))


def test_pods_on_nodes_get_their_role_through_pod_identity(shop: Template) -> None:
    """One role for one service account."""
    role = one(shop, "AWS::IAM::Role")
    association = properties(shop, one(shop, "AWS::EKS::PodIdentityAssociation"))
    assert (association["Namespace"], association["ServiceAccount"]) == ("shop", "web")
    assert association["RoleArn"] == {"Fn::GetAtt": [role, "Arn"]}
    assert managed_policies(shop, role) == {"CloudWatchAgentServerPolicy"}


def test_pods_on_fargate_get_their_role_through_irsa(podinfo: Template) -> None:
    """No Pod Identity agent runs there."""
    assert resources_of(podinfo, "AWS::EKS::PodIdentityAssociation") == {}
    account = kubernetes_object(podinfo, "ServiceAccount", "podinfo")
    assert "eks.amazonaws.com/role-arn" in account["metadata"]["annotations"]
    trust = properties(podinfo, one(podinfo, "AWS::IAM::Role", "Namespace"))[
        "AssumeRolePolicyDocument"
    ]
    assert [each["Action"] for each in trust["Statement"]] == ["sts:AssumeRoleWithWebIdentity"]


@pytest.mark.parametrize("name", ["Shop", "Podinfo"])
def test_an_account_without_permissions_has_no_role(name: str, variants: Variants) -> None:
    """Neither by Pod Identity nor by IRSA: the tests above see one role only."""
    template = stack(name, variants)
    account = kubernetes_object(template, "ServiceAccount", "plain")
    assert "annotations" not in account["metadata"]
    assert not [
        path for path in map(str, resources_of(template, "AWS::IAM::Role")) if "plain" in path
    ]


def test_a_chart_is_installed_as_its_release(podinfo: Template) -> None:
    """Placeholders of images are filled, every other text stays, and null drops a default."""
    chart = properties(podinfo, one(podinfo, "Custom::AWSCDK-EKS-HelmChart"))
    assert (chart["Chart"], chart["Version"], chart["Release"]) == ("podinfo", "6.9.0", "podinfo")
    assert (chart["Namespace"], chart["Wait"]) == ("sample-podinfo", True)
    values = json.loads(joined(chart["Values"]))
    assert ".dkr.ecr." in values["image"]["repository"]
    assert values["ui"] == {"message": "costs ${5}", "logo": None}
    needed = depends_on(podinfo, one(podinfo, "Custom::AWSCDK-EKS-HelmChart"))
    assert manifest(podinfo, "Namespace", "sample-podinfo") in needed


def test_a_namespace_of_the_platform_is_not_made_again(variants: Variants) -> None:
    """The team's namespace is there already; an oci:// address names the chart."""
    template = stack("TeamChart", variants)
    assert resources_of(template, "Custom::AWSCDK-EKS-KubernetesResource") == {}
    chart = properties(template, one(template, "Custom::AWSCDK-EKS-HelmChart"))
    assert chart["Repository"] == "oci://registry.test/charts/team"
    assert (chart["Chart"], chart["Release"]) == ("team", "team")


def test_an_own_class_builds_what_it_wants(variants: Variants) -> None:
    """It sees the cluster, the network and the namespaces."""
    template = stack("Jobs", variants)
    queue = properties(template, one(template, "AWS::SQS::Queue", "Jobs"))
    assert queue["MessageRetentionPeriod"] == 3 * 24 * 3600
    told = joined(template["Outputs"]["Platform"]["Value"])
    for word in ("groundwork-existing", "vpc-0123456789abcdef0", "subnet-0000000a", "team-b"):
        assert word in told


def test_workloads_are_deployed_in_their_order(variants: Variants) -> None:
    """Each after the cluster, and after what it names."""
    manifest_file = next((variants.platforms.path).glob("assembly-Existing/manifest.json"))
    artifacts = json.loads(manifest_file.read_text(encoding="utf-8"))["artifacts"]
    needed = {
        artifact["displayName"].partition("/")[2].split(" ")[0]: " ".join(artifact["dependencies"])
        for artifact in artifacts.values()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    for name in ("SampleService", "Jobs", "Shop", "Podinfo", "TeamChart"):
        assert "ExistingCluster" in needed[name]
    assert "ExistingJobs" in needed["Shop"]
    assert "ExistingJobs" not in needed["Podinfo"]

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import Assembly, Template, joined, only, template_files
from tests.unit.constructs_lib.templates import (
    depends_on,
    kubernetes_object,
    manifest,
    one,
    properties,
)
from tests.unit.constructs_lib.variants import CERTIFICATE, Variants

COMPONENTS = ("web", "api")


@pytest.fixture(scope="module")
def closed(variants: Variants) -> Template:
    """Return a sample service with its own numbers, on arm64 nodes."""
    return variants.platforms.templates["Closed/SampleService"]


def platforms(assembly: Assembly, stack: str) -> dict[str, str]:
    """Return the platform of each image that the stack builds."""
    file = template_files(assembly)[stack]
    assets = file.with_name(file.name.replace(".template.json", ".assets.json"))
    images = json.loads(assets.read_text(encoding="utf-8"))["dockerImages"].values()
    return {
        image["displayName"].split("/")[-1].removesuffix("Image").lower(): image["source"][
            "platform"
        ]
        for image in images
    }


def pod(template: Template, component: str) -> dict[str, Any]:
    """Return the pod template of a component."""
    found: dict[str, Any] = kubernetes_object(template, "Deployment", component)["spec"]["template"]
    return found


@pytest.mark.parametrize(
    ("stack", "web"),
    [("Closed/SampleService", "linux/arm64"), ("Existing/SampleService", "linux/amd64")],
)
def test_images_are_built_for_the_machines_that_run_them(
    stack: str, web: str, variants: Variants
) -> None:
    """The web front has its nodes' architecture, the API that of Fargate."""
    assert platforms(variants.platforms, stack) == {"web": web, "api": "linux/amd64"}
    selector = pod(variants.platforms.templates[stack], "web")["spec"]["nodeSelector"]
    assert selector == {"kubernetes.io/arch": web.removeprefix("linux/")}


@pytest.mark.parametrize("stack", ["Dev/SampleService", "Prod/SampleService"])
def test_the_environments_build_for_graviton(stack: str, assembly: Assembly) -> None:
    """Both have arm64 nodes."""
    assert platforms(assembly, stack) == {"web": "linux/arm64", "api": "linux/amd64"}


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_deployment_runs_the_image_of_its_component(component: str, closed: Template) -> None:
    """The image is the asset in the account's own repository."""
    manifest_id = manifest(closed, "Deployment", component)
    assert "cdk-hnb659fds-container-assets" in str(properties(closed, manifest_id)["Manifest"])
    (container,) = pod(closed, component)["spec"]["containers"]
    assert container["name"] == component


def test_replicas_are_the_environments(closed: Template, assembly: Assembly) -> None:
    """Numbers, not texts."""
    found = [
        kubernetes_object(template, "Deployment", component)["spec"]["replicas"]
        for template in (closed, assembly.templates["Dev/SampleService"])
        for component in COMPONENTS
    ]
    assert found == [4, 3, 2, 2]


def test_the_load_balancer_is_open_to_those_that_the_environment_names(
    closed: Template, assembly: Assembly
) -> None:
    """Scheme and source ranges; internal unless the environment says otherwise."""
    found = {}
    for name, template in (
        ("closed", closed),
        ("dev", assembly.templates["Dev/SampleService"]),
        ("prod", assembly.templates["Prod/SampleService"]),
    ):
        service = kubernetes_object(template, "Service", "web")
        annotations = service["metadata"]["annotations"]
        scheme = annotations["service.beta.kubernetes.io/aws-load-balancer-scheme"]
        found[name] = (scheme, service["spec"]["loadBalancerSourceRanges"])
    assert found == {
        "closed": ("internal", ["10.0.0.0/8", "192.168.0.0/16"]),
        "dev": ("internet-facing", ["0.0.0.0/0"]),
        "prod": ("internal", ["10.20.0.0/16"]),
    }


def test_the_web_front_answers_the_load_balancer(
    assembly: Assembly, variants: Variants, closed: Template
) -> None:
    """From the subnets of its scheme; of an existing network only the ranges are known."""
    existing = variants.platforms.templates["Existing/SampleService"]
    for template, ranges in (
        (assembly.templates["Dev/SampleService"], ["10.10.32.0/24", "10.10.96.0/24"]),
        (closed, ["10.30.0.0/19", "10.30.64.0/19", "10.30.128.0/19"]),
        (existing, ["10.50.0.0/16", "100.64.0.0/16"]),
    ):
        (rule,) = kubernetes_object(template, "NetworkPolicy", "web")["spec"]["ingress"]
        assert [each["ipBlock"]["cidr"] for each in rule["from"]] == ranges


def test_a_certificate_makes_a_listener_of_tls(variants: Variants, closed: Template) -> None:
    """On port 443, and nothing on port 80."""
    template = variants.platforms.templates["Existing/SampleService"]
    service = kubernetes_object(template, "Service", "web")
    said = service["metadata"]["annotations"]
    prefix = "service.beta.kubernetes.io/aws-load-balancer-ssl"
    assert said[f"{prefix}-cert"] == CERTIFICATE
    assert "TLS13" in said[f"{prefix}-negotiation-policy"]
    (port,) = service["spec"]["ports"]
    assert (port["name"], port["port"]) == (said[f"{prefix}-ports"], 443)
    assert joined(template["Outputs"]["SampleServiceUrl"]["Value"]).startswith("https://")
    plain = kubernetes_object(closed, "Service", "web")
    assert not any(key.startswith(prefix) for key in plain["metadata"]["annotations"])
    assert [port["port"] for port in plain["spec"]["ports"]] == [80]


def test_the_controller_takes_the_service(closed: Template) -> None:
    """By the name of its class; the API is reached inside the cluster only."""
    web = kubernetes_object(closed, "Service", "web")["spec"]
    assert (web["type"], web["loadBalancerClass"]) == ("LoadBalancer", "service.k8s.aws/nlb")
    assert kubernetes_object(closed, "Service", "api")["spec"]["type"] == "ClusterIP"


def test_everything_comes_after_the_namespace(closed: Template) -> None:
    """Every other object is in it."""
    namespace = manifest(closed, "Namespace", "sample")
    others = [
        logical_id
        for logical_id, resource in closed["Resources"].items()
        if resource["Type"] == "Custom::AWSCDK-EKS-KubernetesResource" and logical_id != namespace
    ]
    assert len(others) == 11
    assert all(namespace in depends_on(closed, logical_id) for logical_id in others)


@pytest.mark.parametrize("component", COMPONENTS)
def test_pods_come_after_the_policies_that_guard_them(component: str, closed: Template) -> None:
    """The default-deny policy, the component's own, and its service account stand first."""
    before = depends_on(closed, manifest(closed, "Deployment", component))
    assert manifest(closed, "NetworkPolicy", "default-deny") in before
    assert manifest(closed, "NetworkPolicy", component) in before
    assert manifest(closed, "ServiceAccount", component) in before


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_service_comes_after_its_pods(component: str, closed: Template) -> None:
    """Backwards on deletion: the load balancer goes while pods still answer."""
    deployment = manifest(closed, "Deployment", component)
    for kind in ("Service", "PodDisruptionBudget"):
        assert deployment in depends_on(closed, manifest(closed, kind, component))


def test_the_address_comes_after_the_service(closed: Template) -> None:
    """The output is the load balancer's address, read from the Service."""
    address = one(closed, "Custom::AWSCDK-EKS-KubernetesObjectValue")
    found = only(closed, "Custom::AWSCDK-EKS-KubernetesObjectValue")
    assert manifest(closed, "Service", "web") in depends_on(closed, address)
    assert (found["ObjectNamespace"], found["ObjectType"], found["ObjectName"]) == (
        *("sample", "service", "web"),
    )
    assert found["JsonPath"] == ".status.loadBalancer.ingress[0].hostname"
    assert found["TimeoutSeconds"] >= 300
    url = closed["Outputs"]["SampleServiceUrl"]["Value"]
    assert url == {"Fn::Join": ["", ["http://", {"Fn::GetAtt": [address, "Value"]}]]}
    assert joined(url).startswith("http://")


def test_every_object_is_a_resource_of_its_own(closed: Template) -> None:
    """One that is dropped is deleted by CloudFormation, not by the handler's prune."""
    for resource in closed["Resources"].values():
        if resource["Type"] == "Custom::AWSCDK-EKS-KubernetesResource":
            assert len(json.loads(joined(resource["Properties"]["Manifest"]))) == 1

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from guardrails.catalogue import RULES
from guardrails.rule import Rule
from guardrails.rules.exposure import LOG_TYPES
from tests.unit.guardrails.environments import of_resources, of_templates

BY_ID = {rule.id: rule for rule in RULES}
EKS1, EKS2, EXPOSE1, EXPOSE2, EXPOSE7 = (
    BY_ID[name] for name in ("EKS1", "EKS2", "EXPOSE1", "EXPOSE2", "EXPOSE7")
)


def cluster(**properties: object) -> Environment:
    """Return an environment with one cluster."""
    return of_resources(Cluster={"Type": "AWS::EKS::Cluster", "Properties": properties})


def logging(*names: str) -> dict[str, object]:
    """Return the property that turns logs on."""
    return {"ClusterLogging": {"EnabledTypes": [{"Type": name} for name in names]}}


def values(rule: Rule, of: Environment) -> list[str]:
    """Return the value of every finding."""
    return [finding.value for finding in rule.check(of)]


def test_the_control_plane_has_five_logs() -> None:
    """They are the log types of the EKS user guide, "Control plane logs"."""
    assert LOG_TYPES == ("api", "audit", "authenticator", "controllerManager", "scheduler")


@pytest.mark.parametrize("rule", [EKS1, EKS2, EXPOSE1], ids=lambda rule: rule.id)
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({}, id="an empty template"),
        pytest.param({"Resources": {}}, id="no resources"),
        pytest.param({"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}, id="a bucket"),
        pytest.param(
            {"Resources": {"Nodes": {"Type": "AWS::EKS::Nodegroup", "Properties": {}}}},
            id="a node group",
        ),
    ],
)
def test_a_template_without_a_cluster_has_no_finding(rule: Rule, other: dict[str, Any]) -> None:
    """The rules are about clusters alone."""
    assert values(rule, of_templates(Stack=other)) == []


@pytest.mark.parametrize(
    "network",
    [
        pytest.param({}, id="nothing is said"),
        pytest.param({"EndpointPublicAccess": True}, id="no network is named"),
        pytest.param({"EndpointPrivateAccess": True}, id="only private access is mentioned"),
        pytest.param({"PublicAccessCidrs": []}, id="the list of networks is empty"),
        pytest.param({"PublicAccessCidrs": ["0.0.0.0/0"]}, id="public access is left open"),
        pytest.param(
            {"PublicAccessCidrs": ["128.0.0.0/1", "0.0.0.0/1", "::/0", {"Ref": "Office"}]},
            id="in two halves",
        ),
        pytest.param({"PublicAccessCidrs": ["10.0.0.1/0"]}, id="with host bits"),
        pytest.param(
            {"EndpointPublicAccess": True, "PublicAccessCidrs": ["203.0.113.0/24", "0.0.0.0/0"]},
            id="everybody stands beside a named network",
        ),
    ],
)
def test_an_open_endpoint_is_found(network: dict[str, object]) -> None:
    """EKS opens an endpoint to everybody wherever a template doesn't say otherwise."""
    assert values(EKS1, cluster(ResourcesVpcConfig=network)) == ["0.0.0.0/0"]


def test_a_cluster_that_says_nothing_of_its_network_is_open() -> None:
    """The default of EKS is a public endpoint, for the whole internet."""
    assert values(EKS1, cluster()) == ["0.0.0.0/0"]


def test_a_cluster_without_properties_is_found_by_both_rules() -> None:
    """A resource may have no properties at all."""
    bare = of_resources(Cluster={"Type": "AWS::EKS::Cluster"})

    assert values(EKS1, bare) == ["0.0.0.0/0"]
    assert values(EKS2, bare) == list(LOG_TYPES)


@pytest.mark.parametrize(
    "network",
    [
        pytest.param({"EndpointPublicAccess": False}, id="private"),
        pytest.param(
            {"EndpointPublicAccess": False, "PublicAccessCidrs": ["0.0.0.0/0"]},
            id="private, with networks that count for nothing",
        ),
        pytest.param(
            {"EndpointPublicAccess": True, "PublicAccessCidrs": ["203.0.113.0/24"]},
            id="public for named networks",
        ),
        pytest.param(
            {"PublicAccessCidrs": ["10.0.0.0/8", "172.16.0.0/12", "203.0.113.0/24"]},
            id="public for private networks, which can't come from there",
        ),
    ],
)
def test_a_closed_endpoint_is_not_found(network: dict[str, object]) -> None:
    """A private endpoint, or one for named networks, is right."""
    assert values(EKS1, cluster(ResourcesVpcConfig=network)) == []


@pytest.mark.parametrize(
    ("properties", "missing"),
    [
        pytest.param({}, LOG_TYPES, id="nothing is said"),
        pytest.param({"Logging": {}}, LOG_TYPES, id="logging is empty"),
        pytest.param({"Logging": {"ClusterLogging": {}}}, LOG_TYPES, id="no type is named"),
        pytest.param({"Logging": logging()}, LOG_TYPES, id="the list of types is empty"),
        pytest.param(
            {"Logging": logging("api", "scheduler")},
            ("audit", "authenticator", "controllerManager"),
            id="some are kept",
        ),
        pytest.param({"Logging": logging(*LOG_TYPES)}, (), id="all are kept"),
        pytest.param({"Logging": {"Ref": "Logging"}}, (), id="only a deploy knows"),
        pytest.param({"Logging": logging(*reversed(LOG_TYPES))}, (), id="in another order"),
    ],
)
def test_each_missing_log_is_a_finding_of_its_own(
    properties: dict[str, object], missing: tuple[str, ...]
) -> None:
    """To accept the absence of one log is not to accept the absence of another."""
    assert values(EKS2, cluster(**properties)) == list(missing)


def first_generation(**config: object) -> Environment:
    """Return a cluster of the CDK's first EKS module: the API's own form, in a custom resource."""
    resource = {"Type": "Custom::AWSCDK-EKS-Cluster", "Properties": {"Config": config}}
    return of_resources(Cluster=resource)


def test_a_cluster_of_the_first_generation_is_judged() -> None:
    """By the same rules, whatever it calls its properties."""
    logs = [
        {"types": ["api", "audit"], "enabled": True},
        {"types": ["scheduler"], "enabled": False},
    ]
    network = {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}
    environment = first_generation(
        resourcesVpcConfig=network,
        logging={"clusterLogging": logs},
        encryptionConfig=[{"resources": ["secrets"]}],
    )

    assert values(EKS1, environment) == ["0.0.0.0/0"]
    assert values(EKS2, environment) == ["authenticator", "controllerManager", "scheduler"]
    assert values(EXPOSE1, environment) == []
    assert values(EXPOSE1, first_generation()) == ["secrets"]


@pytest.mark.parametrize("function", [{"Ref": "Somewhere"}, {"Fn::ImportValue": "Elsewhere"}])
@pytest.mark.parametrize("rule", [EKS1, EKS2, EXPOSE1], ids=lambda rule: rule.id)
def test_what_only_a_deploy_knows_is_no_finding(rule: Rule, function: dict[str, str]) -> None:
    """Nobody can say that it is wrong."""
    environment = cluster(
        ResourcesVpcConfig=function, Logging={"ClusterLogging": function}, EncryptionConfig=function
    )

    assert values(rule, environment) == []


def test_every_cluster_is_judged() -> None:
    """A second cluster doesn't hide behind the first."""
    private = {"EndpointPublicAccess": False}
    two = of_resources(
        Closed={
            "Type": "AWS::EKS::Cluster",
            "Properties": {"ResourcesVpcConfig": private, "Logging": logging(*LOG_TYPES)},
        },
        Open={"Type": "AWS::EKS::Cluster", "Properties": {"Logging": logging("api")}},
    )

    assert [finding.resource.logical_id for finding in EKS1.check(two)] == ["Open"]
    assert {finding.resource.logical_id for finding in EKS2.check(two)} == {"Open"}


def service(*, load_balancer_class: str = "", **annotations: str) -> Environment:
    """Return an environment with a Service of type LoadBalancer."""
    written = {
        f"service.beta.kubernetes.io/aws-load-balancer-{name}": value
        for name, value in annotations.items()
    }
    spec = {"type": "LoadBalancer"}
    if load_balancer_class:
        spec["loadBalancerClass"] = load_balancer_class
    content = {"kind": "Service", "metadata": {"name": "web", "annotations": written}, "spec": spec}
    return of_resources(Web={"Type": MANIFEST, "Properties": {"Manifest": json.dumps([content])}})


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        pytest.param(service(scheme="internet-facing"), ["Service/web"], id="internet-facing"),
        pytest.param(service(scheme="internal"), [], id="internal"),
        pytest.param(service(), ["Service/web"], id="by Kubernetes, whose default is public"),
        pytest.param(service(internal="true"), [], id="by Kubernetes, internal"),
        pytest.param(
            service(type="external"), [], id="by the controller, whose default is internal"
        ),
        pytest.param(service(load_balancer_class="service.k8s.aws/nlb"), [], id="by its class"),
    ],
)
def test_a_load_balancer_faces_the_internet_by_scheme_or_default(
    environment: Environment, found: list[str]
) -> None:
    """Kubernetes and the load balancer controller differ in what they do unasked."""
    assert values(EXPOSE7, environment) == found


@pytest.mark.parametrize(
    ("protected", "properties", "found"),
    [
        (True, {"DeletionProtection": False}, ["unprotected"]),
        (True, {}, ["unprotected"]),
        (True, {"DeletionProtection": True}, []),
        (False, {}, []),
    ],
)
def test_a_protected_stack_holds_a_protected_cluster(
    *, protected: bool, properties: dict[str, object], found: list[str]
) -> None:
    """A stack that may be deleted holds a cluster that may be."""
    environment = cluster(**properties)
    stack = replace(environment.stacks["Stack"], termination_protection=protected)

    assert values(EXPOSE2, replace(environment, stacks={"Stack": stack})) == found

"""Calls between workloads: Services that there are, and policies that let them through."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.guardrails.rules.objects import environment, item, values, workload

CNI: dict[str, Any] = {
    "Type": "AWS::EKS::Addon",
    "Properties": {
        "AddonName": "vpc-cni",
        "ClusterName": "test",
        "ConfigurationValues": json.dumps({"enableNetworkPolicy": "true"}),
    },
}
API = item(
    "Service",
    "api",
    spec={"selector": {"app": "api"}, "ports": [{"port": 8080, "targetPort": "http"}]},
)
PODS = item(
    "Deployment",
    "api",
    spec={
        "selector": {"matchLabels": {"app": "api"}},
        "template": {
            "metadata": {"labels": {"app": "api"}},
            "spec": {
                "containers": [
                    {"name": "a", "image": "a", "ports": [{"name": "http", "containerPort": 8080}]}
                ]
            },
        },
    },
)
BOTH = ("shop", "kube-system")
DENY = item("NetworkPolicy", "deny", spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})
DNS = {
    "to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}],
    "ports": [{"port": 53, "protocol": "UDP"}],
}
TO_API = {"to": [{"podSelector": {"matchLabels": {"app": "api"}}}], "ports": [{"port": "http"}]}
FROM_WEB = {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}


def calling(address: object) -> dict[str, Any]:
    """Return a workload that is told an address."""
    return workload(container={"env": [{"name": "API", "value": address}]})


def policy(app: str, **rules: object) -> dict[str, Any]:
    """Return a policy of the pods of an app."""
    return item("NetworkPolicy", app, spec={"podSelector": {"matchLabels": {"app": app}}, **rules})


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        ("http://api:8080", []),
        ("http://api:8080/path?x=1", []),
        ("api:8080", []),
        ("redis://user:secret@api.shop:8080", []),
        ("http://api.shop.svc.cluster.local:8080", []),
        ("http://api", ["Deployment/web API api:80"]),
        ("api:80", ["Deployment/web API api:80"]),
        ("grpc://api", []),
        ("http://apis:8080", ["Deployment/web API apis"]),
        ("http://api.default.svc:8080", ["Deployment/web API api.default.svc"]),
        ("http://api.shop.svc.local:8080", ["Deployment/web API api.shop.svc.local"]),
        ("http://api.shops.svc:8080", ["Deployment/web API api.shops.svc"]),
        # Others may have these names, and what has no scheme may be no address.
        ("http://api.example.com", []),
        ("http://api.other.svc:8080", []),
        ("http://api.other", []),
        ("http://localhost:8080", []),
        ("apis:8080", []),
        ("http://${Host}:80", []),
        ("s3://bucket", []),
        ("8080", []),
        (None, []),
        ({"a": 1}, []),
    ],
)
def test_a_workload_names_services_that_there_are(address: object, missing: list[str]) -> None:
    """With one of their ports."""
    assert values("REACH18", environment(calling(address), API, PODS)) == missing


def test_a_chart_may_bring_the_service() -> None:
    """Its objects are not in the templates."""
    chart = {
        "Type": "Custom::AWSCDK-EKS-HelmChart",
        "Properties": {"ClusterName": "test", "Namespace": "shop"},
    }
    assert values("REACH18", environment(calling("http://redis:6379"), Chart=chart)) == []


def test_a_custom_resource_may_bring_the_service() -> None:
    """Its controller makes what the templates don't have."""
    custom = item("Redis", "cache") | {"apiVersion": "redis.example.com/v1"}
    assert values("REACH18", environment(calling("redis://cache:6379"), custom)) == []


def test_a_proxy_may_be_in_another_network() -> None:
    """Nodes search the domains that DHCP names."""
    proxied = workload(container={"env": [{"name": "http_proxy", "value": "http://proxy:3128"}]})
    assert values("REACH18", environment(proxied)) == []


@pytest.mark.parametrize(
    ("policies", "stopped"),
    [
        ([], []),
        ([DENY], ["Deployment/web out CoreDNS"]),
        ([DENY, policy("web", egress=[DNS])], ["Deployment/web out api"]),
        ([DENY, policy("web", egress=[DNS, TO_API])], ["Deployment/api in web"]),
        ([DENY, policy("web", egress=[DNS, TO_API]), policy("api", ingress=[FROM_WEB])], []),
        ([DENY, policy("web", egress=[{}]), policy("api", ingress=[{}])], []),
    ],
)
def test_policies_let_a_call_through(policies: list[dict[str, Any]], stopped: list[str]) -> None:
    """The question for the name, and both sides of the call."""
    made = environment(calling("http://api:8080"), API, PODS, *policies, Cni=CNI)
    assert values("REACH14", made) == stopped


def test_policies_bind_nothing_without_the_agent() -> None:
    """Neither the workload's own, nor those of CoreDNS."""
    denied = [item("NetworkPolicy", "deny", namespace=each, spec=DENY["spec"]) for each in BOTH]
    made = environment(calling("http://api:8080"), API, PODS, *denied)
    assert values("REACH14", made) == []


def test_policies_bind_no_pods_in_the_network_of_their_node() -> None:
    """The agent knows pods by their own addresses."""
    env = {"env": [{"name": "API", "value": "http://api:8080"}]}
    on_host = workload(container=env, pod={"hostNetwork": True})
    bound = policy("web", egress=[])
    assert values("REACH14", environment(on_host, API, PODS, bound, Cni=CNI)) == []


@pytest.mark.parametrize(
    ("namespace", "stopped"), [("kube-system", []), ("shop", ["Deployment/web CoreDNS"])]
)
def test_policies_do_not_bind_coredns_on_fargate(namespace: str, stopped: list[str]) -> None:
    """The agent runs on nodes."""
    profile = {
        "Type": "AWS::EKS::FargateProfile",
        "Properties": {"ClusterName": "test", "Selectors": [{"Namespace": namespace}]},
    }
    deny = item("NetworkPolicy", "deny", namespace="kube-system", spec=DENY["spec"])
    made = environment(calling("http://api:8080"), API, PODS, deny, Cni=CNI, Profile=profile)
    assert values("REACH14", made) == stopped


def test_strict_mode_asks_for_a_policy_for_each_pod() -> None:
    """CoreDNS is one of them, where it is an add-on."""
    strict = {"enableNetworkPolicy": "true", "env": {"NETWORK_POLICY_ENFORCING_MODE": "strict"}}
    cni = {**CNI, "Properties": {**CNI["Properties"], "ConfigurationValues": json.dumps(strict)}}
    coredns = {"Type": CNI["Type"], "Properties": {"AddonName": "coredns", "ClusterName": "test"}}
    every = item("NetworkPolicy", "dns", namespace="kube-system", spec={"podSelector": {}})

    made = environment(calling("x"), PODS, policy("api"), Cni=cni, Dns=coredns)
    assert values("REACH15", made) == ["coredns", "Deployment/web policy"]
    made = environment(calling("x"), policy("web"), every, Cni=cni, Dns=coredns)
    assert values("REACH15", made) == []


@pytest.mark.parametrize(
    ("ranges", "admitted", "kept", "found"),
    [
        (["8.8.8.0/24"], "8.8.0.0/16", True, []),
        (["8.8.8.0/24"], "10.0.0.0/8", True, ["Deployment/web in 8.8.8.0/24"]),
        (["8.8.8.0/24"], "10.0.0.0/8", False, []),
        ([], "10.0.0.0/8", True, ["Deployment/web in 0.0.0.0/0"]),
        # The policy is what restricts the internet.
        ([], "8.8.8.0/24", True, []),
        ([], "${Block}", True, []),
        (["${Block}"], "10.0.0.0/8", True, []),
    ],
)
def test_policies_let_in_the_clients_whose_addresses_a_load_balancer_keeps(
    ranges: list[str], admitted: str, found: list[str], *, kept: bool
) -> None:
    """Pods see them, and not the load balancer."""
    spec = {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}
    service = item("Service", spec={**spec, "loadBalancerSourceRanges": ranges})
    lbc = "service.beta.kubernetes.io/aws-load-balancer"
    service["metadata"]["annotations"] = {
        f"{lbc}-type": "external",
        f"{lbc}-scheme": "internet-facing",
        f"{lbc}-nlb-target-type": "ip",
        f"{lbc}-target-group-attributes": f"preserve_client_ip.enabled={str(kept).lower()}",
    }
    block = {"from": [{"ipBlock": {"cidr": admitted}}]}
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "x"}}
    made = environment(
        service, workload(), policy("web", ingress=[block]), Cni=CNI, Block=parameter
    )
    assert [each for each in values("REACH14", made) if " in " in each] == found

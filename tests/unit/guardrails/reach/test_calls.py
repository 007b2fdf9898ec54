"""Ports of Services and of pods, load balancers that reach pods by address, and needs of charts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assembly.kinds import ADD_ON, CHART, CLUSTER, MANIFEST, NODE_GROUP, PROFILE, SUBNET, VPC
from guardrails.reach.calls import from_balancers
from guardrails.reach.places import needs_of, places
from guardrails.reach.pods import of_components
from guardrails.rules.workloads import pods
from kube.load_balancers import SERVICE
from kube.network_policies import Port
from kube.services import port_of, ports_of
from tests.unit.guardrails.environments import of_resources
from tests.unit.guardrails.rules.objects import environment, item, workload

HTTP = {"name": "http", "port": 80}
DNS = {"name": "dns", "port": 53, "protocol": "UDP"}


@pytest.mark.parametrize(
    ("ports", "taken"),
    [
        ([{"port": 80}], 1),
        ([HTTP, DNS], 2),
        ([HTTP, {"port": 81}], 0),
        ([{"port": 0}], 0),
        ([{"port": 65536}], 0),
        ([{**HTTP, "protocol": "HTTP"}], 0),
    ],
)
def test_the_api_server_takes_ports(ports: list[dict[str, Any]], taken: int) -> None:
    """Of several each has a name; numbers and protocols are those that there are."""
    made = environment(item("Service", spec={"ports": ports}))
    (service,) = made.kubernetes_objects("Service")
    assert len(ports_of(service.content)) == taken


@pytest.mark.parametrize(
    ("declared", "port", "found"),
    [
        ([], {"port": 80}, Port(number=80, name="80", protocol="TCP")),
        ([], {"port": 80, "targetPort": "web"}, Port(number=None, name="web", protocol="TCP")),
        (
            [{"name": "web", "containerPort": 8080}],
            {"port": 80, "targetPort": "web"},
            Port(number=8080, name="web", protocol="TCP"),
        ),
        ([{"name": "web", "containerPort": 8080}], {"port": 80}, None),
        ([{"containerPort": 53}], DNS, None),
        ([{"containerPort": 53, "protocol": "UDP"}], DNS, Port(number=53, name="", protocol="UDP")),
    ],
)
def test_a_service_leads_to_a_port_of_pods(
    declared: list[dict[str, Any]], port: dict[str, Any], found: Port | None
) -> None:
    """By its number or its name, and by the protocol; None where pods declare others only."""
    (template,) = pods(environment(workload(container={"ports": declared})))
    assert port_of(template.containers, port) == found


BY_IP = {"-nlb-target-type": "ip"}
KEPT = {"-target-group-attributes": "preserve_client_ip.enabled=true"}
RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"


@pytest.mark.parametrize(
    ("annotations", "tag", "ways"),
    [
        # UDP has no connections that could be a load balancer's own.
        (
            {**BY_IP, "protocol": "UDP", RANGES: "192.0.2.0/24"},
            "elb",
            ["client in 192.0.2.0/24 of the load balancer"],
        ),
        (BY_IP, "internal-elb", ["load balancer in Subnet"]),
        (BY_IP, "cni", []),
        ({**BY_IP, "-scheme": "internet-facing"}, "internal-elb", []),
        ({**BY_IP, "-scheme": "internet-facing"}, "elb", ["load balancer in Subnet"]),
        ({"-nlb-target-type": "instance"}, "internal-elb", []),
        ({**BY_IP, "-subnets": "a"}, "internal-elb", []),
        (
            {**BY_IP, **KEPT},
            "internal-elb",
            ["load balancer in Subnet"],
        ),
        (
            {**BY_IP, **KEPT, "-scheme": "internet-facing"},
            "elb",
            ["client in 0.0.0.0/0 of the load balancer", "load balancer in Subnet"],
        ),
        (
            {**BY_IP, **KEPT, "-scheme": "internet-facing", "-healthcheck-port": "9000"},
            "elb",
            ["client in 0.0.0.0/0 of the load balancer"],
        ),
        (
            {**BY_IP, **KEPT, "-subnets": "a", RANGES: "192.0.2.0/24,198.51.100.0/24"},
            "elb",
            [
                "client in 192.0.2.0/24 of the load balancer",
                "client in 198.51.100.0/24 of the load balancer",
            ],
        ),
        ({**BY_IP, RANGES: "192.0.2.0/24"}, "internal-elb", ["load balancer in Subnet"]),
    ],
)
def test_a_load_balancer_reaches_pods_from_its_subnets(
    annotations: dict[str, str], tag: str, ways: list[str]
) -> None:
    """Where the controller finds them by tags, and from the clients whose addresses it keeps."""
    own = dict(annotations)
    port = {"port": 80, "protocol": own.pop("protocol", "TCP")}
    named = {k if k == RANGES else f"{SERVICE}{k}": v for k, v in own.items()}
    said = {f"{SERVICE}-type": "external", **named}
    spec = {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [port]}
    service = item("Service", spec=spec)
    service["metadata"]["annotations"] = said
    subnet = {
        "VpcId": {"Ref": "Vpc"},
        "CidrBlock": "10.0.0.0/24",
        "Tags": [{"Key": f"kubernetes.io/role/{tag}", "Value": "1"}],
    }
    cluster = {"ResourcesVpcConfig": {"SubnetIds": [{"Ref": "Subnet"}]}}
    objects = {
        "ClusterName": {"Ref": "Cluster"},
        "Manifest": json.dumps([service, workload()]),
    }
    made = of_resources(
        Vpc={"Type": VPC, "Properties": {"CidrBlock": "10.0.0.0/16"}},
        Subnet={"Type": SUBNET, "Properties": subnet},
        Cluster={"Type": CLUSTER, "Properties": cluster},
        Objects={"Type": MANIFEST, "Properties": objects},
    )
    assert [way[0].what for _, way in from_balancers(made)] == ways


ALB = "alb.ingress.kubernetes.io"
INTERNAL, PUBLIC = ["load balancer in Private"], ["load balancer in Public"]


def ingress(name: str = "shop", port: object = "http", **annotations: str) -> dict[str, Any]:
    """Return an Ingress that sends to a Service, with these annotations of the controller."""
    backend = {"service": {"name": "web", "port": {"name": port}}}
    rules = [{"http": {"paths": [{"path": "/", "backend": backend}]}}]
    made = item("Ingress", name, spec={"ingressClassName": "alb", "rules": rules})
    said = {f"{ALB}/{key.replace('_', '-')}": value for key, value in annotations.items()}
    made["metadata"]["annotations"] = {f"{ALB}/target-type": "ip", **said}
    return made


def parameters(**spec: object) -> dict[str, Any]:
    """Return the parameters of the class alb."""
    return item("IngressClassParams", "alb", namespace="default", spec=spec)


GROUP = {"group.name": "all"}
BOUND = item(
    "TargetGroupBinding", spec={"serviceRef": {"name": "web", "port": 80}, "targetType": "ip"}
)


@pytest.mark.parametrize(
    ("objects", "ways"),
    [
        ([ingress()], INTERNAL),
        ([ingress(scheme="internet-facing")], PUBLIC),
        ([ingress(target_type="instance")], []),
        ([ingress(subnets="a,b")], []),
        ([ingress(port="https")], []),
        ([BOUND], []),
        ([ingress(), parameters(scheme="internet-facing")], PUBLIC),
        ([ingress(scheme="internet-facing"), parameters(scheme="internal")], INTERNAL),
        ([ingress(), parameters(subnets={"ids": ["a"]})], []),
        # Of a group any member says where its load balancer stands.
        ([ingress(**GROUP), ingress("blog", scheme="internet-facing", **GROUP)], PUBLIC * 2),
        ([ingress(), ingress("blog", scheme="internet-facing")], INTERNAL + PUBLIC),
    ],
)
def test_an_ingress_reaches_pods_from_the_subnets_of_its_load_balancer(
    objects: list[dict[str, Any]], ways: list[str]
) -> None:
    """Where annotations of its group and the parameters of its class put it."""
    ports = [{"name": "http", "port": 80}, {"name": "admin", "port": 81}]
    service = item("Service", spec={"selector": {"app": "web"}, "ports": ports})
    resources: dict[str, dict[str, Any]] = {
        name: {
            "Type": SUBNET,
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "CidrBlock": "10.0.0.0/24",
                "Tags": [{"Key": f"kubernetes.io/role/{role}", "Value": "1"}],
            },
        }
        for name, role in (("Private", "internal-elb"), ("Public", "elb"))
    }
    cluster = {"ResourcesVpcConfig": {"SubnetIds": [{"Ref": "Private"}]}}
    manifest = json.dumps([*objects, service, workload()])
    made = of_resources(
        Vpc={"Type": VPC, "Properties": {"CidrBlock": "10.0.0.0/16"}},
        Cluster={"Type": CLUSTER, "Properties": cluster},
        Objects={
            "Type": MANIFEST,
            "Properties": {"ClusterName": {"Ref": "Cluster"}, "Manifest": manifest},
        },
        **resources,
    )
    assert [way[0].what for _, way in from_balancers(made)] == ways


@pytest.mark.parametrize(
    ("chart", "with_nodes", "calls"),
    [
        ({"Chart": "karpenter"}, True, {"Nodes"}),
        ({"Repository": "oci://public.ecr.aws/karpenter/karpenter/"}, True, {"Nodes"}),
        ({"Chart": "karpenter"}, False, {"Pods"}),
        ({"Chart": "other"}, True, set()),
        ({"Chart": "not-karpenter"}, True, set()),
    ],
)
def test_pods_of_charts_call_services(
    chart: dict[str, str], calls: set[str], *, with_nodes: bool
) -> None:
    """From nodes, and from Fargate where there are none."""
    of_cluster = {"ClusterName": {"Ref": "Cluster"}}
    nodes = {"Nodes": {"Type": NODE_GROUP, "Properties": of_cluster}} if with_nodes else {}
    made = of_resources(
        Cluster={"Type": CLUSTER, "Properties": {}},
        Pods={"Type": PROFILE, "Properties": of_cluster},
        Chart={"Type": CHART, "Properties": {**of_cluster, **chart}},
        **nodes,
    )
    assert {each.name for each in places(made) if "sqs" in each.needs} == calls


def test_the_cni_calls_the_same_as_a_chart() -> None:
    """Its chart has another name than the add-on, and its pods are on the host's network, too."""
    assert needs_of("aws-vpc-cni") == needs_of("vpc-cni") == ("ec2",)
    parts = {
        "Chart": (CHART, {"Chart": "aws-vpc-cni"}),
        "AddOn": (ADD_ON, {"AddonName": "vpc-cni"}),
    }
    made = of_resources(**{x: {"Type": kind, "Properties": y} for x, (kind, y) in parts.items()})
    assert [each.spec["hostNetwork"] for each, _ in of_components(made)] == [True, True]

"""Templates that no construct of ours makes: every picture is drawn, and says nothing wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.environment import Environment
from review.pictures.access_matrix import access_matrix_of
from review.pictures.deploy_order import deploy_order_of, paint_deploy_order
from review.pictures.gallery import KINDS, marks, network_mermaid
from review.pictures.network import network_of, paint_network
from tests.support import examples
from tests.unit.review.pictures.svg_checks import SVG, checked, listing, texts
from tests.unit.review.templates import edited, of_templates

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
ZONES = {"Fn::GetAZs": ""}


def resource(kind: str, **properties: object) -> Mapping[str, object]:
    """Return a resource."""
    return {"Type": kind, "Properties": properties}


def subnet(
    cidr: object = "10.0.0.0/24", zone: object = "a", **more: object
) -> Mapping[str, object]:
    """Return a subnet."""
    return resource("AWS::EC2::Subnet", CidrBlock=cidr, AvailabilityZone=zone, **more)


def cluster(**properties: object) -> Mapping[str, object]:
    """Return a cluster."""
    return resource("AWS::EKS::Cluster", **properties)


def manifest(*objects: object, **properties: object) -> Mapping[str, object]:
    """Return what applies Kubernetes objects."""
    kind = "Custom::AWSCDK-EKS-KubernetesResource"
    return resource(kind, Manifest=json.dumps(objects), **properties)


def pods(kind: str, name: str, **spec: object) -> Mapping[str, object]:
    """Return an object that makes pods."""
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": []}}
    return {"kind": kind, "metadata": {"name": name}, "spec": {"template": template, **spec}}


def service(**spec: object) -> Mapping[str, object]:
    """Return a Service of type LoadBalancer."""
    scheme = {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"}
    metadata = {"name": "web", "annotations": scheme}
    return {"kind": "Service", "metadata": metadata, "spec": {"type": "LoadBalancer", **spec}}


def environment(**resources: object) -> Environment:
    """Return an environment of one stack."""
    return of_templates("Odd", Stack={"Resources": resources})


OPEN = "⚠ anyone on the internet can connect: only IAM permissions protect it"
ROUTED = {
    "Gateway": resource("AWS::EC2::InternetGateway"),
    "Table": resource("AWS::EC2::RouteTable"),
    "Route": resource(
        "AWS::EC2::Route", RouteTableId={"Ref": "Table"}, GatewayId={"Ref": "Gateway"}
    ),
    "Association": resource(
        "AWS::EC2::SubnetRouteTableAssociation",
        RouteTableId={"Fn::GetAtt": ["Table", "RouteTableId"]},
        SubnetId={"Ref": "PrivateSubnet"},
    ),
}
CASES: Mapping[str, tuple[Mapping[str, object], set[str], set[str]]] = {
    "nothing": ({}, {"Network of Odd", "Existing VPC"}, {"Private subnets"}),
    "a resource that is none": ({"One": None, "Two": [], "Three": {"Type": None}}, {"VPC"}, set()),
    "two VPCs": ({"One": VPC, "Two": VPC}, {"2 VPCs 10.0.0.0/16 and 10.0.0.0/16"}, set()),
    "a VPC of a pool": ({"Vpc": resource("AWS::EC2::VPC")}, {"VPC"}, set()),
    "zones by their number": (
        {
            "PublicSubnet1": subnet(zone={"Fn::Select": [0, ZONES]}),
            "PrivateSubnet2": subnet(zone={"Fn::Select": ["1", ZONES]}),
        },
        {"zone 1", "zone 2", "Public subnets", "Private subnets"},
        {"${Fn::Select}"},
    ),
    "no zone": ({"Subnet": resource("AWS::EC2::Subnet")}, {"a zone that AWS chooses"}, set()),
    "a zone by its id": (
        {"A": resource("AWS::EC2::Subnet", AvailabilityZoneId="use1-az1")},
        {"use1-az1"},
        set(),
    ),
    "a range that a deploy decides": (
        {
            "Left": subnet({"Fn::Select": [0, {"Fn::Cidr": ["10.0.0.0/16", 4, 8]}]}),
            "Right": subnet(""),
        },
        {"Left", "Right"},
        {"${Fn::Select}"},
    ),
    "several subnets in a zone": (
        {"PrivateA": subnet("10.0.1.0/24"), "PrivateB": subnet("10.0.2.0/24")},
        {"10.0.1.0/24", "10.0.2.0/24"},
        set(),
    ),
    "public by its route": (
        {"PrivateSubnet": subnet(), **ROUTED},
        {"Public subnets"},
        {"Private subnets"},
    ),
    "public by its addresses": (
        {"A": subnet(MapPublicIpOnLaunch=True)},
        {"Public subnets"},
        {"Private subnets"},
    ),
    "public by its tag": (
        {"A": subnet(Tags=[None, {"Key": "kubernetes.io/role/elb", "Value": "1"}])},
        {"Public subnets"},
        {"Private subnets"},
    ),
    "private as far as anybody knows": (
        {"A": subnet(Tags="none")},
        {"Private subnets"},
        {"Public subnets"},
    ),
    "nodes in public subnets": (
        {
            "PublicSubnet": subnet(),
            "Nodes": resource("AWS::EKS::Nodegroup", Subnets=[{"Ref": "PublicSubnet"}]),
        },
        {"Public subnets", "Node group Nodes"},
        {"Private subnets"},
    ),
    "a node group without sizes": (
        {"Nodes": resource("AWS::EKS::Nodegroup")},
        {"Node group Nodes", "t3.medium"},
        set(),
    ),
    "types that a launch template has": (
        {"Nodes": resource("AWS::EKS::Nodegroup", LaunchTemplate={"Id": "lt-1"})},
        {"types from its launch template"},
        {"t3.medium"},
    ),
    "sizes that a deploy decides": (
        {"Nodes": resource("AWS::EKS::Nodegroup", ScalingConfig={"DesiredSize": {"Ref": "Size"}})},
        {"Node group Nodes: {Size} nodes"},
        set(),
    ),
    "a cluster without anything": (
        {"Cluster": cluster()},
        {"API server", "public, open to 0.0.0.0/0", "Internet", OPEN},
        set(),
    ),
    "two clusters": (
        {
            "One": cluster(Name="one", Version="1.36"),
            "Two": cluster(ResourcesVpcConfig={"EndpointPublicAccess": False}),
        },
        {"API server of one, Kubernetes 1.36", "API server of Two", "private only"},
        set(),
    ),
    "an endpoint that a deploy opens": (
        {"Cluster": cluster(ResourcesVpcConfig={"EndpointPublicAccess": {"Ref": "Open"}})},
        {"API server", "access is known only at deploy time"},
        {"Internet"},
    ),
    "an endpoint for networks that a deploy decides": (
        {"Cluster": cluster(ResourcesVpcConfig={"PublicAccessCidrs": [{"Ref": "Office"}]})},
        {"public, open to {Office}", "Internet"},
        {OPEN},
    ),
    "an endpoint for the two halves of the internet": (
        {
            "Cluster": cluster(
                ResourcesVpcConfig={"PublicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"]}
            )
        },
        {"public, open to 0.0.0.0/1 and 128.0.0.0/1", OPEN},
        set(),
    ),
    "an endpoint for one network": (
        {"Cluster": cluster(ResourcesVpcConfig={"PublicAccessCidrs": ["203.0.113.0/24"]})},
        {"public, open to 203.0.113.0/24", "Internet"},
        {OPEN},
    ),
    "pods of every kind": (
        {
            "Objects": manifest(
                {"kind": "Pod", "metadata": {"name": "one"}, "spec": {"containers": []}},
                pods("StatefulSet", "two", replicas=2),
                pods("DaemonSet", "each"),
                {"kind": "Deployment", "spec": {"template": None}},
                None,
            )
        },
        {"Pods on nodes", "1 × default/one, 2 × default/two and default/each"},  # noqa: RUF001
        set(),
    ),
    "a Service without selector and ports": (
        {"Objects": manifest(service(), pods("Deployment", "web"))},
        {"Load balancer of default/web, internet-facing", "open to the internet"},
        set(),
    ),
    "a Service that answers many networks": (
        {"Objects": manifest(service(loadBalancerSourceRanges=["203.0.113.0/24"] * 40))},
        {"Internet"},
        set(),
    ),
    "a profile without selectors": (
        {"Apps": resource("AWS::EKS::FargateProfile")},
        {"Fargate profile Apps"},
        set(),
    ),
    "a name of many letters": (
        {"Cluster": cluster(Name="x" * 400), "Long" * 90: subnet("", "z" * 300)},
        set(),
        {"x" * 400},
    ),
    "letters that no XML takes": (
        {"Cluster": cluster(Name="\x00\ud800")},
        {"API server of ��"},
        set(),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_network_says_what_is_known(case: str) -> None:
    """And of the rest nothing."""
    resources, said, unsaid = CASES[case]
    network = network_of(environment(**resources))
    painting = paint_network(network)
    shown = set(texts(painting.svg()))
    assert said <= shown
    assert listing(painting.listed)
    assert not unsaid & shown
    assert network_mermaid(network).startswith("block-beta\n")


def test_subnets_of_one_zone_stand_below_each_other() -> None:
    """Neither hides the other, and each has a key and a block of its own."""
    pair = {name: subnet(f"10.0.{index}.0/24") for index, name in enumerate(("A", "B"))}
    network = network_of(environment(**pair))
    assert [each.key for each in network.subnets] == ["subnet private a", "subnet private a 2"]
    picture = checked(paint_network(network).svg())
    cards = [each for each in picture.iter(f"{SVG}rect") if each.attrib["class"] == "card"]
    upper, lower = (each.attrib for each in cards)
    assert upper["x"] == lower["x"]
    assert int(lower["y"]) > int(upper["y"]) + int(upper["height"])
    text = network_mermaid(network, marks={"subnet private a 2": "added"})
    assert '  space private0["Private 10.0.0.0/24"]\n' in text
    assert '  space private1_0["added: Private 10.0.1.0/24"]\n' in text
    assert "  class private1_0 added\n" in text


def test_a_tier_without_subnets_is_not_described() -> None:
    """Its bands are: somebody else made the subnets."""
    group = resource("AWS::EKS::Nodegroup", Subnets=["subnet-1"])
    painting = paint_network(network_of(environment(Nodes=group)))
    assert painting.description == "Existing VPC. Node group Nodes: t3.medium."


def test_a_service_leads_to_pods_of_its_own_cluster() -> None:
    """Pods of the same labels run in the other one too, on Fargate."""
    profile = resource(
        "AWS::EKS::FargateProfile",
        ClusterName={"Ref": "Other"},
        Selectors=[{"Namespace": "default"}],
    )
    web = pods("Deployment", "web")
    network = network_of(
        environment(
            Own=cluster(),
            Other=cluster(),
            Apps=profile,
            Here=manifest(service(selector={"app": "web"}), web, ClusterName={"Ref": "Own"}),
            There=manifest(web, ClusterName={"Ref": "Other"}),
        )
    )
    behind = {band.title: band.behind for band in network.bands}
    assert behind["Pods on nodes"] == ("load balancer default/web",)
    assert behind["Fargate profile Apps"] == ()


@pytest.mark.parametrize(
    ("selector", "reached"),
    [
        ({"app": "web"}, True),
        ({"app": "web", "tier": "front"}, True),
        ({"app": "api", "tier": "front"}, False),
        ({"app": "none"}, False),
        ({}, False),
        ("app", False),
        ({"app": ["web"]}, False),
    ],
)
def test_a_service_leads_to_pods_with_all_of_its_labels(selector: object, *, reached: bool) -> None:
    """One of them is not enough."""
    web, api = pods("Deployment", "web"), pods("Deployment", "api")
    labels: Any = web["spec"]
    labels["template"]["metadata"]["labels"]["tier"] = "front"
    network = network_of(environment(Here=manifest(service(selector=selector), web, api)))
    behind = {band.key: band.behind for band in network.bands}["pods on nodes"]
    assert behind == (("load balancer default/web",) if reached else ())


def test_access_to_two_clusters_is_told_apart() -> None:
    """Who administers one doesn't administer the other."""
    policy = {
        "PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        "AccessScope": {"Type": "cluster"},
    }
    entry = {"PrincipalArn": "arn:aws:iam::111122223333:role/Operator"}
    found = environment(
        One=cluster(Name="one"),
        Two=cluster(Name="two"),
        First=resource(
            "AWS::EKS::AccessEntry", ClusterName={"Ref": "One"}, AccessPolicies=[policy], **entry
        ),
        Second=resource("AWS::EKS::AccessEntry", ClusterName={"Ref": "Two"}, **entry),
    )
    assert {each.name: bool(each.may) for each in access_matrix_of(found).principals} == {
        "role `Operator` of cluster `one`": True,
        "role `Operator` of cluster `two`": False,
    }


def test_an_entry_may_hold_anything() -> None:
    """A principal that only a deploy knows, or none at all."""
    found = environment(
        Unknown=resource("AWS::EKS::AccessEntry", PrincipalArn={"Ref": "Arn"}),
        Nobody=resource("AWS::EKS::AccessEntry", AccessPolicies=[None, {}], KubernetesGroups="x"),
    )
    assert "`{Arn}`" in [each.name for each in access_matrix_of(found).principals]


def test_a_nested_stack_takes_as_long_as_all_in_it() -> None:
    """What names it waits for it; the stack has no part of its own in the picture."""
    key, gateway = {"Type": "AWS::KMS::Key"}, {"Type": "AWS::EC2::NatGateway"}
    nested = {"Type": "AWS::CloudFormation::Stack", "DependsOn": "First"}
    found = of_templates(
        "Odd",
        Outer={
            "Resources": {"First": key, "Nested": nested, "Last": {**key, "DependsOn": "Nested"}}
        },
        Inner={"Resources": {"Gateway": gateway}},
    )
    inner = replace(found.stacks["Odd/Inner"], nested_in=("Odd/Outer", "Nested"))
    order = deploy_order_of(replace(found, stacks={**found.stacks, inner.path: inner}))
    assert [each.stack for each in order.stages] == ["Outer"]
    assert [each.title for each in order.steps if each.critical] == [
        "KMS key First",
        "NAT gateway Gateway",
        "AWS::CloudFormation::Stack Nested",
        "KMS key Last",
    ]


def test_a_circle_has_a_picture() -> None:
    """CloudFormation refuses it; no step follows one that ends after it."""
    waits = {"First": "Third", "Second": "First", "Third": "Second", "Last": "Third"}
    kinds = {"Last": "AWS::EC2::NatGateway"}
    order = deploy_order_of(
        environment(
            **{
                name: {"Type": kinds.get(name, "AWS::KMS::Key"), "DependsOn": earlier}
                for name, earlier in waits.items()
            }
        )
    )
    assert [each.title for each in order.steps if each.critical][-1] == "NAT gateway Last"
    checked(paint_deploy_order(order).svg())


ODD: tuple[object, ...] = (
    {"Fn::If": ["Maybe", {"Ref": "This"}, {"Ref": "AWS::NoValue"}]},
    *(
        {"Ref": "That"},
        {"Fn::Select": ["x", ZONES]},
        {"a": None},
        {},
        None,
        [],
        [None],
        [[{}]],
        "",
        1,
    ),
)


def nodes(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every node of a template but its root."""
    if path:
        yield path
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in pairs:
        yield from nodes(inner, (*path, key))


@pytest.mark.parametrize(
    ("peer", "stack"),
    [
        ("Prod", "Network"),
        ("Prod", "Cluster"),
        ("Prod", "SampleService"),
        ("QuickStart", "Cluster"),
    ],
)
def test_no_node_of_a_template_is_needed(
    peers: Mapping[str, Environment], peer: str, stack: str
) -> None:
    """Whatever stands in its place, every picture is drawn."""
    before = peers[peer]
    template = before.stacks[f"{peer}/{stack}"].template
    facts = {key: model_of(before).facts for key, (_, model_of, _) in KINDS.items()}

    @settings(max_examples=examples(30), deadline=None, database=None)
    @given(path=st.sampled_from([*nodes(template)]), value=st.sampled_from(ODD))
    def is_drawn(path: tuple[Any, ...], value: object) -> None:
        def edit(found: Any) -> None:  # noqa: ANN401  # JSON
            for key in path[:-1]:
                found = found[key]
            found[path[-1]] = copy.deepcopy(value)

        after = edited(before, stack, edit)
        for key, (_, model_of, painting_of) in KINDS.items():
            model = model_of(after)
            painting = painting_of(model, marks(model.facts, facts[key], "added"))
            checked(painting.svg())
            assert listing(painting.listed)
        network_mermaid(network_of(after))

    is_drawn()

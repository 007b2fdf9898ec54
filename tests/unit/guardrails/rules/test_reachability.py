from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from guardrails.catalogue import RULES
from guardrails.rule import Rule
from tests.unit.guardrails.environments import of_resources
from tests.unit.guardrails.rules.objects import FARGATE, Json, environment, item, workload

BY_ID = {rule.id: rule for rule in RULES if rule.family == "Who reaches what?"}
REACH1, REACH2, REACH3, REACH4, REACH5, REACH6 = (BY_ID[f"REACH{n}"] for n in range(1, 7))

HTTPS = {"CidrIp": "10.0.0.0/16", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def typed(kind: str, **properties: object) -> dict[str, Any]:
    """Return a resource."""
    return {"Type": kind, "Properties": properties}


def network(*, public: bool = False, **route: object) -> dict[str, dict[str, Any]]:
    """Return a subnet with a route to everywhere, if it has one."""
    found = {
        "Vpc": typed("AWS::EC2::VPC", EnableDnsHostnames=True),
        "Subnet": typed(
            "AWS::EC2::Subnet",
            VpcId={"Ref": "Vpc"},
            CidrBlock="10.0.0.0/24",
            MapPublicIpOnLaunch=public,
        ),
        "Table": typed("AWS::EC2::RouteTable"),
        "Association": typed(
            "AWS::EC2::SubnetRouteTableAssociation",
            SubnetId={"Ref": "Subnet"},
            RouteTableId={"Ref": "Table"},
        ),
    }
    if route:
        found["Route"] = typed(
            "AWS::EC2::Route",
            RouteTableId={"Ref": "Table"},
            DestinationCidrBlock="0.0.0.0/0",
            **route,
        )
    return found


def values(rule: Rule, environment: Environment) -> list[str]:
    """Return the value of every finding."""
    return [finding.value for finding in rule.check(environment)]


@pytest.mark.parametrize(
    ("kind", "way", "reached"),
    [
        ("AWS::EKS::Nodegroup", network(), False),
        ("AWS::EKS::Nodegroup", network(NatGatewayId="nat-1"), True),
        ("AWS::EKS::Nodegroup", network(TransitGatewayId="tgw-1"), True),
        ("AWS::EKS::Nodegroup", network(GatewayId="igw-1"), False),
        ("AWS::EKS::Nodegroup", network(GatewayId="igw-1", public=True), True),
        ("AWS::EKS::FargateProfile", network(NatGatewayId="nat-1"), True),
    ],
)
def test_an_internet_gateway_serves_nodes_with_public_addresses(
    kind: str, way: dict[str, dict[str, Any]], *, reached: bool
) -> None:
    """A NAT gateway or a transit gateway serves everything; Fargate pods have no public address."""
    environment = of_resources(**way, User=typed(kind, Subnets=[{"Ref": "Subnet"}]))

    assert (values(REACH1, environment) == []) is reached


@pytest.mark.parametrize(
    ("way", "refused"),
    [
        (network(GatewayId="igw-1", public=True), ["Subnet"]),
        (network(GatewayId="igw-1"), ["Subnet"]),
        (network(NatGatewayId="nat-1"), []),
    ],
)
def test_eks_refuses_fargate_in_a_public_subnet(
    way: dict[str, dict[str, Any]], refused: list[str]
) -> None:
    """No endpoint would help, so none is asked for."""
    environment = of_resources(
        **way, User=typed("AWS::EKS::FargateProfile", Subnets=[{"Ref": "Subnet"}])
    )

    assert values(REACH6, environment) == refused
    assert values(REACH1, environment) == []


def test_it_says_why_there_is_no_way() -> None:
    """A route table, a route, or the private name of an endpoint is missing."""
    user = typed("AWS::EKS::Nodegroup", Subnets=[{"Ref": "Subnet"}])
    endpoint = typed(
        "AWS::EC2::VPCEndpoint",
        VpcId={"Ref": "Vpc"},
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.eu-west-1.sts",
        PrivateDnsEnabled=False,
    )
    way = network()
    details = [each.detail for each in REACH1.check(of_resources(**way, Sts=endpoint, User=user))]
    assert "No default route leads out of Subnet" in details[0]
    assert "past Sts: its private DNS is off" in details[-1]
    del way["Association"]
    details = [each.detail for each in REACH1.check(of_resources(**way, User=user))]
    assert "No route table is associated with Subnet" in details[0]


@pytest.mark.parametrize("subnet", ["subnet-0123", {"Fn::ImportValue": "Elsewhere:Subnet"}])
def test_an_existing_subnet_is_not_judged(subnet: object) -> None:
    """Its routes are not in the templates."""
    nodes = typed("AWS::EKS::Nodegroup", Subnets=[subnet], ClusterName="one")

    for rule in BY_ID.values():
        assert values(rule, of_resources(Nodes=nodes)) == []


@pytest.mark.parametrize("table", ["rtb-0123", {"Ref": "Somewhere"}])
def test_an_existing_route_table_is_not_judged(table: object) -> None:
    """Its routes are not in the templates."""
    ways = network()
    ways["Association"]["Properties"]["RouteTableId"] = table
    environment = of_resources(
        **ways,
        Cluster=typed("AWS::EKS::Cluster"),
        Nodes=typed(
            "AWS::EKS::Nodegroup", Subnets=[{"Ref": "Subnet"}], ClusterName={"Ref": "Cluster"}
        ),
        Cni=typed(
            "AWS::EKS::Addon",
            ConfigurationValues={
                "Fn::ToJsonString": {"eniConfig": {"subnets": {"a": {"id": {"Ref": "Subnet"}}}}}
            },
        ),
    )

    for rule in (REACH1, REACH2, REACH5):
        assert values(rule, environment) == []


def test_a_handler_is_judged_by_its_own_cluster() -> None:
    """Another cluster, which it never calls, may be closed."""
    environment = of_resources(
        Open=typed("AWS::EKS::Cluster"),
        Closed=typed("AWS::EKS::Cluster", ResourcesVpcConfig={"EndpointPublicAccess": False}),
        Handler=typed("AWS::Lambda::Function"),
        Object=typed(
            "Custom::AWSCDK-EKS-KubernetesResource",
            ClusterName={"Ref": "Open"},
            ServiceToken={"Fn::GetAtt": ["Handler", "Arn"]},
        ),
    )

    assert values(REACH2, environment) == []


@pytest.mark.parametrize("kind", ["AWS::Lambda::Version", "AWS::IAM::Role", "AWS::EKS::Cluster"])
def test_what_is_no_function_handles_nothing(kind: str) -> None:
    """Of what else a provider may name, nothing is known."""
    variables = {"USER_ON_EVENT_FUNCTION_ARN": {"Ref": "Other"}}
    environment = of_resources(
        Provider=typed("AWS::Lambda::Function", Environment={"Variables": variables}),
        Other=typed(kind),
        Object=typed("Custom::AWSCDK-EKS-KubernetesResource", ServiceToken={"Ref": "Provider"}),
    )

    assert [each for rule in BY_ID.values() for each in values(rule, environment)] == []


@pytest.mark.parametrize("private_names", [True, False])
def test_an_endpoint_without_private_names_is_none(*, private_names: bool) -> None:
    """The service's name would lead to the internet, past it."""
    environment = of_resources(
        **network(),
        Endpoint=typed(
            "AWS::EC2::VPCEndpoint",
            VpcId={"Ref": "Vpc"},
            VpcEndpointType="Interface",
            ServiceName="com.amazonaws.eu-west-1.sts",
            PrivateDnsEnabled=private_names,
        ),
        Nodes=typed("AWS::EKS::Nodegroup", Subnets=[{"Ref": "Subnet"}]),
    )

    assert ("Subnet:sts" in values(REACH1, environment)) is not private_names


@pytest.mark.parametrize(
    ("private", "way", "found"),
    [
        (True, network(), []),
        (False, network(), ["Subnet"]),
        (False, network(NatGatewayId="nat-1"), []),
    ],
)
def test_nodes_reach_the_api_server(
    way: dict[str, dict[str, Any]], found: list[str], *, private: bool
) -> None:
    """By its private endpoint, or by a NAT gateway."""
    environment = of_resources(
        **way,
        Cluster=typed("AWS::EKS::Cluster", ResourcesVpcConfig={"EndpointPrivateAccess": private}),
        Nodes=typed(
            "AWS::EKS::Nodegroup", Subnets=[{"Ref": "Subnet"}], ClusterName={"Ref": "Cluster"}
        ),
    )

    assert values(REACH2, environment) == found


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({}, ["EnableDnsHostnames"]),
        ({"EnableDnsHostnames": True}, []),
        ({"EnableDnsHostnames": True, "EnableDnsSupport": False}, ["EnableDnsSupport"]),
    ],
)
def test_names_resolve_in_the_vpc(properties: dict[str, object], found: list[str]) -> None:
    """CloudFormation's default is support without host names."""
    assert values(REACH3, of_resources(Vpc=typed("AWS::EC2::VPC", **properties))) == found


@pytest.mark.parametrize(
    ("ingress", "admitted"),
    [
        ([HTTPS], True),
        ([], False),
        ([{**HTTPS, "CidrIp": "10.0.1.0/24"}], False),
        ([{**HTTPS, "FromPort": 80, "ToPort": 80}], False),
        ([{**HTTPS, "FromPort": 0, "ToPort": 65535}], True),
        ([{**HTTPS, "IpProtocol": "udp"}], False),
        ([{"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}], True),
        ({"Ref": "Rules"}, True),
        ([{**HTTPS, "IpProtocol": {"Ref": "Protocol"}}], True),
        ([{**HTTPS, "CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}], True),
        ([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv6": "::/0"}], False),
        (
            [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "SourceSecurityGroupId": "sg-1",
                }
            ],
            True,
        ),
    ],
)
def test_an_endpoint_lets_its_users_in(ingress: object, *, admitted: bool) -> None:
    """HTTPS, from the range of each subnet; what can't be read here is let pass."""
    environment = of_resources(
        **network(NatGatewayId="nat-1"),
        Group=typed("AWS::EC2::SecurityGroup", SecurityGroupIngress=ingress),
        Endpoint=typed(
            "AWS::EC2::VPCEndpoint",
            VpcId={"Ref": "Vpc"},
            VpcEndpointType="Interface",
            PrivateDnsEnabled=True,
            ServiceName="com.amazonaws.eu-west-1.sts",
            SecurityGroupIds=[{"Fn::GetAtt": ["Group", "GroupId"]}],
        ),
        Nodes=typed("AWS::EKS::Nodegroup", Subnets=[{"Ref": "Subnet"}]),
    )

    assert values(REACH4, environment) == ([] if admitted else ["Subnet"])


def test_an_endpoint_is_opened_by_a_rule_of_its_own_too() -> None:
    """The CDK writes a rule as a resource where two groups know each other."""
    environment = of_resources(
        **network(),
        Group=typed("AWS::EC2::SecurityGroup"),
        Rule=typed(
            "AWS::EC2::SecurityGroupIngress",
            **HTTPS,
            GroupId={"Fn::GetAtt": ["Group", "GroupId"]},
        ),
        Endpoint=typed(
            "AWS::EC2::VPCEndpoint",
            VpcId={"Ref": "Vpc"},
            VpcEndpointType="Interface",
            PrivateDnsEnabled=True,
            ServiceName="com.amazonaws.eu-west-1.sts",
            SecurityGroupIds=[{"Fn::GetAtt": ["Group", "GroupId"]}],
        ),
        Nodes=typed("AWS::EKS::Nodegroup", Subnets=[{"Ref": "Subnet"}]),
    )

    assert values(REACH4, environment) == []


def test_a_security_group_that_exists_is_not_judged() -> None:
    """Its rules are not in the templates."""
    environment = of_resources(
        **network(),
        Endpoint=typed(
            "AWS::EC2::VPCEndpoint",
            VpcId={"Ref": "Vpc"},
            VpcEndpointType="Interface",
            PrivateDnsEnabled=True,
            ServiceName="com.amazonaws.eu-west-1.sts",
            SecurityGroupIds=["sg-0123"],
        ),
        Nodes=typed("AWS::EKS::Nodegroup", Subnets=[{"Ref": "Subnet"}]),
    )

    assert values(REACH4, environment) == []


@pytest.mark.parametrize(
    ("role", "way", "found"),
    [
        ("elb", network(GatewayId="igw-1"), []),
        ("elb", network(NatGatewayId="nat-1"), ["kubernetes.io/role/elb"]),
        ("elb", network(), ["kubernetes.io/role/elb"]),
        # A firewall is in between.
        ("elb", network(VpcEndpointId="vpce-1"), []),
        ("internal-elb", network(NatGatewayId="nat-1"), []),
        # All subnets are public.
        ("internal-elb", network(GatewayId="igw-1"), []),
        ("alb", network(GatewayId="igw-1"), ["kubernetes.io/role/alb=1"]),
    ],
)
def test_a_tag_tells_where_a_load_balancer_faces(
    role: str, way: dict[str, dict[str, Any]], found: list[str]
) -> None:
    """One that faces the internet needs a route from there."""
    way["Subnet"]["Properties"]["Tags"] = [{"Key": f"kubernetes.io/role/{role}", "Value": "1"}]
    network_of_cluster = {"SubnetIds": [{"Ref": "Subnet"}]}
    cluster = typed("AWS::EKS::Cluster", ResourcesVpcConfig=network_of_cluster)

    assert values(BY_ID["REACH17"], of_resources(**way, Cluster=cluster)) == found


OWN = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1"
NODES: Json = typed(
    "AWS::EKS::Nodegroup",
    ClusterName="test",
    Subnets=[{"Ref": "Subnet"}],
    LaunchTemplate={"Id": {"Ref": "Launch"}},
)
LAUNCH = "AWS::EC2::LaunchTemplate"
TO_INTERNET: Json = {"NatGatewayId": "nat-1"}


def launch(text: str = "") -> Json:
    """Return a launch template with this user data."""
    return typed(LAUNCH, LaunchTemplateData={"UserData": base64.b64encode(text.encode()).decode()})


def in_ireland(made: Environment) -> Environment:
    """Return an environment whose stacks have a region."""
    stacks = {name: replace(each, region="eu-west-1") for name, each in made.stacks.items()}
    return replace(made, stacks=stacks)


@pytest.mark.parametrize(
    ("image", "is_far"),
    [
        ("nginx", True),
        ("library/nginx:1.29", True),
        ("ghcr.io/shop/web:1", True),
        ("registry.example.com:5000/web", True),
        (OWN.replace("eu-west-1", "us-east-1"), True),
        (OWN, False),
        (OWN.replace(".dkr.ecr.", ".dkr-ecr.").replace("amazonaws.com", "on.aws"), False),
        ("registry.shop.internal/web:1", False),
        ("10.20.0.5:5000/web", False),
        ("registry:5000/web", False),
        ("localhost/web", False),
        ("${Launch}", False),
    ],
)
def test_an_image_of_the_internet_needs_a_way_there(image: str, *, is_far: bool) -> None:
    """A registry of the own region has endpoints, one of the own network may be anywhere."""
    pods = workload(container={"image": image})
    made = in_ireland(environment(pods, **network(), Nodes=NODES, Launch=launch()))
    assert [each.endswith(image) for each in values(BY_ID["REACH20"], made)] == [True] * is_far

    for more in (
        {**network(**TO_INTERNET), "Launch": launch()},
        {**network(), "Launch": launch("[settings.network]\nhttps-proxy = 'http://proxy:3128'")},
        {**network(), "Launch": launch("[[settings.container-registry.mirrors]]")},
        {**network(), "Launch": typed(LAUNCH, LaunchTemplateData={"UserData": "not base64"})},
        {**network(), "Launch": launch(), "Vpc2": typed("AWS::EC2::VPC"), **_elsewhere()},
    ):
        assert values(BY_ID["REACH20"], in_ireland(environment(pods, Nodes=NODES, **more))) == []


def _elsewhere() -> dict[str, Json]:
    """Return a node group that has a way to the internet, beside the one that has none."""
    made = network(**TO_INTERNET)
    names = {f"{name}2": name for name in made}
    written = json.dumps({new: made[old] for new, old in names.items()})
    for name in made:
        written = written.replace(f'{{"Ref": "{name}"}}', f'{{"Ref": "{name}2"}}')
    group = {**NODES, "Properties": {**NODES["Properties"], "Subnets": [{"Ref": "Subnet2"}]}}
    return {**json.loads(written), "Nodes2": group}


def test_fargate_asks_no_proxy_and_pulls_in_its_own_subnets() -> None:
    """What user data says is of nodes."""
    pods = workload(namespace="run-shop", container={"image": "nginx"})
    profile = {**FARGATE, "Properties": {**FARGATE["Properties"], "Subnets": [{"Ref": "Subnet"}]}}
    asking = launch("https-proxy = 'http://proxy:3128'")
    made = environment(pods, **network(), Profile=profile, Nodes=NODES, Launch=asking)
    assert values(BY_ID["REACH20"], made) == ["Deployment/web nginx"]


def test_the_nodes_of_auto_mode_are_in_the_subnets_of_the_cluster() -> None:
    """There is no class of its own in the templates."""
    pods = workload(container={"image": "nginx"})
    cluster = typed(
        "AWS::EKS::Cluster", Name="test", ResourcesVpcConfig={"SubnetIds": [{"Ref": "Subnet"}]}
    )
    for way, found in ((network(), ["Deployment/web nginx"]), (network(**TO_INTERNET), [])):
        assert values(BY_ID["REACH20"], environment(pods, **way, Cluster=cluster)) == found


@pytest.mark.parametrize(
    ("written", "found"),
    [("", ["Deployment/web nginx"]), ("https-proxy = 'http://proxy:3128'", [])],
)
def test_the_user_data_of_a_class_may_name_a_proxy(written: str, found: list[str]) -> None:
    """Its nodes have no launch template in the templates."""
    terms = [{"id": "${Subnet}"}]
    nodes = item("EC2NodeClass", spec={"subnetSelectorTerms": terms, "userData": written})
    cluster = typed(
        "AWS::EKS::Cluster", Name="test", ResourcesVpcConfig={"SubnetIds": [{"Ref": "Subnet"}]}
    )
    pods = workload(container={"image": "nginx"})
    made = environment(pods, nodes, **network(), Cluster=cluster)
    assert values(BY_ID["REACH20"], made) == found

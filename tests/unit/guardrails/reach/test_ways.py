"""Ways out of a small network, hop by hop; what the templates don't show passes."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from assembly.environment import Environment
from guardrails.reach.hops import stop
from guardrails.reach.model import answers
from tests.unit.guardrails.environments import of_resources

ALL = {"Egress": False, "Protocol": -1, "CidrBlock": "0.0.0.0/0", "RuleAction": "allow"}
OUT = {**ALL, "Egress": True}
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
GROUP = {"Fn::GetAtt": ["Group", "GroupId"]}
OF_VPC = {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}
EMPTIED = {
    "Emptied": {
        "Type": "Custom::VpcRestrictDefaultSG",
        "Properties": {"DefaultSecurityGroupId": OF_VPC},
    }
}
TO_GATEWAY: dict[str, Any] = {"GatewayId": {"Ref": "Gateway"}}
OF_CLUSTER = {"Fn::GetAtt": ["Cluster", "ClusterSecurityGroupId"]}


def encoded(no_proxy: str) -> str:
    """Return user data of nodes behind a proxy."""
    written = f"export HTTPS_PROXY=http://proxy:3128\nexport NO_PROXY=localhost,{no_proxy}\n"
    return base64.b64encode(written.encode()).decode()


def typed(kind: str, **properties: object) -> dict[str, Any]:
    """Return a resource of EC2, or of EKS."""
    service = "EKS" if kind in ("Cluster", "Nodegroup") else "EC2"
    return {"Type": f"AWS::{service}::{kind}", "Properties": properties}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def subnet(name: str, cidr: str, of: str = "Vpc", **route: object) -> dict[str, Any]:
    """Return a subnet with a route table of its own."""
    return {
        of: typed("VPC", CidrBlock="10.0.0.0/16", EnableDnsHostnames=True),
        name: typed("Subnet", VpcId=ref(of), CidrBlock=cidr, AvailabilityZone="eu-west-1a"),
        f"{name}Table": typed("RouteTable", VpcId=ref("Vpc")),
        f"{name}Association": typed(
            "SubnetRouteTableAssociation", SubnetId=ref(name), RouteTableId=ref(f"{name}Table")
        ),
        f"{name}Route": typed(
            "Route", RouteTableId=ref(f"{name}Table"), DestinationCidrBlock="0.0.0.0/0", **route
        ),
    }


def network(**more: object) -> dict[str, Any]:
    """Return nodes behind a NAT gateway, with some resources exchanged, or left out if None."""
    made: dict[str, Any] = {
        "Vpc": typed("VPC", CidrBlock="10.0.0.0/16", EnableDnsHostnames=True),
        "Gateway": typed("InternetGateway"),
        "Attachment": typed(
            "VPCGatewayAttachment", InternetGatewayId=ref("Gateway"), VpcId=ref("Vpc")
        ),
        **subnet("Public", "10.0.1.0/24", GatewayId=ref("Gateway")),
        **subnet("Private", "10.0.0.0/24", NatGatewayId=ref("Nat")),
        "Eip": typed("EIP"),
        "Nat": typed(
            "NatGateway",
            SubnetId=ref("Public"),
            AllocationId={"Fn::GetAtt": ["Eip", "AllocationId"]},
        ),
        "Cluster": typed(
            "Cluster",
            ResourcesVpcConfig={"SubnetIds": [ref("Private")], "EndpointPrivateAccess": True},
        ),
        "Nodes": typed("Nodegroup", ClusterName=ref("Cluster"), Subnets=[ref("Private")]),
        **more,
    }
    return {name: body for name, body in made.items() if body is not None}


def verdict(environment: Environment, place: str, target: str) -> str:
    """Return the rule by which a way ends, ✓ for one that doesn't and ? for one that may."""
    ways = [
        each.way for each in answers(environment) if (each.source, each.target) == (place, target)
    ]
    (way,) = ways
    hop = stop(way)
    return "✓" if hop is None else hop.rule if hop.finding else "?"


def nat(**changes: object) -> dict[str, Any]:
    made = network()["Nat"]["Properties"] | changes
    return {"Nat": typed("NatGateway", **{k: v for k, v in made.items() if v is not None})}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "✓"),
        (nat(ConnectivityType="private"), "REACH7"),
        (nat(AllocationId=None), "REACH7"),
        (nat(AllocationId=None, SubnetId=None, AvailabilityMode="regional", VpcId=ref("Vpc")), "?"),
        (nat(SubnetId=ref("Private")), "REACH7"),
        (nat(SubnetId="subnet-1"), "?"),
        (
            subnet("Away", "10.1.1.0/24", of="Other", **TO_GATEWAY) | nat(SubnetId=ref("Away")),
            "REACH7",
        ),
        ({"PublicRoute": None}, "REACH7"),
        ({"PublicAssociation": None}, "REACH7"),
        ({"Attachment": None}, "REACH8"),
        (
            {
                "Attachment": typed(
                    "VPCGatewayAttachment", InternetGatewayId=ref("Gateway"), VpcId="vpc-1"
                )
            },
            "✓",
        ),
        (subnet("Public", "10.0.1.0/24", GatewayId="igw-1"), "?"),
        (subnet("Private", "10.0.0.0/24", TransitGatewayId="tgw-1"), "?"),
        (subnet("Private", "10.0.0.0/24", NatGatewayId="nat-1"), "?"),
        ({"PrivateRoute": None}, "REACH1"),
        (
            {
                "PrivateRoute": typed(
                    "Route",
                    RouteTableId=ref("PrivateTable"),
                    DestinationCidrBlock=ref("Param"),
                    NatGatewayId=ref("Nat"),
                )
            },
            "✓",
        ),
    ],
)
def test_a_nat_gateway_leads_out(changes: dict[str, Any], expected: str) -> None:
    """It is public, has an address and a subnet with a route to the VPC's internet gateway."""
    assert verdict(of_resources(**network(**changes)), "Nodes", "sts") == expected


def acl(*entries: dict[str, Any], of: str = "Private") -> dict[str, Any]:
    """Return a network ACL of a subnet."""
    return {
        "Acl": typed("NetworkAcl", VpcId=ref("Vpc")),
        "OfSubnet": typed("SubnetNetworkAclAssociation", SubnetId=ref(of), NetworkAclId=ref("Acl")),
        **{f"Entry{n}": entry(100 + n, each) for n, each in enumerate(entries)},
    }


def entry(number: int, said: dict[str, Any]) -> dict[str, Any]:
    return typed("NetworkAclEntry", NetworkAclId=ref("Acl"), RuleNumber=number, **said)


def ports(first: int, last: int, **changes: object) -> dict[str, Any]:
    return {**ALL, "Protocol": 6, "PortRange": {"From": first, "To": last}, **changes}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (acl(ALL, OUT), "✓"),
        (acl(ALL), "REACH11"),
        (acl(OUT), "REACH11"),
        (acl(OUT, ports(443, 443)), "REACH11"),
        (acl(OUT, ports(1024, 65535)), "✓"),
        (acl(OUT, ports(32768, 50000)), "REACH11"),
        (acl(OUT, {**ALL, "RuleAction": "deny"}, ALL), "REACH11"),
        (acl(OUT, {**ALL, "CidrBlock": "10.0.0.0/8"}), "REACH11"),
        # Which part of the internet is needed, nobody knows here.
        (acl(OUT, {**ALL, "CidrBlock": "3.0.0.0/8"}), "✓"),
        (acl(OUT, {**ALL, "CidrBlock": ref("Block")}), "✓"),
        (acl(OUT, ports(32768, 65535), of="Public"), "REACH11"),
        (acl(OUT, ports(1024, 65535), of="Public"), "REACH11"),
        (acl(OUT, ports(1024, 65535), ports(443, 443, CidrBlock="10.0.0.0/16"), of="Public"), "✓"),
        (acl(OUT, ports(32768, 60999), ports(443, 443), of="Public"), "REACH11"),
        (acl(ALL, {**OUT, "Egress": ref("Param")}), "✓"),
        # The number counts, not the place.
        (acl(ALL, OUT) | {"First": entry(50, {**ALL, "RuleAction": "deny"})}, "REACH11"),
    ],
)
def test_a_network_acl_keeps_no_state(changes: dict[str, Any], expected: str) -> None:
    """Requests and replies need an entry each, in the subnet and in that of the NAT gateway."""
    assert verdict(of_resources(**network(**changes)), "Nodes", "sts") == expected


def launch(*groups: object, **data: object) -> dict[str, Any]:
    """Return nodes with a launch template that names security groups."""
    template = {"SecurityGroupIds": [*groups], **data}
    return {
        "Template": typed("LaunchTemplate", LaunchTemplateData=template),
        "Nodes": typed(
            "Nodegroup",
            ClusterName=ref("Cluster"),
            Subnets=[ref("Private")],
            LaunchTemplate={"Id": ref("Template")},
        ),
    }


def group(**rules: object) -> dict[str, Any]:
    return {"Group": typed("SecurityGroup", VpcId=ref("Vpc"), **rules)}


def ingress(**rule: object) -> dict[str, Any]:
    return {"Rule": typed("SecurityGroupIngress", GroupId=OF_CLUSTER, **HTTPS, **rule)}


def egress(**rule: object) -> dict[str, Any]:
    return {"Out": typed("SecurityGroupEgress", GroupId=GROUP, **HTTPS, **rule)}


FAR = {"Far": typed("VPC", CidrBlock="10.9.0.0/16")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (launch(), "✓"),
        (launch(OF_CLUSTER), "✓"),
        (launch(GROUP), "REACH12"),
        (launch(GROUP, OF_CLUSTER), "✓"),
        (launch("sg-1"), "REACH12"),
        (launch(ref("Param")), "✓"),
        (launch(NetworkInterfaces=[{"Groups": [GROUP]}]), "REACH12"),
        (launch(GROUP) | ingress(SourceSecurityGroupId=GROUP), "✓"),
        (launch(GROUP) | ingress(CidrIp="10.0.0.0/16"), "✓"),
        (launch(GROUP) | ingress(CidrIp="10.0.0.0/25"), "REACH12"),
        (launch(GROUP) | ingress(CidrIp={"Fn::GetAtt": ["Vpc", "CidrBlock"]}), "✓"),
        (launch(GROUP) | ingress(CidrIpv6="::/0"), "REACH12"),
        (launch(GROUP) | ingress(SourcePrefixListId="pl-1"), "✓"),
        (launch(GROUP) | group(SecurityGroupEgress=[]), "REACH13"),
        (launch(GROUP) | egress(DestinationSecurityGroupId=OF_VPC), "REACH13"),
        (launch(GROUP) | egress(CidrIp="0.0.0.0/0"), "REACH12"),
        (launch(GROUP) | ingress(CidrIp={"Fn::GetAtt": ["Far", "CidrBlock"]}) | FAR, "REACH12"),
        (launch(OF_VPC), "REACH12"),
        (launch(OF_VPC) | ingress(SourceSecurityGroupId=OF_VPC), "✓"),
        (launch(OF_VPC) | EMPTIED, "REACH13"),
        (launch(OF_CLUSTER, UserData=encoded("10.0.0.0/16")), "REACH19"),
        (launch(OF_CLUSTER, UserData=encoded(".eks.amazonaws.com")), "✓"),
        (launch(OF_CLUSTER, UserData=encoded("*.gr7.eu-west-1.eks.amazonaws.com")), "✓"),
        (launch(OF_CLUSTER, UserData=encoded("eks.eu-west-1.amazonaws.com")), "REACH19"),
        (launch(OF_CLUSTER, UserData={"Fn::Base64": ref("Param")}), "✓"),
        (launch(GROUP) | group(SecurityGroupEgress=ref("Param")), "REACH12"),
        (
            {
                "Nodes": typed(
                    "Nodegroup",
                    ClusterName=ref("Cluster"),
                    Subnets=[ref("Private")],
                    LaunchTemplate={"Id": "lt-1"},
                )
            },
            "✓",
        ),
    ],
)
def test_security_groups_admit_nodes_to_the_api_server(
    changes: dict[str, Any], expected: str
) -> None:
    """The cluster's own group admits its members, and nobody else without a rule."""
    made = network(**{**group(), **changes})
    assert verdict(of_resources(**made), "Nodes", "api-server") == expected


@pytest.mark.parametrize(
    ("settings", "eip", "expected"),
    [
        ({"EndpointPrivateAccess": True, "PublicAccessCidrs": ["203.0.113.0/24"]}, {}, "✓"),
        ({}, {}, "✓"),
        ({"PublicAccessCidrs": ["0.0.0.0/0"]}, {}, "✓"),
        ({"PublicAccessCidrs": ["203.0.113.0/24"]}, {}, "REACH2"),
        ({"PublicAccessCidrs": ["203.0.113.0/24", {"Fn::Sub": "${Eip}/32"}]}, {}, "✓"),
        ({"PublicAccessCidrs": ["203.0.113.0/24"]}, {"PublicIpv4Pool": "pool-1"}, "✓"),
        ({"PublicAccessCidrs": ref("Param")}, {}, "✓"),
    ],
)
def test_a_public_endpoint_admits_the_nat_gateway(
    settings: dict[str, Any], eip: dict[str, Any], expected: str
) -> None:
    """Where the private one is off, nodes come from the gateway's address."""
    config = {"SubnetIds": [ref("Private")], **settings}
    made = network(Cluster=typed("Cluster", ResourcesVpcConfig=config), Eip=typed("EIP", **eip))
    assert verdict(of_resources(**made), "Nodes", "api-server") == expected


@pytest.mark.parametrize(
    ("mapped", "asked", "expected"),
    [
        (True, None, "✓"),
        (False, None, "REACH1"),
        (None, None, "REACH1"),
        (True, False, "REACH1"),
        (None, True, "✓"),
        (None, ref("Param"), "✓"),
    ],
)
def test_a_launch_template_decides_about_public_addresses(
    mapped: object, asked: object, expected: str
) -> None:
    """Before the subnet does."""
    interface = {} if asked is None else {"AssociatePublicIpAddress": asked}
    made = network(
        **subnet("Private", "10.0.0.0/24", **TO_GATEWAY), **launch(NetworkInterfaces=[interface])
    )
    made["Private"]["Properties"] |= {} if mapped is None else {"MapPublicIpOnLaunch": mapped}
    assert verdict(of_resources(**made), "Nodes", "sts") == expected


def endpoint(service: object, **changes: object) -> dict[str, Any]:
    """Return an interface endpoint for a service, in a subnet of its own."""
    said: dict[str, Any] = {
        "VpcId": ref("Vpc"),
        "VpcEndpointType": "Interface",
        "ServiceName": service,
    }
    said |= {"PrivateDnsEnabled": True, "SubnetIds": [ref("Inner")], "SecurityGroupIds": ["sg-1"]}
    made = typed("VPCEndpoint", **{**said, **changes})
    return subnet("Inner", "10.0.3.0/24") | {"Endpoint": made}


STS, SQS, S3 = (f"com.amazonaws.eu-west-1.{name}" for name in ("sts", "sqs", "s3"))
DENIES = {"PolicyDocument": {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*"}]}}
BY_TABLE = {"VpcEndpointType": "Gateway", "RouteTableIds": [ref("PrivateTable")]}


@pytest.mark.parametrize(
    ("changes", "target", "expected"),
    [
        (endpoint(STS), "sts", "✓"),
        (endpoint(ref("Param")) | {"PrivateRoute": None}, "sts", "?"),
        (endpoint("com.amazonaws.us-east-1.sts"), "sts", "REACH9"),
        (endpoint("com.amazonaws.us-east-1.sts", ServiceRegion="us-east-1"), "sts", "✓"),
        (endpoint(STS, **DENIES), "sts", "REACH10"),
        # Nodes don't need it.
        (endpoint(SQS, **DENIES), "sqs", "✓"),
        (endpoint(S3, **BY_TABLE), "s3", "✓"),
        (endpoint(S3, **BY_TABLE) | acl(OUT), "s3", "REACH11"),
        (endpoint(STS) | acl(OUT, of="Inner"), "sts", "REACH11"),
        (endpoint(STS) | acl(ALL, of="Inner"), "sts", "REACH11"),
        # There is an address in the own subnet, too.
        (
            endpoint(STS, SubnetIds=[ref("Inner"), ref("Private")]) | acl(OUT, of="Inner"),
            "sts",
            "✓",
        ),
    ],
)
def test_an_endpoint_serves(changes: dict[str, Any], target: str, expected: str) -> None:
    """In its own region, by its policy, over the ACLs of both subnets."""
    made = of_resources(**network(**changes))
    stacks = {path: replace(each, region="eu-west-1") for path, each in made.stacks.items()}
    assert verdict(replace(made, stacks=stacks), "Nodes", target) == expected


def kubelets(**rule: object) -> dict[str, Any]:
    """Return a rule that lets connections to kubelets in to the nodes' own group."""
    said = {"IpProtocol": "tcp", "FromPort": 10250, "ToPort": 10250, **rule}
    return {"Kubelets": typed("SecurityGroupIngress", GroupId=GROUP, **said)}


OTHER_CLUSTER = {
    "Second": typed("Cluster", ResourcesVpcConfig={"SubnetIds": [ref("Private")]}),
    "Beside": typed(
        "Nodegroup",
        ClusterName=ref("Second"),
        Subnets=[ref("Private")],
        LaunchTemplate={"Id": ref("Template")},
    ),
    "Nodes": typed("Nodegroup", ClusterName=ref("Cluster"), Subnets=[ref("Private")]),
}
FARGATE = {
    "Pods": {
        "Type": "AWS::EKS::FargateProfile",
        "Properties": {"ClusterName": ref("Cluster"), "Subnets": [ref("Inner")]},
    }
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (launch(OF_CLUSTER), "✓"),
        (launch(GROUP), "REACH12"),
        (launch(GROUP) | kubelets(SourceSecurityGroupId=OF_CLUSTER), "✓"),
        (launch(GROUP) | kubelets(CidrIp="10.0.0.0/16"), "✓"),
        (launch(GROUP) | OTHER_CLUSTER, "✓"),
        (subnet("Inner", "10.0.3.0/24") | FARGATE, "✓"),
        (subnet("Inner", "10.0.3.0/24") | FARGATE | acl(OUT, of="Inner"), "REACH11"),
    ],
)
def test_the_control_plane_reaches_kubelets(changes: dict[str, Any], expected: str) -> None:
    """Those of its own cluster, on nodes and on Fargate."""
    made = of_resources(**network(**{**group(), **changes}))
    ways = [x.way for x in answers(made) if (x.source, x.target) == ("control-plane", "nodes")]
    hop = stop(ways[0])
    assert (hop.rule if hop else "✓") == expected

"""Ways out of a small network, hop by hop; what the templates don't show passes."""

from __future__ import annotations

import base64
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


def subnet(name: str, cidr: str, **route: object) -> dict[str, Any]:
    """Return a subnet with a route table of its own."""
    return {
        name: typed("Subnet", VpcId=ref("Vpc"), CidrBlock=cidr, AvailabilityZone="eu-west-1a"),
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
        **{
            f"Entry{n}": typed(
                "NetworkAclEntry", NetworkAclId=ref("Acl"), RuleNumber=100 + n, **each
            )
            for n, each in enumerate(entries)
        },
    }


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

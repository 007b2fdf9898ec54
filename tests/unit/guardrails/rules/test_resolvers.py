"""Where CoreDNS asks for the names of others."""

from __future__ import annotations

import json

import pytest

from tests.unit.guardrails.environments import TODAY, of_resources
from tests.unit.guardrails.rules.objects import Json, values

COREFILE = ". {{\n errors\n health\n ready\n kubernetes cluster.local\n forward . {}\n}}\n"
NAT, IGW = {"NatGatewayId": {"Ref": "Nat"}}, {"GatewayId": {"Ref": "Igw"}}
EVERYWHERE, CORP = {"DestinationCidrBlock": "0.0.0.0/0"}, {"DestinationCidrBlock": "10.20.0.0/16"}
SIX = {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": {"Ref": "Igw"}}
OUT = {**EVERYWHERE, **NAT}


def made(kind: str, **properties: object) -> Json:
    """Return a resource of EC2."""
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


def found(target: str, *routes: Json, **more: Json) -> list[str]:
    """Return what is wrong with a Corefile that forwards to a target from a VPC with these routes."""
    ref = {name: {"Ref": name} for name in ("Vpc", "Table", "Subnet")}
    dns = {
        "ClusterName": {"Ref": "Cluster"},
        "AddonName": "coredns",
        "ConfigurationValues": json.dumps({"corefile": COREFILE.format(target)}),
    }
    network = {"ResourcesVpcConfig": {"SubnetIds": [ref["Subnet"]]}}
    more.setdefault("Vpc", made("VPC", CidrBlock="10.10.0.0/16"))
    there = of_resources(
        TODAY,
        Igw=made("InternetGateway"),
        Nat=made("NatGateway"),
        Table=made("RouteTable", VpcId=ref["Vpc"]),
        Subnet=made("Subnet", VpcId=ref["Vpc"], CidrBlock="10.10.0.0/24"),
        Way=made("SubnetRouteTableAssociation", SubnetId=ref["Subnet"], RouteTableId=ref["Table"]),
        Cluster={"Type": "AWS::EKS::Cluster", "Properties": network},
        Dns={"Type": "AWS::EKS::Addon", "Properties": dns},
        **{f"R{n}": made("Route", RouteTableId=ref["Table"], **x) for n, x in enumerate(routes)},
        **more,
    )
    return [each for each in values("KUBE36", there) if "forward" in each]


@pytest.mark.parametrize(
    ("target", "routes", "astray"),
    [
        ("10.20.0.2", [OUT], True),
        ("10.20.0.2:53", [{**EVERYWHERE, **IGW}], True),
        ("10.20.0.2", [], True),
        ("10.20.0.2", [OUT, SIX], True),
        ("10.20.0.2", [OUT, {**CORP, "VpcPeeringConnectionId": "pcx-1"}], False),
        ("10.20.0.2", [OUT, {**CORP, "GatewayId": "vgw-1"}], False),
        ("10.30.0.2", [OUT, {**CORP, "TransitGatewayId": "tgw-1"}], True),
        ("10.20.0.2", [{**EVERYWHERE, "TransitGatewayId": "tgw-1"}], False),
        ("10.20.0.2", [OUT, {"DestinationPrefixListId": "pl-1", "TransitGatewayId": "t"}], False),
        ("10.10.0.2", [OUT], False),
        ("8.8.8.8", [OUT], False),
        ("169.254.169.253", [OUT], False),
        ("/etc/resolv.conf", [OUT], False),
        ("dns.example.com", [OUT], False),
    ],
)
def test_coredns_reaches_private_resolvers(
    target: str, routes: list[Json], *, astray: bool
) -> None:
    """In its VPC, or where a route leads that isn't to the internet."""
    assert found(target, *routes) == [f"coredns corefile forward {target}"] * astray


def test_ranges_and_routes_that_come_later_count() -> None:
    """A second range of the VPC, and what a VPN gateway tells of."""
    second = made("VPCCidrBlock", VpcId={"Ref": "Vpc"}, CidrBlock="10.20.0.0/16")
    six = made("VPCCidrBlock", VpcId={"Ref": "Vpc"}, AmazonProvidedIpv6CidrBlock=True)
    told = made("VPNGatewayRoutePropagation", VpnGatewayId="vgw-1")
    assert found("10.20.0.2", OUT, More=second) == []
    assert found("10.20.0.2", OUT, More=six) != []
    assert found("10.20.0.2", OUT, More=told) == []


def test_a_network_of_somebody_else_is_not_judged() -> None:
    """Its routes are in no template."""
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {}}
    assert found("10.20.0.2", OUT, Vpc=parameter) == []

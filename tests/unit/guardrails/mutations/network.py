"""How the subnets of the real environments must not lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails.mutations import Mutation, found, in_resource, in_template

CLUSTER = "AWS::EKS::Cluster"
SUBNET, VPC = "AWS::EC2::Subnet", "AWS::EC2::VPC"


def subnet(path: str, **properties: object) -> Callable[[Environment], Environment]:
    """Return a change of a subnet's properties."""
    return in_resource("Network", SUBNET, lambda it: it.update(properties), path=f"/{path}/")


def in_place(path: str, name: str, other: str) -> Callable[[Environment], Environment]:
    """Return a change that gives a resource the property of another one."""

    def change(template: dict[str, Any]) -> None:
        value = found(template, other)[1]["Properties"][name]
        found(template, path)[1]["Properties"][name] = value

    return in_template("Network", change)


def _of_control_plane(template: dict[str, Any]) -> None:
    network = found(template, "/ControlPlane/Cluster/Resource")[1]["Properties"][
        "ResourcesVpcConfig"
    ]
    group = found(template, "/General/NodeGroup/Resource")[1]["Properties"]
    group["Subnets"] = network["SubnetIds"]


def _at_once(template: dict[str, Any]) -> None:
    found(template, "/PodsA/Subnet")[1]["DependsOn"] = []


def _another_vpc(template: dict[str, Any]) -> None:
    _, vpc = found(template, "/Network/Vpc/Resource")
    template["Resources"]["Other"] = {"Type": VPC, "Properties": vpc["Properties"]}
    found(template, "/Endpoints/Sts/Resource")[1]["Properties"]["VpcId"] = {"Ref": "Other"}


def _services(cidr: str) -> Callable[[Environment], Environment]:
    def change(cluster: dict[str, Any]) -> None:
        cluster["KubernetesNetworkConfig"]["ServiceIpv4Cidr"] = cidr

    return in_resource("Cluster", CLUSTER, change)


MUTATIONS = (
    Mutation(
        rule="NET1",
        name="the control plane is in one zone",
        environment="Dev",
        change=subnet("ControlPlaneB", AvailabilityZone="eu-west-1a"),
        value="eu-west-1a",
        fix="two zones",
    ),
    Mutation(
        rule="NET2",
        name="a subnet is inside another one",
        environment="Prod",
        change=subnet("ControlPlaneA", CidrBlock="10.20.0.16/28"),
        value="10.20.0.16/28",
        fix="range of its own",
    ),
    Mutation(
        rule="NET3",
        name="a subnet is outside of its VPC",
        environment="Dev",
        change=subnet("ControlPlaneA", CidrBlock="10.21.0.0/28"),
        value="10.21.0.0/28",
        fix="within one that the VPC has",
    ),
    Mutation(
        rule="NET3",
        name="a subnet is too small",
        environment="Prod",
        change=subnet("ControlPlaneA", CidrBlock="10.20.48.0/29"),
        value="10.20.48.0/29",
        fix="/16 to /28",
    ),
    Mutation(
        rule="NET3",
        name="a VPC is too large",
        environment="Prod",
        change=in_resource("Network", VPC, lambda it: it.update(CidrBlock="10.0.0.0/8")),
        value="10.0.0.0/8",
        fix="/16 to /28",
    ),
    Mutation(
        rule="NET9",
        name="two NAT gateways share an address",
        environment="Prod",
        change=in_place("/PublicB/NATGateway", "AllocationId", "/PublicA/NATGateway"),
        value="NetworkPublicAEIP11C2385F",
        fix="address of its own",
    ),
    Mutation(
        rule="NET5",
        name="a zone's way out is in another one",
        environment="Prod",
        change=in_place("/PrivateB/DefaultRoute", "NatGatewayId", "/PrivateA/DefaultRoute"),
        value="NetworkPublicANATGateway83A802B9",
        fix="own zone",
    ),
    Mutation(
        rule="NET5",
        name="two NAT gateways are in one zone",
        environment="Prod",
        change=in_place("/PublicB/NATGateway", "SubnetId", "/PublicA/NATGateway"),
        value="NetworkPublicBNATGatewayD82B1C71",
        fix="own zone",
        also=("ORDER11",),
    ),
    Mutation(
        rule="NET6",
        name="nodes are in the control plane's subnets",
        environment="Prod",
        change=in_template("Cluster", _of_control_plane),
        value="NetworkControlPlaneASubnet49EA4BC9",
        fix="private subnets",
    ),
    Mutation(
        rule="NET7",
        name="a subnet may come before its range",
        environment="Closed",
        change=in_template("Network", _at_once),
        value="NetworkPodCidr2E846A02",
        fix="VPCCidrBlock",
    ),
    Mutation(
        rule="NET8",
        name="Services have addresses of the VPC",
        environment="Prod",
        change=_services("10.20.0.0/16"),
        value="10.20.0.0/16",
        fix="outside of the VPC",
    ),
    Mutation(
        rule="NET8",
        name="Services have addresses that EKS refuses",
        environment="Prod",
        change=_services("100.64.0.0/16"),
        value="100.64.0.0/16",
        fix="172.16.0.0/12",
    ),
    Mutation(
        rule="NET9",
        name="an endpoint is in another VPC than its subnets",
        environment="Prod",
        change=in_template("Network", _another_vpc),
        value="several VPCs",
        fix="one VPC",
        also=("EXPOSE17",),
    ),
    Mutation(
        rule="NET10",
        name="a zone is of another region",
        environment="Prod",
        change=subnet("PublicC", AvailabilityZone="us-east-1c"),
        value="us-east-1c",
        fix="zone of the region",
    ),
    Mutation(
        rule="NET10",
        name="a region has no such zone",
        environment="Prod",
        change=subnet("ControlPlaneC", AvailabilityZone="eu-west-1d"),
        value="eu-west-1d",
        fix="zone of the region",
    ),
)

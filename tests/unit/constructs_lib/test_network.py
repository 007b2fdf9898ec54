from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from tests.support import Assembly, Template, only, resources_of
from tests.unit.constructs_lib.templates import depends_on, one, properties, tags
from tests.unit.constructs_lib.variants import Variants

TIERS = ("Public", "Private", "ControlPlane", "Pods")
INNER_TIERS = ("Private", "ControlPlane", "Pods")


def subnets(template: Template) -> dict[str, tuple[str, str]]:
    """Return zone and range of each subnet, such as PublicA."""
    return {
        logical_id.removeprefix("Network").split("Subnet")[0]: (
            resource["Properties"]["AvailabilityZone"],
            resource["Properties"]["CidrBlock"],
        )
        for logical_id, resource in resources_of(template, "AWS::EC2::Subnet").items()
    }


def default_routes(template: Template) -> dict[str, str]:
    """Return where the default route of each subnet leads to, such as PublicANATGateway."""
    routes: dict[str, str] = {}
    for association in resources_of(template, "AWS::EC2::SubnetRouteTableAssociation").values():
        table = association["Properties"]["RouteTableId"]
        subnet = association["Properties"]["SubnetId"]["Ref"]
        for route in resources_of(template, "AWS::EC2::Route").values():
            found = route["Properties"]
            if found["RouteTableId"] == table and found["DestinationCidrBlock"] == "0.0.0.0/0":
                target = (found.get("NatGatewayId") or found["GatewayId"])["Ref"]
                name = subnet.removeprefix("Network").split("Subnet")[0]
                routes[name] = target.removeprefix("Network")[:-8]
    return routes


def inner_routes(template: Template) -> dict[str, str]:
    """Return the default routes of the subnets that are not public."""
    routes = default_routes(template)
    return {name: routes[name] for name in routes if not name.startswith("Public")}


def letters(routes: dict[str, str]) -> dict[str, str]:
    """Return the letter of each subnet's zone with that of its NAT gateway's zone."""
    return {name: target.split("NATGateway")[0][-1] for name, target in routes.items()}


def of_zones(template: Template, zones: str) -> dict[str, Any]:
    """Return all resources of the subnets in zones of these letters."""
    names = [f"Network{tier}{letter}" for tier in TIERS for letter in zones]
    ends = tuple(
        name + kind
        for name in names
        for kind in ("Subnet", "RouteTable", "DefaultRoute", "EIP", "NATGateway")
    )
    return {
        logical_id: {**resource, "Metadata": None}
        for logical_id, resource in template["Resources"].items()
        if logical_id.startswith(ends)
    }


def test_each_zone_has_a_subnet_of_each_tier(variants: Variants) -> None:
    """The address plan decides zone and range of every subnet, whatever the order of the zones."""
    assert subnets(variants.platforms.templates["Closed/Network"]) == {
        "PublicA": ("eu-central-1a", "10.30.32.0/24"),
        "PublicB": ("eu-central-1b", "10.30.96.0/24"),
        "PublicC": ("eu-central-1c", "10.30.160.0/24"),
        "PrivateA": ("eu-central-1a", "10.30.0.0/19"),
        "PrivateB": ("eu-central-1b", "10.30.64.0/19"),
        "PrivateC": ("eu-central-1c", "10.30.128.0/19"),
        "ControlPlaneA": ("eu-central-1a", "10.30.48.0/28"),
        "ControlPlaneB": ("eu-central-1b", "10.30.112.0/28"),
        "ControlPlaneC": ("eu-central-1c", "10.30.176.0/28"),
        "PodsA": ("eu-central-1a", "100.64.0.0/18"),
        "PodsB": ("eu-central-1b", "100.64.64.0/18"),
        "PodsC": ("eu-central-1c", "100.64.128.0/18"),
    }


def test_a_small_range_is_cut_in_the_same_way(variants: Variants) -> None:
    """Without a secondary range there is no pod subnet; the public tier has the length asked for."""
    assert subnets(variants.platforms.templates["FargateOnly/Network"]) == {
        "PublicA": ("eu-west-1a", "10.40.2.0/26"),
        "PublicB": ("eu-west-1b", "10.40.6.0/26"),
        "PrivateA": ("eu-west-1a", "10.40.0.0/23"),
        "PrivateB": ("eu-west-1b", "10.40.4.0/23"),
        "ControlPlaneA": ("eu-west-1a", "10.40.3.0/28"),
        "ControlPlaneB": ("eu-west-1b", "10.40.7.0/28"),
    }


@pytest.mark.parametrize("stack", ["Dev/Network", "Prod/Network"])
def test_subnets_of_the_environments_do_not_overlap(stack: str, assembly: Assembly) -> None:
    """Every subnet lies in the VPC and beside the others."""
    template = assembly.templates[stack]
    vpc = IPv4Network(only(template, "AWS::EC2::VPC")["CidrBlock"])
    ranges = sorted(IPv4Network(cidr) for _, cidr in subnets(template).values())
    assert all(found.subnet_of(vpc) for found in ranges)
    assert not any(a.overlaps(b) for index, a in enumerate(ranges) for b in ranges[index + 1 :])


def test_pods_get_no_public_addresses(variants: Variants) -> None:
    """No subnet hands out public addresses, the public ones neither."""
    for resource in resources_of(
        variants.platforms.templates["Closed/Network"], "AWS::EC2::Subnet"
    ).values():
        assert resource["Properties"]["MapPublicIpOnLaunch"] is False


def test_load_balancers_find_their_subnets_by_tags(variants: Variants) -> None:
    """Public subnets carry the role of internet-facing ones, private ones that of internal ones."""
    template = variants.platforms.templates["Closed/Network"]
    roles: dict[str, set[str]] = {}
    for logical_id, resource in resources_of(template, "AWS::EC2::Subnet").items():
        tier = logical_id.removeprefix("Network").split("Subnet")[0][:-1]
        found = tags(resource["Properties"])
        roles.setdefault(tier, set()).update(
            key for key in found if key.startswith("kubernetes.io/role/") and found[key] == "1"
        )
    assert roles == {
        "Public": {"kubernetes.io/role/elb"},
        "Private": {"kubernetes.io/role/internal-elb"},
        "ControlPlane": set(),
        "Pods": set(),
    }


def test_every_subnet_of_a_tier_is_tagged(variants: Variants) -> None:
    """The tag is on the subnet of every zone: the controller needs two."""
    template = variants.platforms.templates["Closed/Network"]
    for tier, role in (("Public", "elb"), ("Private", "internal-elb")):
        for letter in "ABC":
            found = properties(
                template, one(template, "AWS::EC2::Subnet", f"Network{tier}{letter}")
            )
            assert tags(found)[f"kubernetes.io/role/{role}"] == "1"


def test_the_vpc_resolves_names(variants: Variants) -> None:
    """Private DNS of interface endpoints and the private API endpoint need both settings."""
    vpc = only(variants.platforms.templates["Closed/Network"], "AWS::EC2::VPC")
    assert vpc["EnableDnsSupport"] is True
    assert vpc["EnableDnsHostnames"] is True


def test_every_subnet_has_a_route_table_of_its_own(variants: Variants) -> None:
    """One table for each subnet, so that a route of one zone never moves another's."""
    template = variants.platforms.templates["Closed/Network"]
    pairs = [
        (resource["Properties"]["SubnetId"]["Ref"], resource["Properties"]["RouteTableId"]["Ref"])
        for resource in resources_of(template, "AWS::EC2::SubnetRouteTableAssociation").values()
    ]
    assert len(pairs) == len(subnets(template))
    assert len({table for _, table in pairs}) == len(pairs)


@pytest.mark.parametrize("stack", ["PerZone", "Single", "Two", "Asked"])
def test_only_public_subnets_reach_the_internet_gateway(stack: str, variants: Variants) -> None:
    """Public subnets route to the internet gateway, once it is attached; no other does."""
    template = variants.networks.templates[stack]
    routes = default_routes(template)
    through = {name for name, target in routes.items() if target == "InternetGateway"}
    assert through == {"PublicA", "PublicB", "PublicC"}
    attachment = one(template, "AWS::EC2::VPCGatewayAttachment")
    for letter in "ABC":
        route = one(template, "AWS::EC2::Route", f"NetworkPublic{letter}DefaultRoute")
        assert attachment in depends_on(template, route)


def test_without_nat_nothing_inside_has_a_way_out(variants: Variants) -> None:
    """A closed network has no NAT gateway, no address and no default route below the public tier."""
    template = variants.platforms.templates["Closed/Network"]
    assert not resources_of(template, "AWS::EC2::NatGateway")
    assert not resources_of(template, "AWS::EC2::EIP")
    assert inner_routes(template) == {}


def test_a_single_nat_gateway_serves_every_zone(variants: Variants) -> None:
    """All tiers of all zones leave through the one in the first zone."""
    template = variants.networks.templates["Single"]
    assert len(resources_of(template, "AWS::EC2::NatGateway")) == 1
    routes = letters(inner_routes(template))
    assert routes == {f"{tier}{letter}": "A" for tier in INNER_TIERS for letter in "ABC"}


def test_a_nat_gateway_in_each_zone_serves_its_zone(variants: Variants) -> None:
    """Private, control-plane and pod subnets leave through their own zone."""
    template = variants.networks.templates["PerZone"]
    assert len(resources_of(template, "AWS::EC2::NatGateway")) == 3
    routes = letters(inner_routes(template))
    assert routes == {f"{tier}{letter}": letter for tier in INNER_TIERS for letter in "ABC"}


def test_a_number_of_nat_gateways_is_shared_in_turn(variants: Variants) -> None:
    """With two for three zones, the third zone shares the first one's."""
    template = variants.networks.templates["Two"]
    assert len(resources_of(template, "AWS::EC2::NatGateway")) == 2
    routes = letters(inner_routes(template))
    expected = {"A": "A", "B": "B", "C": "A"}
    assert routes == {f"{tier}{zone}": expected[zone] for tier in INNER_TIERS for zone in "ABC"}


def test_nat_gateways_stand_in_public_subnets_with_a_route(variants: Variants) -> None:
    """A NAT gateway waits for the way out of its subnet, and goes before it."""
    template = variants.networks.templates["PerZone"]
    for letter in "ABC":
        gateway = one(template, "AWS::EC2::NatGateway", f"NetworkPublic{letter}")
        before = depends_on(template, gateway)
        assert one(template, "AWS::EC2::Subnet", f"NetworkPublic{letter}") in before
        assert one(template, "AWS::EC2::Route", f"NetworkPublic{letter}") in before


def test_the_environments_have_the_nat_gateways_that_they_name(assembly: Assembly) -> None:
    """Development has one NAT gateway, production one in each zone."""
    counts = {
        stack: len(resources_of(assembly.templates[stack], "AWS::EC2::NatGateway"))
        for stack in ("Dev/Network", "Prod/Network")
    }
    assert counts == {"Dev/Network": 1, "Prod/Network": 3}


def test_pod_subnets_wait_for_their_range(variants: Variants) -> None:
    """The secondary range is part of the VPC before a subnet is cut from it."""
    template = variants.platforms.templates["Closed/Network"]
    block = one(template, "AWS::EC2::VPCCidrBlock")
    assert properties(template, block)["CidrBlock"] == "100.64.0.0/16"
    for letter in "ABC":
        pods = one(template, "AWS::EC2::Subnet", f"NetworkPods{letter}")
        assert block in depends_on(template, pods)
        private = one(template, "AWS::EC2::Subnet", f"NetworkPrivate{letter}")
        assert block not in depends_on(template, private)


def test_the_default_security_group_is_closed(variants: Variants) -> None:
    """Whoever forgets to name a group gets one that lets nothing through."""
    template = variants.platforms.templates["Closed/Network"]
    found = only(template, "Custom::VpcRestrictDefaultSG")
    assert found["DefaultSecurityGroupId"]["Fn::GetAtt"][1] == "DefaultSecurityGroup"


@pytest.mark.parametrize(
    ("other", "zones"), [("Reordered", "ABC"), ("Fewer", "AC"), ("More", "ABC")]
)
def test_zones_come_and_go_without_touching_the_others(
    other: str, zones: str, variants: Variants
) -> None:
    """Ids and properties of a zone's resources stay when another is added, removed or moved."""
    before = of_zones(variants.networks.templates["PerZone"], zones)
    after = of_zones(variants.networks.templates[other], zones)
    assert len(before) >= 14 * len(zones)
    # The name tag is the construct's path, which begins with the name of the stack.
    assert str(after).replace(f"{other}/", "PerZone/") == str(before)


def test_a_new_zone_gets_the_next_slot(variants: Variants) -> None:
    """The fourth zone takes the part of the ranges that was kept for it."""
    more = subnets(variants.networks.templates["More"])
    assert more["PrivateD"] == ("eu-central-1d", "10.60.192.0/19")
    assert more["PodsD"] == ("eu-central-1d", "100.64.192.0/18")


def test_an_existing_network_is_used_as_given(variants: Variants) -> None:
    """Nothing of a VPC is made, and cluster, nodes and pods use the subnets of the environment."""
    template = variants.platforms.templates["Existing/Cluster"]
    made = {resource["Type"] for resource in template["Resources"].values()}
    assert not {kind for kind in made if kind.startswith("AWS::EC2::")} - {
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::LaunchTemplate",
    }
    cluster = only(template, "AWS::EKS::Cluster")["ResourcesVpcConfig"]
    assert cluster["SubnetIds"] == ["subnet-000000ca", "subnet-000000cb"]
    groups = resources_of(template, "AWS::EKS::Nodegroup").values()
    assert groups
    for nodes in groups:
        assert nodes["Properties"]["Subnets"] == ["subnet-0000000a", "subnet-0000000b"]
    group = only(template, "AWS::EC2::SecurityGroup")
    assert group["VpcId"] == "vpc-0123456789abcdef0"


def test_the_control_plane_may_share_the_private_subnets(variants: Variants) -> None:
    """An existing network without subnets for the control plane lends its private ones."""
    cluster = only(variants.platforms.templates["Bare/Cluster"], "AWS::EKS::Cluster")
    assert cluster["ResourcesVpcConfig"]["SubnetIds"] == ["subnet-0000000a", "subnet-0000000b"]

"""What a picture of the network shows, and what it marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from assembly.kinds import LAUNCH_TEMPLATE, MANIFEST
from review.pictures.gallery import marks
from review.pictures.network import Bar, network_of, paint_network
from tests.unit.review.pictures.svg_checks import SVG, checked, texts
from tests.unit.review.templates import (
    CLUSTER,
    NODE_GROUP,
    acknowledging,
    of_templates,
    with_property,
    with_resource,
)


def test_subnets_stand_in_their_zones(prod: Environment) -> None:
    """With what is in each, and how full it gets."""
    network = network_of(prod)
    assert network.zones == ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    assert network.tiers == ("public", "private", "control_plane")
    assert network.vpc == "VPC 10.20.0.0/16"
    assert network.pods == 1014
    assert network.edge == ("internet gateway", "1 gateway endpoint (s3)", "flow logs")
    first = {each.tier: each for each in network.subnets if each.zone == "eu-west-1a"}
    assert {tier: (each.cidr, each.things) for tier, each in first.items()} == {
        "public": ("10.20.32.0/24", ("NAT gateway",)),
        "private": ("10.20.0.0/19", ("endpoints: ecr.api, ecr.dkr, sts",)),
        "control_plane": (
            "10.20.48.0/28",
            ("interfaces of the control plane", "kubectl handler"),
        ),
    }
    assert first["private"].bar == Bar(
        usable=8187, steady=141, worst=1055, of_addresses=13, percent=19, unit="/28 blocks"
    )
    said = texts(paint_network(network).svg())
    assert said.count("19% of /28 blocks at worst") == 3
    assert (said.count("13%"), said.count("19%")) == (3, 0)


def test_bands_say_what_runs_where(prod: Environment) -> None:
    """API servers, load balancers, node groups, pods, Fargate profiles, and who reaches each."""
    bands = network_of(prod).bands
    assert [(each.title, each.lines, each.callers, each.behind) for each in bands] == [
        ("API server of groundwork-prod, Kubernetes 1.35", ("private only",), "", ()),
        (
            "Load balancer of sample/web, internal",
            ("open to 10.20.0.0/16 on port 80",),
            "VPC and connected networks",
            (),
        ),
        (
            "Node group General: 3 nodes, from 3 to 9",
            ("m7g.xlarge, up to 110 pods each",),
            "",
            (),
        ),
        ("Pods on nodes", ("3 × sample/web",), "", ("load balancer sample/web",)),  # noqa: RUF001  # the sign of the picture
        (
            "Fargate profile SampleApi",
            (
                "selects namespace sample with app.kubernetes.io/component=api",
                "runs 3 × sample/api",  # noqa: RUF001
            ),
            "",
            (),
        ),
    ]


def test_an_object_of_two_stacks_runs_once(prod: Environment) -> None:
    """As where a stack takes over what another one still has."""
    (web,) = (x for x in prod.kubernetes_objects("Deployment") if x.name == "web")
    twice = with_resource(prod, "Cluster", "Again", MANIFEST, web.resource.properties)
    assert len([x for x in twice.kubernetes_objects("Deployment") if x.name == "web"]) == 2
    lines = [
        next(x.lines for x in network_of(side).bands if x.title == "Pods on nodes")
        for side in (prod, twice)
    ]
    assert lines[0] == lines[1]


def test_a_public_load_balancer_stands_in_the_public_subnets(dev: Environment) -> None:
    """And requests come from the internet."""
    network = network_of(dev)
    band = network.bands[1]
    assert (band.tier, band.lines) == ("public", ("open to the internet on port 80",))
    assert band.callers == "Internet"


def test_a_load_balancer_is_open_to_those_whom_it_names() -> None:
    """Also by an annotation, and whom only a deploy knows isn't everybody."""
    ranges = "service.beta.kubernetes.io/load-balancer-source-ranges"
    groups = "service.beta.kubernetes.io/aws-load-balancer-security-groups"
    by_spec = {"spec": {"type": "LoadBalancer", "loadBalancerSourceRanges": {"Ref": "Ranges"}}}
    expected = {
        "open to 192.0.2.0/24": _service(ranges, "192.0.2.0/24"),
        "open to whom sg-1 lets in": _service(groups, "sg-1"),
        "open to {Ranges}": {**_service(ranges, ""), **by_spec},
    }
    for said, content in expected.items():
        manifest = {"Type": MANIFEST, "Properties": {"Manifest": {"Fn::ToJsonString": content}}}
        found = of_templates("Dev", Shop={"Resources": {"It": manifest}})
        assert network_of(found).bands[0].lines == (said,)


def _service(annotation: str, value: str) -> dict[str, Any]:
    metadata = {"name": "web", "annotations": {annotation: value}}
    return {"kind": "Service", "metadata": metadata, "spec": {"type": "LoadBalancer"}}


def test_networks_that_only_a_deploy_knows_are_not_everybody(dev: Environment) -> None:
    at = "ResourcesVpcConfig.PublicAccessCidrs"
    band = network_of(with_property(dev, "Cluster", CLUSTER, at, {"Ref": "Cidrs"})).bands[0]
    assert band.lines == ("private and public, open to {Cidrs}",)
    assert not band.warned


def test_an_api_server_that_is_open_to_everybody_is_a_warning(dev: Environment) -> None:
    """In words and in its box, and the internet leads to it; a private one has none of it."""
    server = network_of(dev).bands[0]
    assert server.lines[0] == "private and public, open to 0.0.0.0/0"
    assert (server.callers, server.warned) == ("Internet", True)
    painting = paint_network(network_of(dev))
    assert painting.svg().count('<rect class="warned"') == 1
    assert painting.listed.count('<li class="warned">') == 1
    assert painting.description.count("anyone on the internet can connect") == 1


def test_nothing_leads_from_the_internet_to_pods(dev: Environment) -> None:
    """Each line of the picture ends where it says: two at what answers, one from there to its pods."""
    network = network_of(dev)
    picture = checked(paint_network(network).svg())
    paths = [
        each.attrib["d"] for each in picture.iter(f"{SVG}path") if each.attrib["class"] == "path"
    ]
    arrows = [each for each in picture.iter(f"{SVG}path") if each.attrib["class"] == "arrow"]
    assert len(paths) == len(arrows) == 3
    frame = next(each for each in picture.iter(f"{SVG}rect") if each.attrib["class"] == "frame")
    outside = [each for each in paths if int(each[1:].split()[0]) < int(frame.attrib["x"])]
    assert len(outside) == sum(bool(each.callers) for each in network.bands) == 2
    assert all(each.count("L") == 1 for each in outside)
    assert texts(paint_network(network).svg()).count("Internet") == 2


def test_fargate_selectors_may_have_wildcards(peers: Mapping[str, Environment]) -> None:
    """`sample*` takes the pods of namespace sample, so none of them is left for the nodes."""
    bands = {each.key: each for each in network_of(peers["Existing"]).bands}
    assert bands["Fargate profile Samples"].lines[1].startswith("runs 2 ")
    assert bands["Fargate profile Samples"].behind == ("load balancer sample/web",)
    assert not any("sample/" in line for line in bands["pods on nodes"].lines)


def test_somebody_elses_network_is_shown_as_far_as_it_is_known(
    peers: Mapping[str, Environment],
) -> None:
    """Ids instead of ranges, and bars where the environment says how large a subnet is."""
    network = network_of(peers["Existing"])
    assert network.vpc == "Existing VPC"
    assert {each.cidr: each.bar is not None for each in network.subnets} == {
        **{f"subnet-000000{tier}{zone}": tier == "d" for tier in "dc" for zone in "ab"},
        **{f"subnet-0000000{zone}": False for zone in "ab"},
    }


def test_an_environment_without_nodes(peers: Mapping[str, Environment]) -> None:
    """Fargate alone."""
    titles = [each.title for each in network_of(peers["FargateOnly"]).bands if each.tier != "api"]
    assert titles == ["Fargate profile Platform", "Fargate profile Apps"]


def test_auto_mode_is_shown(prod: Environment) -> None:
    """Its nodes are in no template."""
    auto = with_property(prod, "Cluster", CLUSTER, "ComputeConfig", {"Enabled": True})
    assert "EKS Auto Mode" in [each.title for each in network_of(auto).bands]
    assert "EKS Auto Mode" not in [each.title for each in network_of(prod).bands]


def test_node_pools_are_bands(base: Mapping[str, Environment]) -> None:
    """With what they make, and how large they get; those of EKS's own have no limits."""
    bands = {
        each.title: each.lines
        for name in ("AutoMode", "Karpenter")
        for each in network_of(base[name]).bands
    }
    assert bands["NodePool general-purpose of EKS Auto Mode: no limit, counted with 24 vCPUs"] == (
        "instance-category c, m and r; instance-generation over 4; arch amd64; capacity-type on-demand",
        "up to 110 pods each",
    )
    assert bands["NodePool steady of EKS Auto Mode: 2 nodes, at most 3 nodes"] == (
        "instance-family m7g, m6g, c7g and c6g; instance-cpu 4",
        "up to 110 pods each",
    )
    assert bands["NodePool general: at most 32 vCPUs"][1] == "29 to 58 pods each"


def test_a_subnet_has_its_own_numbers(base: Mapping[str, Environment]) -> None:
    """With EKS Auto Mode the control plane is in the private subnets, and its own are empty."""
    bars = {each.tier: each.bar for each in network_of(base["AutoMode"]).subnets}
    assert bars["control_plane"] is None
    assert bars["private"] is not None
    assert bars["private"].usable == 8187


def test_without_a_plan_there_are_no_bars(prod: Environment) -> None:
    """As in a comparison with the committed snapshots."""
    network = network_of(acknowledging(prod, {}))
    assert {each.bar for each in network.subnets} == {None}
    assert network.pods is None
    text = paint_network(network).svg(alone=False)
    assert 'class="track"' not in text
    assert "Room for" not in text


def test_a_subnet_that_is_nearly_full_is_painted_so(peers: Mapping[str, Environment]) -> None:
    """90 % of somebody's /23."""
    counts = {
        name: paint_network(network_of(peers[name])).svg().count('<rect class="full"')
        for name in ("Existing", "Prod")
    }
    # One is in the legend.
    assert counts == {"Existing": 2, "Prod": 1}


def test_pods_whose_nodes_go_are_pending(base: Mapping[str, Environment], heads: Path) -> None:
    """Those of the same Deployment that are on nodes that stay run on."""
    (after,) = assembly_at(heads / "karpenter-amd64").environments().values()
    changed = replace(after, base=base["Karpenter"])
    titles = {line: each.title for each in network_of(changed).bands for line in each.lines}
    web = "3 × shop/web"  # noqa: RUF001  # the sign of the picture
    assert titles[web] == "Pods on nodes that stay; those whose nodes go are pending"


def test_only_what_differs_is_marked(
    changed: Mapping[str, tuple[Environment, Environment]],
) -> None:
    """A new node group fills the subnets, and doesn't change the other group."""
    old, new = (network_of(each).facts for each in changed["new-node-group"])
    subnets = {f"subnet private eu-west-1{zone}": "changed" for zone in "abc"}
    assert marks(new, old, "added") == {"node group Batch": "added", **subnets}
    assert marks(old, new, "removed") == subnets


def test_a_zone_that_goes_is_marked_before(
    changed: Mapping[str, tuple[Environment, Environment]],
) -> None:
    """It is no longer there after."""
    old, new = (network_of(each).facts for each in changed["zone-removed"])
    gone = {f"subnet {tier} eu-west-1c" for tier in ("public", "private", "control_plane")}
    assert {key for key, mark in marks(old, new, "removed").items() if mark == "removed"} == gone
    assert not gone & marks(new, old, "added").keys()


def test_more_nodes_change_their_group_and_the_subnets(
    changed: Mapping[str, tuple[Environment, Environment]],
) -> None:
    """Whose bars grow."""
    old, new = (network_of(each).facts for each in changed["maximum-nodes"])
    assert {key for key in new if old[key] != new[key]} == {
        "node group General",
        *(f"subnet private eu-west-1{zone}" for zone in "abc"),
    }


def test_the_group_has_the_type_of_its_nodes(prod: Environment) -> None:
    """Spot nodes say so: they may go at any time."""
    spot = with_property(prod, "Cluster", NODE_GROUP, "CapacityType", "SPOT")
    band = next(each for each in network_of(spot).bands if each.key == "node group General")
    assert band.lines == ("m7g.xlarge Spot, up to 110 pods each",)


def test_an_empty_list_is_like_none(prod: Environment) -> None:
    """CloudFormation takes both."""
    closed = with_property(prod, "Cluster", CLUSTER, "ResourcesVpcConfig.PublicAccessCidrs", [])
    assert network_of(closed).bands[0].lines == ("private only",)
    public = with_property(
        closed, "Cluster", CLUSTER, "ResourcesVpcConfig.EndpointPublicAccess", value=True
    )
    assert network_of(public).bands[0].lines[0] == "private and public, open to 0.0.0.0/0"
    own = with_property(prod, "Cluster", NODE_GROUP, "InstanceTypes", [])
    band = next(each for each in network_of(own).bands if each.key == "node group General")
    assert band.lines[0].startswith("t3.medium")
    (template,) = (x for x in own.resources(LAUNCH_TEMPLATE) if "General" in x.logical_id)
    in_template = "LaunchTemplateData.InstanceType"
    told = with_property(own, "Cluster", template.logical_id, in_template, "m7g.large")
    band = next(each for each in network_of(told).bands if each.key == "node group General")
    assert band.lines[0].startswith("m7g.large")

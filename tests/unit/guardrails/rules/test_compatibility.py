from __future__ import annotations

from typing import Any

import pytest

from guardrails.rules.compatibility import TABLE
from tests.unit.guardrails.environments import of_resources
from tests.unit.guardrails.rules.test_versions import HERE, found, made, of

CHART = "Custom::AWSCDK-EKS-HelmChart"
UNKNOWN = {"Fn::ImportValue": "x"}
RULES = [f"VERSION{number}" for number in (*range(10, 21), 21, 22, 23)]


def test_what_only_a_deploy_knows_is_no_breach() -> None:
    """Every property of which a rule wants to know something may be a parameter."""
    keys = ("AmiType", "CapacityType", "InstanceTypes", "ReleaseVersion", "Version", "UpdateConfig")
    group = made("AWS::EKS::Nodegroup", **dict.fromkeys((*keys, "ScalingConfig"), UNKNOWN))
    add_on = made("AWS::EKS::Addon", AddonName=UNKNOWN, AddonVersion=UNKNOWN)
    names = ("Chart", "Repository", "Version", "Values", "Release", "Namespace", "Timeout")
    chart = made("Custom::AWSCDK-EKS-HelmChart", **dict.fromkeys(names, UNKNOWN))
    there = of(Group=group, AddOn=add_on, Chart=chart)
    assert [finding for rule in RULES for finding in found(rule, there)] == []


@pytest.mark.parametrize(
    ("name", "version", "possible"),
    [
        ("vpc-cni", "v1.21.1-eksbuild.8", True),
        ("vpc-cni", "", True),
        ("vpc-cni", "latest", False),
        ("vpc_cni", "v1.21.1-eksbuild.8", False),
        ("core-dns", "", False),
        ("CoreDNS", "", False),
        ("kube-proxy", "v1.32.0-eksbuild.1", True),
        ("kube-proxy", "v1.31.0-eksbuild.1", False),
        ("kube-proxy", "v1.36.0-eksbuild.1", False),
        ("coredns", "v1.12.0-eksbuild.1", True),
        ("coredns", "v1.10.1-eksbuild.1", False),
        # A table that is behind must not stop what is new.
        ("aws-fsx-openzfs-csi-driver", "v1.0.0-eksbuild.1", True),
        ("vendor_product", "1.0", True),
    ],
)
def test_an_add_on_that_cannot_work(name: str, version: str, *, possible: bool) -> None:
    """What no table knows may be right."""
    add_on = made("AWS::EKS::Addon", AddonName=name, AddonVersion=version)
    assert (found("VERSION10", of(AddOn=add_on)) == []) is possible


@pytest.mark.parametrize(
    ("image", "release", "fits"),
    [
        ("AL2023_ARM_64_STANDARD", "1.35.3-20260512", True),
        ("AL2023_ARM_64_STANDARD", "1.34.3-20260512", False),
        ("AL2023_ARM_64_STANDARD", "1.50.0-4a1b2c3d", False),
        ("BOTTLEROCKET_ARM_64", "1.50.0-4a1b2c3d", True),
        ("BOTTLEROCKET_ARM_64", "1.50.0", False),
        ("AL2023_ARM_64_STANDARD", None, True),
    ],
)
def test_a_release_is_one_of_the_nodes_version(
    image: str, release: str | None, *, fits: bool
) -> None:
    """That of Bottlerocket doesn't say for which it is."""
    group = made("AWS::EKS::Nodegroup", AmiType=image, ReleaseVersion=release)
    assert (found("VERSION11", of(Group=group)) == []) is fits


@pytest.mark.parametrize(
    ("wanted", "update", "all_at_once"),
    [
        (3, {"MaxUnavailable": 3}, True),
        (3, {"MaxUnavailable": 2}, False),
        (1, {"MaxUnavailable": 1}, False),
        (3, {"MaxUnavailablePercentage": 100}, True),
        (3, {"MaxUnavailablePercentage": 99}, False),
        (3, {}, False),
    ],
)
def test_an_update_leaves_nodes(wanted: int, update: dict[str, Any], *, all_at_once: bool) -> None:
    """A single node is always all of them."""
    sizes = {"MinSize": 0, "DesiredSize": wanted, "MaxSize": 5}
    group = made("AWS::EKS::Nodegroup", ScalingConfig=sizes, UpdateConfig=update)
    assert bool(found("VERSION14", of(Group=group))) is all_at_once


@pytest.mark.parametrize("row", TABLE["kubernetes"], ids=lambda row: str(row["chart"]))
def test_a_release_is_for_some_versions(row: dict[str, Any]) -> None:
    """Those within the bounds pass, those beside them don't; other releases aren't known."""
    for release, (first, last) in {**row["releases"], "99.0": (1, 99)}.items():
        for minor in (first - 1, first, last, last + 1):
            chart = made(
                "Custom::AWSCDK-EKS-HelmChart", Chart=row["chart"], Version=f"v{release}.1"
            )
            there = of(version=f"1.{minor}", Chart=chart)
            fits = first <= minor <= last or release == "99.0"
            assert (found("VERSION18", there) == []) is fits


@pytest.mark.parametrize(
    ("kind", "field", "takes", "refuses"),
    [
        ("Cluster", "Version", ["1.35", 1.35], ["v1.35", "1.35.3", "latest"]),
        ("Cluster", "Name", ["a", "Prod_1-b", "a" * 100], ["-a", "a.b", "a" * 101]),
        ("Cluster", "UpgradePolicy.SupportType", ["STANDARD", "EXTENDED"], ["standard"]),
        ("Cluster", "AccessConfig.AuthenticationMode", ["API", "CONFIG_MAP"], ["api", "IAM"]),
        ("Cluster", "KubernetesNetworkConfig.IpFamily", ["ipv4", "ipv6"], ["IPv6", "dual"]),
        ("Nodegroup", "Version", ["1.35"], ["1.35.3"]),
        ("Nodegroup", "UpdateConfig.MaxUnavailable", [1, 100], [0, 101]),
        ("Nodegroup", "UpdateConfig.MaxUnavailablePercentage", [1, 100], [0, 101]),
        ("Nodegroup", "DiskSize", [1, 16384], [0, 16385]),
        ("Nodegroup", "AmiType", ["CUSTOM", "AL2023_ARM_64_STANDARD"], ["AL2023_ARM_64"]),
        ("Nodegroup", "CapacityType", ["SPOT", "CAPACITY_BLOCK"], ["Spot"]),
        ("Nodegroup", "UpdateConfig.UpdateStrategy", ["DEFAULT", "MINIMAL"], ["FORCE"]),
        ("Nodegroup", "Taints.Effect", ["NO_SCHEDULE", "NO_EXECUTE"], ["NoSchedule"]),
        ("Addon", "ResolveConflicts", ["NONE", "PRESERVE"], ["FORCE", "None"]),
        ("AWS::Lambda::Function", "Runtime", ["python3.13"], ["python3.8", "nodejs16.x"]),
        (CHART, "Timeout", ["900s", "15m", "30s"], ["901s", "16m", "5", "1h"]),
    ],
)
def test_a_property_takes_some_words(
    kind: str, field: str, takes: list[object], refuses: list[object]
) -> None:
    """What isn't set, or is filled in at deploy, may be right."""
    holder, _, inner = field.partition(".")

    def values(value: object) -> list[str]:
        held = {inner: value} if inner else value
        properties = {holder: [held] if holder == "Taints" else held}
        named = kind if "::" in kind else f"AWS::EKS::{kind}"
        return [each.value for each in found("VERSION19", of(It=made(named, **properties)))]

    shown = field.replace("Taints", "Taints[0]")
    assert [each for value in (*takes, None, UNKNOWN) for each in values(value)] == []
    assert [each for value in refuses for each in values(value)] == [
        f"{shown} {value}" for value in refuses
    ]


IMAGE = {"ImageId": "ami-1", "UserData": "x"}


@pytest.mark.parametrize(
    ("group", "template", "refused"),
    [
        ({}, {}, []),
        ({}, {"NetworkInterfaces": [{"SubnetId": "subnet-1"}]}, ["NetworkInterfaces[0].SubnetId"]),
        ({}, {"IamInstanceProfile": {"Arn": UNKNOWN}}, ["IamInstanceProfile"]),
        ({}, {"InstanceInitiatedShutdownBehavior": "stop"}, ["InstanceInitiatedShutdownBehavior"]),
        ({}, {"HibernationOptions": {}}, ["HibernationOptions"]),
        ({}, {"InstanceMarketOptions": {}}, ["InstanceMarketOptions"]),
        ({}, {"InstanceMarketOptions": {"MarketType": "spot"}}, ["InstanceMarketOptions"]),
        ({}, {"InstanceMarketOptions": {"MarketType": "capacity-block"}}, []),
        ({}, {"ImageId": "ami-1"}, ["UserData"]),
        ({}, IMAGE, []),
        ({"AmiType": "CUSTOM"}, IMAGE, []),
        ({"AmiType": "AL2_x86_64"}, IMAGE, ["AmiType"]),
        ({"AmiType": "AL2_x86_64"}, {}, []),
        ({"AmiType": "CUSTOM"}, {}, ["UserData", "ImageId"]),
        ({"AmiType": "CUSTOM"}, {"ImageId": UNKNOWN}, ["UserData"]),
        ({"Version": "1.35"}, {**IMAGE, "ImageId": UNKNOWN}, ["Version"]),
        ({"DiskSize": 50}, {}, ["DiskSize"]),
        ({"DiskSize": 50}, None, []),
        ({"RemoteAccess": {}}, {}, ["RemoteAccess"]),
        ({"RemoteAccess": {}}, None, []),
        ({"InstanceTypes": ["m7g.large"]}, {"InstanceType": "m7g.large"}, ["InstanceTypes"]),
        ({"InstanceTypes": ["m7g.large"]}, {}, []),
        ({"Version": "1.35"}, IMAGE, ["Version"]),
        ({"ReleaseVersion": "1.35.3-20260512"}, IMAGE, ["ReleaseVersion"]),
        ({"Version": "1.35", "ReleaseVersion": "1.35.3-20260512"}, {}, []),
    ],
)
def test_a_launch_template_and_its_group_fit(
    group: dict[str, Any], template: dict[str, Any] | None, refused: list[str]
) -> None:
    """Each row of the table, also for values that only a deploy knows."""
    data = {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": template}}
    named = {} if template is None else {"LaunchTemplate": {"Id": {"Ref": "Template"}}}
    there = of(Template=data, Group=made("AWS::EKS::Nodegroup", **named, **group))
    assert [each.value.split()[0] for each in found("VERSION12", there)] == refused


@pytest.mark.parametrize(
    ("enabled", "template", "count"),
    [(True, {"ImageId": "ami-1"}, 1), (False, {"ImageId": "ami-1"}, 0), (True, {}, 0)],
)
def test_a_warm_pool_takes_images_of_eks(
    enabled: bool,  # noqa: FBT001  # a row
    template: dict[str, str],
    count: int,
) -> None:
    """Not one's own (EKS user guide, "warm pools with managed node groups")."""
    data = {"Type": "AWS::EC2::LaunchTemplate", "Properties": {"LaunchTemplateData": template}}
    pool = {"WarmPoolConfig": {"Enabled": enabled}, "LaunchTemplate": {"Id": {"Ref": "Template"}}}
    there = of(Template=data, Group=made("AWS::EKS::Nodegroup", **pool))
    values = [each.value for each in found("VERSION13", there)]
    assert values == ["WarmPoolConfig with an ImageId"] * count


@pytest.mark.parametrize(("name", "count"), [("m7i.large", 0), ("m7i.huge", 1), ("x99.huge", 0)])
def test_an_instance_type_is_one_of_its_family(name: str, count: int) -> None:
    """Of a family that is newer than the data nothing is known."""
    group = made("AWS::EKS::Nodegroup", InstanceTypes=[name])
    assert len(found("VERSION23", of(Group=group))) == count


VPC = {"Type": "AWS::EC2::VPC"}
SUBNET = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}}


@pytest.mark.parametrize(
    ("vpc", "there", "wrong"),
    [
        ({"Ref": "Vpc"}, {"Vpc": VPC}, []),
        ({"Ref": "Other"}, {"Vpc": VPC, "Other": VPC}, ["Values.vpcId"]),
        ("vpc-0123456789abcdef0", {"Vpc": VPC}, ["Values.vpcId"]),
        (UNKNOWN, {"Vpc": VPC}, []),
        ("vpc-0123456789abcdef0", {}, []),
    ],
)
def test_a_chart_is_told_the_vpc_of_its_cluster(
    vpc: object, there: dict[str, Any], wrong: list[str]
) -> None:
    """Of a VPC that was made elsewhere the templates don't say the name."""
    cluster = {"Name": "a", "ResourcesVpcConfig": {"SubnetIds": [{"Ref": "Subnet"}]}}
    made_ = of_resources(
        Cluster={"Type": "AWS::EKS::Cluster", "Properties": cluster},
        Chart=made(CHART, **{**CONTROLLER, "Values": {"clusterName": HERE, "vpcId": vpc}}),
        **({"Subnet": SUBNET} if there else {}),
        **there,
    )
    assert [each.value for each in found("VERSION17", made_)] == wrong


CONTROLLER: dict[str, Any] = {
    "Chart": "aws-load-balancer-controller",
    "Values": {"clusterName": HERE},
}
ONE_HOP: dict[str, Any] = {
    "Type": "AWS::EC2::LaunchTemplate",
    "Properties": {"LaunchTemplateData": {"MetadataOptions": {"HttpPutResponseHopLimit": 1}}},
}
WITH_TEMPLATE = made("AWS::EKS::Nodegroup", LaunchTemplate={"Id": {"Ref": "Template"}})
PLAIN, PROFILE = made("AWS::EKS::Nodegroup"), made("AWS::EKS::FargateProfile")


@pytest.mark.parametrize(
    ("values", "there", "missing"),
    [
        ({}, {"Group": PLAIN}, []),
        ({}, {"Group": WITH_TEMPLATE, "Template": ONE_HOP}, ["region", "vpcId"]),
        ({"hostNetwork": True}, {"Group": WITH_TEMPLATE, "Template": ONE_HOP}, []),
        ({"region": "eu-west-1"}, {"Group": WITH_TEMPLATE, "Template": ONE_HOP}, ["vpcId"]),
        ({}, {"Profile": PROFILE}, ["region", "vpcId"]),
        ({}, {"Profile": PROFILE, "Group": PLAIN}, []),
    ],
)
def test_the_controller_is_told_what_it_cannot_ask_for(
    values: dict[str, Any], there: dict[str, Any], missing: list[str]
) -> None:
    """Pods of the host's network are one hop away from the metadata service, others two."""
    told = {**CONTROLLER["Values"], **values}
    chart = made(CHART, **{**CONTROLLER, "Values": told})
    values_missing = [f"Values.{each}" for each in missing]
    assert [each.value for each in found("VERSION17", of(Chart=chart, **there))] == values_missing


@pytest.mark.parametrize(
    ("one", "other", "twice"),
    [
        (("web", "web"), ("web", "web"), ["Release web"]),
        (("web", None), ("web", "default"), ["Release web"]),
        (("web", "web"), ("web", "other"), []),
        (("web", "web"), ("other", "web"), []),
        ((UNKNOWN, "web"), (UNKNOWN, "web"), []),
        (("web", UNKNOWN), ("web", UNKNOWN), []),
    ],
)
def test_a_release_is_installed_once(
    one: tuple[object, object], other: tuple[object, object], twice: list[str]
) -> None:
    """Two names that only a deploy knows may differ, though they are written alike."""
    charts: dict[str, Any] = {
        f"It{number}": made(CHART, Chart=f"c{number}", Release=release, Namespace=namespace)
        for number, (release, namespace) in enumerate((one, other))
    }
    assert [each.value for each in found("VERSION22", of(**charts))] == twice


IPV6 = {"KubernetesNetworkConfig": {"IpFamily": "ipv6"}}


@pytest.mark.parametrize(
    ("cluster", "subnet", "others", "refused"),
    [
        (IPV6, {}, {}, True),
        ({}, {}, {}, False),
        (IPV6, {"Ipv6CidrBlock": UNKNOWN}, {}, False),
        (IPV6, {}, {"Range": {"SubnetId": {"Ref": "Subnet"}, "Ipv6CidrBlock": UNKNOWN}}, False),
    ],
)
def test_a_cluster_of_ipv6_has_ipv6_subnets(
    cluster: dict[str, Any], subnet: dict[str, Any], others: dict[str, Any], *, refused: bool
) -> None:
    """A range stands in the subnet or beside it."""
    named = {"ResourcesVpcConfig": {"SubnetIds": [{"Ref": "Subnet"}]}}
    ranges: dict[str, Any] = {
        name: {"Type": "AWS::EC2::SubnetCidrBlock", "Properties": it} for name, it in others.items()
    }
    there = of(
        cluster={**cluster, **named},
        Subnet={"Type": "AWS::EC2::Subnet", "Properties": subnet},
        **ranges,
    )
    values = [each.value for each in found("NET1", there)]
    assert values == ["KubernetesNetworkConfig.IpFamily ipv6"] * refused

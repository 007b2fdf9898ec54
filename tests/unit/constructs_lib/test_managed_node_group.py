from __future__ import annotations

import email
import tomllib
from typing import Any

import pytest
import yaml

from constructs_lib.specs.compute import NodeGroupSpec
from constructs_lib.specs.node_user_data import user_data as node_user_data
from tests.support import Assembly, Template, resources_of
from tests.unit.constructs_lib.templates import depends_on, ids, managed_policies, one, properties
from tests.unit.constructs_lib.variants import CLOSED, Variants

GROUP = "AWS::EKS::Nodegroup"
TEMPLATE = "AWS::EC2::LaunchTemplate"


@pytest.fixture(scope="module")
def closed(variants: Variants) -> Template:
    """Return a cluster with a special group (Bottlerocket, Spot) and a general one (AL2023)."""
    return variants.platforms.templates["Closed/Cluster"]


@pytest.fixture(scope="module")
def special(closed: Template) -> dict[str, Any]:
    """Return the group that has a setting for everything."""
    return dict(properties(closed, one(closed, GROUP, "DataPlaneNodeGroupsSpecial")))


@pytest.fixture(scope="module")
def general(closed: Template) -> dict[str, Any]:
    """Return the group that leaves most settings alone."""
    return dict(properties(closed, one(closed, GROUP, "DataPlaneNodeGroupsGeneral")))


def launch_data(template: Template, name: str) -> dict[str, Any]:
    """Return the launch template of a group."""
    found = properties(template, one(template, TEMPLATE, f"DataPlaneNodeGroups{name}"))
    data: dict[str, Any] = found["LaunchTemplateData"]
    return data


def test_instances_are_those_that_the_environment_names(
    special: dict[str, Any], general: dict[str, Any]
) -> None:
    """Types, system, price and sizes are the environment's."""
    assert special["InstanceTypes"] == ["m6i.large", "m5.large"]
    assert special["AmiType"] == "BOTTLEROCKET_x86_64"
    assert special["CapacityType"] == "SPOT"
    assert special["ScalingConfig"] == {"MinSize": 0, "DesiredSize": 1, "MaxSize": 3}
    assert general["InstanceTypes"] == ["m7g.large"]
    assert general["AmiType"] == "AL2023_ARM_64_STANDARD"
    assert general["CapacityType"] == "ON_DEMAND"
    assert general["ScalingConfig"] == {"MinSize": 2, "DesiredSize": 3, "MaxSize": 6}


def test_every_ami_type_reaches_its_group(variants: Variants, assembly: Assembly) -> None:
    """The systems are those that EKS knows by these names."""
    found = {
        resource["Properties"]["AmiType"]
        for template in (*variants.platforms.templates.values(), assembly.templates["Prod/Cluster"])
        for resource in resources_of(template, GROUP).values()
    }
    assert found == {
        *("AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD", "AL2023_x86_64_NVIDIA"),
        *("BOTTLEROCKET_x86_64", "BOTTLEROCKET_ARM_64"),
    }


def test_labels_and_taints_are_on_the_nodes(
    special: dict[str, Any], general: dict[str, Any]
) -> None:
    """Pods are placed by them; a group without any has none."""
    assert special["Labels"] == {"workload": "batch"}
    assert special["Taints"] == [
        {"Key": "workload", "Value": "batch", "Effect": "NO_SCHEDULE"},
        {"Key": "spot", "Value": "", "Effect": "PREFER_NO_SCHEDULE"},
    ]
    assert "Labels" not in general
    assert "Taints" not in general


def test_a_group_runs_in_private_subnets_of_its_zones(
    special: dict[str, Any], general: dict[str, Any]
) -> None:
    """All zones, unless the group names some; in the order of their names."""
    zones = {
        name: [subnet["Fn::ImportValue"].split("Network")[-1][:8] for subnet in group["Subnets"]]
        for name, group in (("special", special), ("general", general))
    }
    assert zones == {
        "special": ["PrivateA", "PrivateC"],
        "general": ["PrivateA", "PrivateB", "PrivateC"],
    }


def test_updates_take_away_as_many_nodes_as_allowed(
    special: dict[str, Any], general: dict[str, Any], variants: Variants
) -> None:
    """A number, a percentage, or a third."""
    bare = variants.platforms.templates["Bare/Cluster"]
    assert special["UpdateConfig"] == {"MaxUnavailable": 2}
    assert general["UpdateConfig"] == {"MaxUnavailablePercentage": 50}
    assert properties(bare, one(bare, GROUP))["UpdateConfig"] == {"MaxUnavailablePercentage": 33}


def test_updates_respect_disruption_budgets(
    special: dict[str, Any], general: dict[str, Any]
) -> None:
    """A forced update would evict pods that must stay."""
    assert special["ForceUpdateEnabled"] is False
    assert general["ForceUpdateEnabled"] is False


def test_broken_nodes_are_replaced_unless_switched_off(
    special: dict[str, Any], general: dict[str, Any]
) -> None:
    """EKS repairs nodes by default."""
    assert general["NodeRepairConfig"] == {"Enabled": True}
    assert special.get("NodeRepairConfig", {"Enabled": False}) == {"Enabled": False}


def test_a_release_is_pinned_or_followed(special: dict[str, Any], general: dict[str, Any]) -> None:
    """A pinned AMI release stays; without a pin EKS chooses."""
    assert special["ReleaseVersion"] == "1.35.3-20260512"
    assert "ReleaseVersion" not in general


@pytest.mark.parametrize(("stack", "version"), [("Dev/Cluster", "1.36"), ("Prod/Cluster", "1.35")])
def test_nodes_follow_the_version_of_the_cluster(
    stack: str, version: str, assembly: Assembly
) -> None:
    """Without a version the nodes would stay behind when the cluster is upgraded."""
    template = assembly.templates[stack]
    assert properties(template, one(template, "AWS::EKS::Cluster"))["Version"] == version
    for group in resources_of(template, GROUP).values():
        assert group["Properties"]["Version"] == version


def test_a_group_has_no_name_and_no_disk(special: dict[str, Any], general: dict[str, Any]) -> None:
    """A name would make a replacement fail; the disk is the launch template's."""
    for group in (special, general):
        assert "NodegroupName" not in group
        assert "DiskSize" not in group
        assert "RemoteAccess" not in group


@pytest.mark.parametrize("name", ["Special", "General"])
def test_a_group_starts_from_its_launch_template(name: str, closed: Template) -> None:
    """The newest version is used, so that a change rolls out."""
    template = one(closed, TEMPLATE, f"DataPlaneNodeGroups{name}")
    group = properties(closed, one(closed, GROUP, f"DataPlaneNodeGroups{name}"))
    assert group["LaunchTemplate"] == {
        "Id": {"Ref": template},
        "Version": {"Fn::GetAtt": [template, "LatestVersionNumber"]},
    }


@pytest.mark.parametrize("name", ["Special", "General"])
def test_containers_cannot_reach_the_credentials_of_their_node(name: str, closed: Template) -> None:
    """IMDSv2 is required and its answers travel one hop."""
    assert launch_data(closed, name)["MetadataOptions"] == {
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
    }


def test_volumes_are_encrypted_and_where_the_system_looks_for_them(closed: Template) -> None:
    """Bottlerocket keeps containers on its second volume, AL2023 has one."""
    assert launch_data(closed, "Special")["BlockDeviceMappings"] == [
        {
            "DeviceName": "/dev/xvda",
            "Ebs": {"Encrypted": True, "VolumeSize": 4, "VolumeType": "gp3"},
        },
        {
            "DeviceName": "/dev/xvdb",
            "Ebs": {"Encrypted": True, "VolumeSize": 100, "VolumeType": "gp3"},
        },
    ]
    assert launch_data(closed, "General")["BlockDeviceMappings"] == [
        {
            "DeviceName": "/dev/xvda",
            "Ebs": {"Encrypted": True, "VolumeSize": 40, "VolumeType": "gp3"},
        },
    ]


@pytest.mark.parametrize("name", ["Special", "General"])
def test_instances_and_volumes_carry_the_tags_of_the_environment(
    name: str, closed: Template
) -> None:
    """EKS hands no tags of the group on, so the launch template does; the bill needs them."""
    found = {
        specification["ResourceType"]: {tag["Key"]: tag["Value"] for tag in specification["Tags"]}
        for specification in launch_data(closed, name)["TagSpecifications"]
    }
    expected = {
        "environment": "closed",
        "owner": "platform",
        "Name": f"groundwork-closed-{name}",
    }
    assert found == {"instance": expected, "volume": expected}


@pytest.mark.parametrize("name", ["Special", "General"])
def test_eks_chooses_image_and_security_group(name: str, closed: Template) -> None:
    """Naming either in the launch template would switch off what EKS does by itself."""
    data = launch_data(closed, name)
    assert not {"ImageId", "SecurityGroupIds", "NetworkInterfaces", "KeyName"} & set(data)


def user_data(template: Template, name: str) -> str:
    """Return what a launch template hands to its nodes."""
    encoded = launch_data(template, name)["UserData"]
    text: str = encoded["Fn::Base64"]
    return text


def test_pinned_pods_are_a_flag_of_the_kubelet_on_al2023(variants: Variants) -> None:
    """EKS appends a NodeConfig whose maxPods would win over one of ours; the flag wins over it."""
    text = user_data(variants.platforms.templates["Existing/Cluster"], "General")
    message = email.message_from_string(text)
    (part,) = [part for part in message.walk() if not part.is_multipart()]

    assert part.get_content_type() == "application/node.eks.aws"
    assert yaml.safe_load(str(part.get_payload())) == {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {"kubelet": {"flags": ["--max-pods=17"]}},
    }


def test_pinned_pods_are_a_setting_on_bottlerocket(variants: Variants) -> None:
    """TOML, which EKS merges with its own."""
    text = user_data(variants.platforms.templates["Existing/Cluster"], "Dense")

    assert tomllib.loads(text) == {"settings": {"kubernetes": {"max-pods": 44}}}


@pytest.mark.parametrize("group", CLOSED.node_groups, ids=lambda group: group.name)
def test_nodes_are_told_of_the_proxy(group: NodeGroupSpec, closed: Template) -> None:
    """As user data of the group's system."""
    assert CLOSED.proxy is not None
    assert user_data(closed, group.name) == node_user_data(group.ami_type, None, CLOSED.proxy)


def test_a_group_without_settings_has_no_user_data(variants: Variants) -> None:
    """EKS writes its own."""
    assert "UserData" not in launch_data(variants.platforms.templates["Bare/Cluster"], "General")


@pytest.mark.parametrize("name", ["Special", "General"])
def test_a_node_may_do_little(name: str, closed: Template) -> None:
    """It joins, pulls images and takes sessions; addresses are the CNI's business."""
    role = one(closed, "AWS::IAM::Role", f"DataPlaneNodeGroups{name}")
    assert managed_policies(closed, role) == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSSMManagedInstanceCore",
    }
    assert "Policies" not in properties(closed, role)
    attached = [
        policy
        for policy in resources_of(closed, "AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Properties"]["Roles"]
    ]
    assert attached == []


@pytest.mark.parametrize(
    ("environment", "kind", "prefix"),
    [
        ("Existing", GROUP, "DataPlaneNodeGroupsDense"),
        ("Mixed", "AWS::AutoScaling::AutoScalingGroup", "DataPlaneNodeGroupsOwn"),
        ("Sparse", "Custom::AWSCDK-EKS-KubernetesResource", "KarpenterNodePoolsNodePoolgeneral"),
    ],
)
def test_nodes_come_after_what_they_may_do(
    variants: Variants, environment: str, kind: str, prefix: str
) -> None:
    """A role's own statements are a policy beside it, which nothing else refers to."""
    template = variants.platforms.templates[f"{environment}/Cluster"]
    nodes = one(template, kind, prefix)
    earlier = depends_on(template, nodes)
    (policy,) = (
        each
        for each in ids(template, "AWS::IAM::Policy", lambda _: True)
        if "Role" in each and each.startswith(("DataPlaneNodeGroups", "KarpenterNodes"))
    )
    assert policy in earlier


def test_a_capacity_block_is_named_as_eks_wants_it(variants: Variants) -> None:
    """The launch template has the market, the reservation and the type, which the group may not repeat."""
    template = variants.platforms.templates["Mixed/Cluster"]
    data = launch_data(template, "Train")
    group = properties(template, one(template, GROUP, "DataPlaneNodeGroupsTrain"))

    assert data["InstanceMarketOptions"] == {"MarketType": "capacity-block"}
    target = {"CapacityReservationId": "cr-0123456789abcdef0"}
    assert data["CapacityReservationSpecification"] == {"CapacityReservationTarget": target}
    assert data["InstanceType"] == "p5.48xlarge"
    assert group["CapacityType"] == "CAPACITY_BLOCK"
    assert "InstanceTypes" not in group
    assert "InstanceType" not in launch_data(template, "General")

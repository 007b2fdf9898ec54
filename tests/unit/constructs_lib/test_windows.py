"""A cluster with Windows nodes: examples/windows.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import Assembly, Template, resources_of
from tests.unit.constructs_lib.templates import one, properties


@pytest.fixture(scope="module")
def template(synthesized: Assembly) -> Template:
    """Return the cluster of the example."""
    return synthesized.templates["Windows/Cluster"]


def test_the_group_has_an_image_of_windows_and_keeps_other_pods_away(template: Template) -> None:
    """Pods without a toleration are for Linux; EKS repairs no Windows nodes."""
    group = properties(template, one(template, "AWS::EKS::Nodegroup", "DataPlaneNodeGroupsWindows"))
    assert group["AmiType"] == "WINDOWS_CORE_2022_x86_64"
    assert group["Taints"] == [{"Key": "os", "Value": "windows", "Effect": "NO_SCHEDULE"}]
    assert "NodeRepairConfig" not in group


def test_the_disk_is_that_of_the_image(template: Template) -> None:
    """Windows starts from /dev/sda1; a volume on another device would come on top of it."""
    found = one(template, "AWS::EC2::LaunchTemplate", "DataPlaneNodeGroupsWindows")
    data: dict[str, Any] = properties(template, found)["LaunchTemplateData"]
    assert [each["DeviceName"] for each in data["BlockDeviceMappings"]] == ["/dev/sda1"]
    assert data["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 100
    assert "UserData" not in data


def test_the_control_plane_gives_pods_of_windows_their_addresses(template: Template) -> None:
    """It needs a policy for that, and the VPC CNI's word."""
    role = properties(template, one(template, "AWS::IAM::Role", "ControlPlaneRole"))
    assert "AmazonEKSVPCResourceController" in json.dumps(role["ManagedPolicyArns"])
    add_ons = [each["Properties"] for each in resources_of(template, "AWS::EKS::Addon").values()]
    (cni,) = [each for each in add_ons if each["AddonName"] == "vpc-cni"]
    assert json.loads(cni["ConfigurationValues"])["enableWindowsIpam"] == "true"


def test_a_cluster_without_windows_says_nothing_of_it(synthesized: Assembly) -> None:
    """Neither its add-on nor what a review counts with."""
    text = json.dumps(synthesized.templates["Smallest/Cluster"])
    assert "indows" not in text
    assert "AmazonEKSVPCResourceController" not in text

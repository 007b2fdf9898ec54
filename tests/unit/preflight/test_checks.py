"""What each check asks, and what it makes of the answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from preflight import identities, names, place, versions, volumes
from preflight.row import Check
from tests.unit.preflight.support import ACCOUNT, RESOURCES, rows, target

CASES = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""A check, what it is answered, and each row: its result, and parts of what it found and of what to run."""
CHECKS: Mapping[str, Check] = {
    **{
        f"names.{name}": getattr(names, name)
        for name in ("stacks", "clusters", "log_groups", "roles")
    },
    **{
        f"place.{name}": getattr(place, name)
        for name in ("region", "bootstrap", "zones", "instance_types")
    },
    "versions.kubernetes_versions": versions.kubernetes_versions,
    "versions.add_on": partial(versions.add_on, name="vpc-cni"),
    "identities.principals": identities.principals,
    "identities.service_linked_roles": identities.service_linked_roles,
    "identities.managed_policies": identities.managed_policies,
    "volumes.key_of_volumes": volumes.key_of_volumes,
}


@pytest.mark.parametrize("case", CASES)
def test_a_check(case: Mapping[str, Any], tmp_path: Path) -> None:
    """It passes, warns or fails, says what it found, and what to run where it does not pass."""
    found = rows(CHECKS[case["check"]], target(tmp_path), *case["answers"])

    assert [row.result for row in found] == [result for result, _, _ in case["expected"]]
    for row, (_, told, run) in zip(found, case["expected"], strict=True):
        assert told in row.found
        assert run in row.run
        assert run or row.result == "warns" or not row.run


def zones(*found: tuple[str, str]) -> tuple[str, str, dict[str, Any]]:
    """Return what EC2 tells of all zones."""
    listed = [{"ZoneName": name, "ZoneId": of, "State": "available"} for name, of in found]
    return "ec2", "describe_availability_zones", {"AvailabilityZones": listed}


def test_eks_places_no_control_plane_in_some_zones(tmp_path: Path) -> None:
    """The id decides: the letters differ by account."""
    about = replace(target(tmp_path), region="us-east-1")
    answer = zones(("eu-west-1a", "use1-az3"), ("eu-west-1b", "use1-az1"))

    excluded, other = rows(place.zones, about, answer)

    assert (excluded.result, other.result) == ("fails", "passes")
    assert "use1-az3 doesn't support EKS control planes" in excluded.found


@pytest.mark.parametrize(
    ("found", "result", "told", "run"),
    [
        ([("available", "arm64")], "passes", "is available, for arm64", ""),
        ([("pending", "arm64")], "fails", "is pending", "describe-images"),
        ([("available", "x86_64")], "fails", "its instance types are arm64", "an image for arm64"),
        ([], "fails", "isn't in eu-west-1", "share it with 111122223333"),
    ],
)
def test_an_image_of_ones_own(
    found: list[tuple[str, str]], result: str, told: str, run: str, tmp_path: Path
) -> None:
    """It is there, and boots on the instances of its group; images of AWS are not asked about."""
    names = {"Own": "ami-0a1b2c3d4e5f67890", "Of": "{{resolve:ssm:/aws/service/x}}"}
    groups = {
        f"{name}Group": {
            "Type": "AWS::EKS::Nodegroup",
            "Properties": {
                "InstanceTypes": ["m7g.large", "m9.unheard-of"],
                "LaunchTemplate": {"Id": {"Ref": name}},
            },
        }
        for name in names
    }
    templates = {
        name: {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": {"ImageId": image}},
        }
        for name, image in names.items()
    }
    images = [{"State": state, "Architecture": kind} for state, kind in found]
    about = target(tmp_path, {**groups, **templates})

    (row,) = rows(place.images, about, ("ec2", "describe_images", {"Images": images}))

    assert (row.check, row.result) == ("image of OwnGroup", result)
    assert told in row.found
    assert run in row.run
    assert bool(run) == bool(row.run)


@pytest.mark.parametrize("chart", ["karpenter", "other"])
def test_karpenter_makes_no_service_linked_role(chart: str, tmp_path: Path) -> None:
    """Unlike CloudFormation and EC2 Auto Scaling: its Spot Instances would never start."""
    resource = {"Type": "Custom::AWSCDK-EKS-HelmChart", "Properties": {"Chart": chart}}
    spot = ("iam", "get_role", "NoSuchEntity")
    balancing = ("iam", "get_role", {"Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/any"}})
    about = target(tmp_path, {"Chart": resource})

    (row,) = rows(identities.service_linked_roles, about, spot, balancing)

    assert ("Karpenter is not" in row.found) is (chart == "karpenter")


def test_nobody_asks_about_volumes_of_no_nodes(tmp_path: Path) -> None:
    """Fargate has none that the account's key encrypts."""
    assert not rows(volumes.key_of_volumes, target(tmp_path, {}))


def test_a_principal_of_another_account(tmp_path: Path) -> None:
    """IAM tells nobody about the principals of others."""
    entry = {"PrincipalArn": "arn:aws:iam::999988887777:role/deploy/on-call"}
    about = target(tmp_path, {"Entry": {"Type": "AWS::EKS::AccessEntry", "Properties": entry}})

    (row,) = rows(identities.principals, about)

    assert (row.check, row.result) == ("principal on-call", "warns")
    assert "another account" in row.found


@pytest.mark.parametrize(
    "odd",
    [None, [], "text", {"Fn::GetAtt": 1}, {"Ref": "AWS::NoValue"}, [None], {"Version": None}],
    ids=str,
)
def test_odd_templates_ask_for_nothing(odd: Any, tmp_path: Path) -> None:  # noqa: ANN401
    """Whatever a template holds, what is not known is not asked for."""
    broken = {
        name: {"Type": each["Type"], "Properties": odd} for name, each in RESOURCES.items()
    } | {
        f"{name}{field}": {"Type": each["Type"], "Properties": {field: odd}}
        for name, each in RESOURCES.items()
        for field in each.get("Properties", ())
    }
    about = target(tmp_path, broken)

    assert about.names("AWS::EKS::Cluster", "Name") in {(), ("text",)}
    assert set(about.principals) == set()
    assert set(about.managed_policies) <= {"text"}

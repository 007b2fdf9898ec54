from __future__ import annotations

from typing import Any

import pytest

from guardrails.rules.compatibility import TABLE, why_not
from tests.unit.guardrails.rules.test_versions import found, made, of

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
    assert (why_not(name, version, 35) == "") is possible


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

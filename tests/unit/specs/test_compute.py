from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from constructs_lib.specs.ami_types import AmiType
from constructs_lib.specs.compute import (
    FargateProfileSpec,
    FargateSelectorSpec,
    NodeGroupSpec,
)
from tests.unit.configuration.mistakes import GROUP, with_changes


@pytest.mark.parametrize(
    ("ami_type", "architecture", "label"),
    [
        ("AL2023_x86_64_STANDARD", "x86_64", "amd64"),
        ("BOTTLEROCKET_x86_64", "x86_64", "amd64"),
        ("AL2023_ARM_64_STANDARD", "arm64", "arm64"),
        ("BOTTLEROCKET_ARM_64", "arm64", "arm64"),
    ],
)
def test_a_node_group_has_the_architecture_of_its_ami(
    ami_type: AmiType, architecture: str, label: str
) -> None:
    """AWS and Kubernetes name the architectures differently."""
    instance_type = "m7i.large" if architecture == "x86_64" else "m7g.large"
    group = NodeGroupSpec(
        name="General",
        instance_types=(instance_type,),
        ami_type=ami_type,
        min_size=0,
        desired_size=0,
        max_size=1,
    )

    assert not list(group.problems())
    assert (group.architecture, group.kubernetes_architecture) == (architecture, label)


@pytest.mark.parametrize(
    ("namespace", "labels", "takes"),
    [
        ("team-a", {"app": "api", "tier": "x"}, True),
        ("team-a", {"app": "apis"}, False),
        ("team-a", {}, False),
        ("teams", {"app": "api"}, False),
        ("batch", {}, True),
    ],
)
def test_a_profile_takes_the_pods_of_any_of_its_selectors(
    namespace: str, labels: Mapping[str, str], *, takes: bool
) -> None:
    """By EKS's rules, which `kube.fargate` knows."""
    profile = FargateProfileSpec(
        name="Api",
        selectors=(
            FargateSelectorSpec(namespace="team-?", labels={"app": "a*i"}),
            FargateSelectorSpec(namespace="batch"),
        ),
    )
    assert profile.selects(namespace, labels) is takes


@pytest.mark.parametrize(
    ("low", "desired", "high", "at"),
    [
        *((5, 5, 4, "max_size"), (9, 2, 4, "max_size"), (5, 7, 4, "max_size")),
        *((5, 4, 4, "max_size"), (6, 0, 4, "max_size"), (900_000, 800_000, 4, "max_size")),
        *((2, 1, 4, "desired_size"), (2, 5, 4, "desired_size"), (0, 9_000, 4, "desired_size")),
    ],
)
def test_sizes_out_of_order_are_one_problem(low: int, desired: int, high: int, at: str) -> None:
    """Each fix, applied as it is printed, is accepted."""
    sizes = {"min_size": low, "max_size": high, "desired_size": desired}
    (problem,) = with_changes(GROUP, sizes).problems()

    assert problem.at == at
    for fix in problem.fix.split(", or "):
        changes = {name: int(size) for name, size in re.findall(r"(\w+)=(\d+)", fix)}
        assert fix == "set " + " and ".join(f"{name}={size}" for name, size in changes.items())
        assert not list(with_changes(GROUP, {**sizes, **changes}).problems())

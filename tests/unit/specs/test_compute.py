from __future__ import annotations

import pytest

from constructs_lib.specs.compute import AmiType, NodeGroupSpec


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

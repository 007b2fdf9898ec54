"""The parameters in which AWS publishes images."""

from __future__ import annotations

import pytest

from constructs_lib.specs.node_images import image_parameter

EKS = "/aws/service/eks/optimized-ami/1.36/amazon-linux-2023"
BOTTLEROCKET = "/aws/service/bottlerocket"


@pytest.mark.parametrize(
    ("ami_type", "release", "parameter"),
    [
        ("AL2023_x86_64_STANDARD", None, f"{EKS}/x86_64/standard/recommended/image_id"),
        ("AL2023_ARM_64_STANDARD", None, f"{EKS}/arm64/standard/recommended/image_id"),
        ("AL2023_ARM_64_NVIDIA", None, f"{EKS}/arm64/nvidia/recommended/image_id"),
        ("AL2023_x86_64_NEURON", None, f"{EKS}/x86_64/neuron/recommended/image_id"),
        (
            "AL2023_ARM_64_STANDARD",
            "1.36.1-20261015",
            f"{EKS}/arm64/standard/amazon-eks-node-al2023-arm64-standard-1.36-v20261015/image_id",
        ),
        ("BOTTLEROCKET_x86_64", None, f"{BOTTLEROCKET}/aws-k8s-1.36/x86_64/latest/image_id"),
        (
            "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
            None,
            f"{BOTTLEROCKET}/aws-k8s-1.36-nvidia-fips/arm64/latest/image_id",
        ),
        (
            "BOTTLEROCKET_x86_64_FIPS",
            "1.50.0-4a1b2c3d",
            f"{BOTTLEROCKET}/aws-k8s-1.36-fips/x86_64/1.50.0-4a1b2c3d/image_id",
        ),
    ],
)
def test_where_an_image_is_published(ami_type: str, release: str | None, parameter: str) -> None:
    """By system, drivers, architecture and release."""
    found = image_parameter(ami_type, kubernetes_version="1.36", release=release)
    assert found == parameter

"""Kubernetes objects that the kubectl handler of a cluster applies."""

from __future__ import annotations

from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct


def apply(
    scope: Construct,
    construct_id: str,
    *,
    cluster: eks.Cluster,
    objects: list[dict[str, Any]],
    removal_policy: RemovalPolicy | None = None,
) -> eks.KubernetesManifest:
    """Have the kubectl handler apply Kubernetes objects, and by default delete them with the stack."""
    return eks.KubernetesManifest(
        scope,
        construct_id,
        cluster=cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
        manifest=objects,
        removal_policy=removal_policy,
    )

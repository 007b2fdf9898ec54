"""The Kubernetes versions that this project supports, and what was seen running on each.

This is the one place where versions are pinned. `aws eks describe-addon-versions
--kubernetes-version 1.36 --addon-name vpc-cni` lists what EKS offers today; docs/upgrade.md says
how to refresh this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class KubernetesRelease:
    """One minor version of Kubernetes on EKS.

    `add_ons` maps the name of a managed add-on to its version; None lets EKS choose its default
    for this Kubernetes version at deploy.
    """

    add_ons: Mapping[str, str | None]


RELEASES: Mapping[str, KubernetesRelease] = MappingProxyType(
    {
        # One coherent set, seen running together in May 2026.
        "1.35": KubernetesRelease(
            add_ons={
                "vpc-cni": "v1.21.1-eksbuild.8",
                "kube-proxy": "v1.35.3-eksbuild.5",
                "coredns": "v1.14.2-eksbuild.4",
                "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
                "aws-ebs-csi-driver": "v1.59.0-eksbuild.1",
                "metrics-server": "v0.8.1-eksbuild.6",
            }
        ),
        # Seen running on clusters of public repositories, September and October 2026.
        "1.36": KubernetesRelease(
            add_ons={
                "vpc-cni": "v1.22.4-eksbuild.3",
                "kube-proxy": "v1.36.0-eksbuild.21",
                "coredns": "v1.14.3-eksbuild.16",
                "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
                "aws-ebs-csi-driver": "v1.63.1-eksbuild.1",
                "metrics-server": "v0.9.0-eksbuild.11",
            }
        ),
    }
)

LOAD_BALANCER_CONTROLLER_CHART = "3.5.0"
"""Chart and controller share their version since 3.0 (kubernetes-sigs releases)."""

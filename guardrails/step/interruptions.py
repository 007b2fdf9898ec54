"""What an update in place stops for a while, by type and property: data, with its sources.

CloudFormation template reference, "Some interruptions"; EKS user guide: "Update existing cluster to
new Kubernetes version", "Understand each phase of node updates", "Update an Amazon EKS add-on".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

INTERRUPTIONS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("AWS::EKS::Cluster", "Version"): "EKS updates the control plane first; for some minutes "
        "its API may be briefly unavailable",
        ("AWS::EKS::Nodegroup", "Version"): "the nodes are replaced one batch after the other, "
        "and their pods move",
        ("AWS::EKS::Nodegroup", "ReleaseVersion"): "the nodes are replaced one batch after the "
        "other, and their pods move",
        ("AWS::EKS::Nodegroup", "LaunchTemplate"): "the nodes are replaced one batch after the "
        "other, and their pods move",
        ("AWS::EKS::Addon", "AddonVersion"): "the pods restart one after the other",
        ("AWS::EKS::Addon", "ConfigurationValues"): "the pods restart one after the other",
        ("AWS::EC2::VPC", "EnableDnsSupport"): "names may not resolve in between",
        (
            "Custom::AWSCDK-EKS-HelmChart",
            "Version",
        ): "Helm upgrades the release, whose pods restart",
        ("Custom::AWSCDK-EKS-HelmChart", "Values"): "Helm upgrades the release, whose pods may "
        "restart",
    }
)

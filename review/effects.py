"""What a change of a resource costs, by type: data, each with the document that says so."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STATEFUL: Mapping[str, str] = MappingProxyType(
    {
        "AWS::EC2::VPC": "the VPC and all that runs in it goes with it",
        "AWS::EC2::Subnet": "all that runs in it goes with it",
        "AWS::EC2::EIP": "the public address that partners may have on their lists is lost",
        "AWS::EKS::Cluster": "the cluster and all that runs in it goes with it",
        "AWS::EKS::Nodegroup": "every node of the group goes, and its pods move",
        "AWS::KMS::Key": "what it encrypted needs the old key",
        "AWS::Logs::LogGroup": "the log so far is lost",
        "AWS::S3::Bucket": "the objects so far are lost",
    }
)
"""What is lost with a resource (docs/stateful-resources.md). Its loss needs consent."""

HARMLESS = frozenset(
    {
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::SSM::Parameter",
    }
)
"""CloudFormation makes the new one first, and nobody notices when the old one goes."""

RUNNING: Mapping[str, str] = MappingProxyType(
    {
        "AWS::EKS::FargateProfile": "the pods that run by it are stopped and started again",
        "AWS::EKS::Addon": "the add-on's pods are stopped and started again",
        "AWS::EKS::AccessEntry": "its principal has no access in between",
        "AWS::EC2::NatGateway": "connections through it end",
        "AWS::EC2::VPCEndpoint": "connections through it end",
        "AWS::EC2::Route": "connections by this route may end",
    }
)
"""What a replacement or a removal stops (EKS and VPC user guides)."""

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
"""What an update in place stops for a while, by type and property.

EKS user guide: "Update existing cluster to new Kubernetes version", "Understand each phase of node
updates", "Update an Amazon EKS add-on".
"""

ATTRIBUTES_THAT_MOVE = frozenset({("AWS::EC2::LaunchTemplate", "LatestVersionNumber")})
"""Attributes with a new value after each update of their resource (CloudFormation's reference)."""

IMMUTABLE: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("apps", "Deployment"): ("spec", "selector"),
        ("apps", "StatefulSet"): ("spec", "selector"),
        ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
        ("storage.k8s.io", "StorageClass"): ("parameters",),
    }
)
"""Fields of Kubernetes objects that the API server refuses to change (Kubernetes API reference)."""

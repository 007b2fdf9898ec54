"""What a change of a resource costs, by type: data, each with the document that says so."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

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

"""The types whose resources lose something when they go."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STATEFUL_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "AWS::EC2::VPC": "the VPC and all that runs in it goes with it",
        "AWS::EKS::Cluster": "the cluster and all that runs in it goes with it",
        "AWS::EC2::Subnet": "all that runs in it goes with it",
        "AWS::EKS::Nodegroup": "every node of the group goes, and its pods move",
        "AWS::KMS::Key": "what it encrypted needs the old key",
        "AWS::S3::Bucket": "the objects so far are lost",
        "AWS::Logs::LogGroup": "the log so far is lost",
        "AWS::EC2::EIP": "the public address that partners may have on their lists is lost",
    }
)
"""What is lost with each, the worst first. docs/stateful-resources.md says more."""

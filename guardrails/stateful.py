"""The types whose resources lose something when they are replaced."""

from __future__ import annotations

from collections.abc import Mapping

STATEFUL_TYPES: Mapping[str, str] = {
    "AWS::EC2::VPC": "the VPC and all that runs in it is replaced",
    "AWS::EKS::Cluster": "the cluster and all that runs in it is replaced",
    "AWS::EC2::Subnet": "the subnet and all that runs in it is replaced",
    "AWS::EKS::Nodegroup": "every node of the group is replaced",
    "AWS::KMS::Key": "what the old key encrypted needs the old key",
    "AWS::S3::Bucket": "the objects so far are deleted or left behind",
    "AWS::Logs::LogGroup": "the log so far is deleted or left behind",
    "AWS::EC2::EIP": "the address that partners put on their allow-lists changes",
}
"""What a replacement means, the worst first. docs/stateful-resources.md says more."""

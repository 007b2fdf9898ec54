"""What a workload sees of the platform that it runs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks

from constructs_lib.specs.compute import FargateProfileSpec
from constructs_lib.specs.nodes import NodesSpec


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The cluster and its network.

    Subnets are keyed by zone, the ranges of load balancers by scheme; namespaces are those of the
    teams.
    """

    cluster: eks.Cluster
    cluster_name: str
    vpc: ec2.IVpc
    private_subnets: Mapping[str, ec2.ISubnet]
    load_balancer_cidrs: Mapping[str, Sequence[str]]
    namespaces: Sequence[str]
    node_groups: Sequence[NodesSpec]
    fargate_profiles: Sequence[FargateProfileSpec]

"""All that we add to MiniStack, in one list."""

from __future__ import annotations

from local_aws.emulator import (
    cloudformation,
    deletion,
    dependencies,
    drift,
    ecr,
    iam,
    lambda_functions,
    load_balancers,
    network_interfaces,
    ordering,
    permissions,
)
from local_aws.emulator.ec2 import gateways, routing, rules, vpc
from local_aws.emulator.ec2.flow_logs import FlowLog
from local_aws.emulator.ec2.launch_templates import LaunchTemplate
from local_aws.emulator.ec2.rules import EgressRule, IngressRule, SecurityGroup
from local_aws.emulator.eks import access, add_ons, clusters, node_groups, routes
from local_aws.emulator.eks.access_types import AccessEntry, PodIdentityAssociation
from local_aws.emulator.eks.cluster_type import Cluster
from local_aws.emulator.eks.node_group_type import NodeGroup
from local_aws.emulator.eks.workload_types import AddOn, FargateProfile
from local_aws.emulator.internals import Function, replace
from local_aws.emulator.registry import register
from local_aws.kubernetes_hosts import KubernetesHost

RESOURCE_TYPES = (
    *(vpc.Vpc, vpc.Subnet, vpc.VpcCidrBlock, FlowLog),
    *(SecurityGroup, IngressRule, EgressRule, LaunchTemplate),
    *(gateways.ElasticAddress, gateways.NatGateway),
    *(routing.InternetGateway, routing.GatewayAttachment, routing.VpcEndpoint),
    *(routing.RouteTable, routing.Route, routing.RouteTableAssociation),
    *(Cluster, NodeGroup, FargateProfile, AddOn, AccessEntry, PodIdentityAssociation),
    iam.OpenIdProvider,
)


def install(kubernetes_host: KubernetesHost | None) -> None:
    """Extend MiniStack; call it once, before it serves.

    Without a host MiniStack runs its own k3s in Docker.
    """
    cloudformation.install()
    deletion.install()
    ordering.install()
    for resource_type in RESOURCE_TYPES:
        register(resource_type())
    drift.install()
    permissions.install()

    dependencies.install()
    network_interfaces.install()
    gateways.install()
    routing.install()
    vpc.install()
    rules.install()
    load_balancers.install()
    lambda_functions.install()
    iam.install()
    ecr.install()

    clusters.install(kubernetes_host)
    node_groups.install()
    add_ons.install()
    access.install()
    routes.install()
    if kubernetes_host is not None:
        access.install_reconciliation()
        # A Docker at hand must not start a k3s beside our API server.
        replace("_get_docker", _no_docker, "services.eks")


def _no_docker(_: Function) -> Function:
    def get_docker() -> None:
        return None

    return get_docker

"""Ways to AWS services that do not leave the VPC."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

CLOSED_NETWORK_ENDPOINTS = (
    # Nodes and Fargate pods: EKS user guide, "Deploy private clusters with limited internet access".
    *("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sts"),
    # The kubectl handler: its framework function invokes the handler through the Lambda API.
    "lambda",
    # The load balancer controller.
    "elasticloadbalancing",
    # Session Manager, the only way onto a node.
    *("ssm", "ssmmessages", "ec2messages"),
)
"""What nodes, Fargate and the kubectl handler need where there is no NAT."""


class VpcEndpoints(Construct):
    """A gateway endpoint for S3 and the interface endpoints that were asked for or are needed."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.Vpc,
        cidrs: Sequence[str],
        interface_endpoints: Sequence[str],
        closed: bool,
        interface_subnets: Sequence[ec2.ISubnet],
        routed_subnets: Sequence[ec2.ISubnet],
    ) -> None:
        """Make the endpoints.

        `closed` says that the network has no NAT, so that every endpoint that the platform needs
        is made. `cidrs` are the ranges that may use the interface endpoints, `routed_subnets` the
        subnets whose route tables lead to S3.
        """
        super().__init__(scope, construct_id)
        ec2.GatewayVpcEndpoint(
            self,
            "S3",
            vpc=vpc,
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[ec2.SubnetSelection(subnets=list(routed_subnets))],
        )
        names = {*interface_endpoints, *(CLOSED_NETWORK_ENDPOINTS if closed else ())}
        if not names:
            return
        security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="HTTPS from the VPC to interface endpoints",
            allow_all_outbound=False,
        )
        for cidr in cidrs:
            security_group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), "VPC")
        for name in sorted(names):
            ec2.InterfaceVpcEndpoint(
                self,
                "".join(part.capitalize() for part in name.replace("-", ".").split(".")),
                vpc=vpc,
                service=ec2.InterfaceVpcEndpointAwsService(name),
                subnets=ec2.SubnetSelection(subnets=list(interface_subnets)),
                security_groups=[security_group],
                open=False,
            )

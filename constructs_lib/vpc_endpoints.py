"""VPC endpoints: access to AWS services without leaving the VPC."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct


class VpcEndpoints(Construct):
    """A gateway endpoint for S3 and the interface endpoints that are needed."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.Vpc,
        cidrs: Sequence[str],
        interface_endpoints: Sequence[str],
        interface_subnets: Sequence[ec2.ISubnet],
        routed_subnets: Sequence[ec2.ISubnet],
    ) -> None:
        """Make the endpoints.

        `cidrs` are the ranges that may use the interface endpoints, `routed_subnets` the
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
        if not interface_endpoints:
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
        for name in sorted(interface_endpoints):
            ec2.InterfaceVpcEndpoint(
                self,
                "".join(part.capitalize() for part in name.replace("-", ".").split(".")),
                vpc=vpc,
                service=ec2.InterfaceVpcEndpointAwsService(name),
                subnets=ec2.SubnetSelection(subnets=list(interface_subnets)),
                security_groups=[security_group],
                open=False,
            )

"""VPC endpoints: access to AWS services without leaving the VPC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

WITHOUT_POLICY = (
    *("ec2messages", "eks-auth", "networkflowmonitorreports", "ssmmessages", "wafv2", "xray"),
)
"""Services whose documentation doesn't say that their endpoint takes a policy; EC2 refuses one where
it doesn't. The Pod Identity agent and the Session Manager agent sign there with the node's role."""

ANSWERS = ("custom-resource-response", "waitcondition")
"""Buckets of CloudFormation that its custom resources and wait conditions answer to (CloudFormation
user guide, "Access CloudFormation using an interface endpoint")."""


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
        trusted_accounts: Sequence[str],
        routed_subnets: Sequence[ec2.ISubnet],
    ) -> None:
        """Make the endpoints.

        `cidrs` are the ranges that may use the interface endpoints, `trusted_accounts` those besides
        the stack's own that credentials and buckets may be of, `routed_subnets` the subnets whose
        route tables lead to S3.
        """
        super().__init__(scope, construct_id)
        self._accounts = [Stack.of(self).account, *trusted_accounts]
        s3 = ec2.GatewayVpcEndpoint(
            self,
            "S3",
            vpc=vpc,
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[ec2.SubnetSelection(subnets=list(routed_subnets))],
        )
        # Images and packages are in buckets of others: layers of ECR, packages of Amazon Linux,
        # registry.k8s.io. Data leaves the VPC only for buckets of the accounts.
        s3.add_to_policy(_allow("s3:Get*", "s3:List*"))
        s3.add_to_policy(_allow("s3:*", StringEquals={"aws:ResourceAccount": self._accounts}))
        # Without them the kubectl handler, which is in the VPC, could tell CloudFormation nothing.
        prefix = f"arn:{Stack.of(self).partition}:s3:::cloudformation"
        s3.add_to_policy(
            _allow("s3:PutObject", resources=[f"{prefix}-{name}-*/*" for name in ANSWERS])
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
            endpoint = ec2.InterfaceVpcEndpoint(
                self,
                "".join(part.capitalize() for part in name.replace("-", ".").split(".")),
                vpc=vpc,
                service=ec2.InterfaceVpcEndpointAwsService(name),
                subnets=ec2.SubnetSelection(subnets=list(interface_subnets)),
                security_groups=[security_group],
                open=False,
            )
            if name not in WITHOUT_POLICY:
                # Whoever gets into a pod can't bring credentials of an account of his own.
                endpoint.add_to_policy(
                    _allow("*", StringEquals={"aws:PrincipalAccount": self._accounts})
                )
            if name == "sts":
                # Nobody has signed it yet; the token decides (IAM roles for service accounts).
                endpoint.add_to_policy(_allow("sts:AssumeRoleWithWebIdentity"))


def _allow(
    *actions: str, resources: Sequence[str] = ("*",), **conditions: Mapping[str, Sequence[str]]
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        principals=[iam.AnyPrincipal()],
        actions=list(actions),
        resources=list(resources),
        conditions=conditions,
    )

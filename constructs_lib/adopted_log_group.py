"""A log group whose name something else may have taken before."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import jsii
from aws_cdk import (
    CustomResource,
    Duration,
    IStableAnyProducer,
    Lazy,
    RemovalPolicy,
    Stack,
    Token,
)
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge, wildcard_finding
from constructs_lib.log_groups import log_group

HANDLER = Path(__file__).parent / "handlers" / "log_group.py"
ACTIONS = (
    *("CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy", "TagResource"),
    *("AssociateKmsKey", "DisassociateKmsKey"),
)


class AdoptedLogGroup(Construct):
    """A log group that is made, or taken as it is with its records if there is one of that name.

    One that was taken is never deleted, whatever the removal policy says.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        log_group_name: str,
        retention_days: int,
        removal_policy: RemovalPolicy,
        key: kms.Key | None,
    ) -> None:
        """Make the function and have it make the group, whose records `key` encrypts from then on."""
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        arn = (
            f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:{log_group_name}"
        )
        function = self._function(arn, retention_days, removal_policy, key)
        self.resource = CustomResource(
            self,
            "Resource",
            service_token=function.function_arn,
            resource_type="Custom::LogGroup",
            service_timeout=Duration.minutes(5),
            properties={
                "LogGroupName": log_group_name,
                "RetentionInDays": retention_days,
                "Arn": arn,
                "KmsKeyArn": key.key_arn if key else "",
                "Tags": Lazy.any(_TagsOf(cast("lambda_.CfnFunction", function.node.default_child))),
            },
            removal_policy=removal_policy,
        )

    def _function(
        self, arn: str, retention_days: int, removal_policy: RemovalPolicy, key: kms.Key | None
    ) -> lambda_.Function:
        records = log_group(
            self, "LogGroup", retention_days=retention_days, removal_policy=removal_policy, key=key
        )
        role = iam.Role(
            self,
            "Role",
            description="Makes the log group of the EKS control plane",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={
                "LogGroup": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            actions=[f"logs:{action}" for action in ACTIONS],
                            # TagResource wants the name alone, the others what follows, too.
                            resources=[arn, f"{arn}:*"],
                        ),
                        iam.PolicyStatement(
                            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                            resources=[records.log_group_arn],
                        ),
                    ]
                )
            },
        )
        stack = Stack.of(self)
        shown = arn
        for value, name in (
            (stack.partition, "<AWS::Partition>"),
            (stack.region, "<AWS::Region>"),
            (stack.account, "<AWS::AccountId>"),
        ):
            shown = shown.replace(value, name) if Token.is_unresolved(value) else shown
        acknowledge(
            role,
            {
                wildcard_finding(
                    f"{shown}:*"
                ): "The ARN of every log group ends so, and the policy "
                "names one group (CloudWatch Logs, resources and operations).",
            },
        )
        return lambda_.Function(
            self,
            "Function",
            description="Makes the log group of the EKS control plane, or takes it as it is",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_inline(HANDLER.read_text(encoding="utf-8")),
            timeout=Duration.minutes(1),
            role=role,
            log_group=records,
        )


@jsii.implements(IStableAnyProducer)
class _TagsOf:
    """The tags of a resource, which are complete only when the stack is synthesized."""

    def __init__(self, resource: lambda_.CfnFunction) -> None:
        self._resource = resource

    def produce(self) -> dict[str, str]:
        return dict(self._resource.tags.tag_values())

"""Log groups that keep their records for a number of days, and the key of what they hold."""

from __future__ import annotations

from typing import cast

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

USE_OF_THE_KEY = (
    *("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"),
)
"""CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS KMS"; VPC user guide,
"Required key policy for use with SSE-KMS"."""


def log_group(
    scope: Construct,
    construct_id: str,
    *,
    retention_days: int,
    removal_policy: RemovalPolicy,
    key: kms.IKey | None = None,
) -> logs.LogGroup:
    """Return a log group; `retention_days` is a retention that CloudWatch Logs has.

    CloudFormation names it: a name of ours could be taken, see `AdoptedLogGroup`. Without a `key` of
    ours CloudWatch Logs encrypts with one of its own.
    """
    group = logs.LogGroup(scope, construct_id, removal_policy=removal_policy, encryption_key=key)
    # The L2 takes retentions by name and has no way from the number to the name.
    cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = retention_days
    return group


def logs_key(
    scope: Construct, construct_id: str, *, removal_policy: RemovalPolicy, bucket: bool = False
) -> kms.Key:
    """Return a key for log groups of the stack, or for a `bucket` of flow logs.

    `removal_policy` is that of the logs: without their key they can't be read.
    """
    stack = Stack.of(scope)
    key = kms.Key(
        scope,
        construct_id,
        description=f"Logs of {stack.stack_name}",
        enable_key_rotation=True,
        removal_policy=removal_policy,
    )
    prefix = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}"
    service = "delivery.logs.amazonaws.com" if bucket else f"logs.{stack.region}.amazonaws.com"
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(service)],
            actions=list(USE_OF_THE_KEY),
            resources=["*"],
            conditions={"ArnLike": {"aws:SourceArn": f"{prefix}:*"}}
            if bucket
            else {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"{prefix}:log-group:*"}},
        )
    )
    return key

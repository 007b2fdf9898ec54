"""Log groups that keep their records for a number of days."""

from __future__ import annotations

from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct


def log_group(
    scope: Construct,
    construct_id: str,
    *,
    retention_days: int,
    removal_policy: RemovalPolicy,
) -> logs.LogGroup:
    """Return a log group; `retention_days` is a retention that CloudWatch Logs has.

    CloudFormation names it. A name of ours could be taken: see `AdoptedLogGroup`.
    """
    group = logs.LogGroup(scope, construct_id, removal_policy=removal_policy)
    # The L2 takes retentions by name and has no way from the number to the name.
    cast("logs.CfnLogGroup", group.node.default_child).retention_in_days = retention_days
    return group

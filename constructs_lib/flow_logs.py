"""VPC flow logs with the addresses of pods."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge
from constructs_lib.log_groups import log_group, logs_key
from constructs_lib.specs.network import FlowLogsSpec

FIELDS = (
    *("version", "account-id", "vpc-id", "subnet-id", "az-id", "interface-id", "instance-id"),
    # srcaddr and dstaddr are the interface's own; the packet's are the pods'.
    *("srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr", "srcport", "dstport", "protocol"),
    *("pkt-src-aws-service", "pkt-dst-aws-service", "flow-direction", "traffic-path"),
    *("tcp-flags", "packets", "bytes", "start", "end", "action", "log-status"),
)
"""VPC user guide, "Flow log records"."""

DELETED_DAYS = 30
"""How long a bucket with versions keeps what was deleted."""


class VpcFlowLogs(Construct):
    """Flow logs of a VPC, to CloudWatch Logs or to a bucket."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.Vpc,
        spec: FlowLogsSpec,
        removal_policy: RemovalPolicy,
        protected_logs: bool,
    ) -> None:
        """Make the flow log and the place that it goes to.

        With `protected_logs` a key of ours encrypts it, and a bucket keeps what somebody deletes.
        """
        super().__init__(scope, construct_id)
        in_bucket = spec.destination == "s3"
        key = (
            logs_key(self, "Key", removal_policy=removal_policy, bucket=in_bucket)
            if protected_logs
            else None
        )
        if in_bucket:
            destination = self._bucket(spec.retention_days, removal_policy, key)
        else:
            destination = ec2.FlowLogDestination.to_cloud_watch_logs(
                log_group(
                    self,
                    "LogGroup",
                    retention_days=spec.retention_days,
                    removal_policy=removal_policy,
                    key=key,
                )
            )
        flow_log = ec2.FlowLog(
            self,
            "FlowLog",
            resource_type=ec2.FlowLogResourceType.from_vpc(vpc),
            destination=destination,
            traffic_type=ec2.FlowLogTrafficType.ALL,
            max_aggregation_interval=ec2.FlowLogMaxAggregationInterval.ONE_MINUTE,
            log_format=[ec2.LogFormat.custom(" ".join(f"${{{field}}}" for field in FIELDS))],
        )
        resource = flow_log.node.default_child
        if flow_log.iam_role is not None and resource is not None:
            # Its policy is a resource of its own, without which nothing is delivered.
            resource.node.add_dependency(flow_log.iam_role)

    def _bucket(
        self, retention_days: int, removal_policy: RemovalPolicy, key: kms.Key | None
    ) -> ec2.FlowLogDestination:
        bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            # One data key for many objects: a request to KMS for each record would cost more.
            bucket_key_enabled=True if key else None,
            versioned=key is not None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(retention_days),
                    noncurrent_version_expiration=Duration.days(DELETED_DAYS) if key else None,
                )
            ],
            removal_policy=removal_policy,
            auto_delete_objects=removal_policy == RemovalPolicy.DESTROY,
        )
        acknowledge(
            bucket,
            {
                "AwsSolutions::AwsSolutions-S1": "The bucket itself stores logs, and only the log delivery service "
                "writes to it; access logs for it would have no use.",
            },
        )
        return ec2.FlowLogDestination.to_s3(bucket)

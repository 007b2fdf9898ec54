"""What EC2 and AWS Health tell about instances that are about to go, in a queue."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge

EVENTS = {
    "ScheduledChange": ("aws.health", "AWS Health Event"),
    "SpotInterruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "Rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "InstanceStateChange": ("aws.ec2", "EC2 Instance State-change Notification"),
    "CapacityReservationInterruption": (
        "aws.ec2",
        "EC2 Capacity Reservation Instance Interruption Warning",
    ),
}
"""Source and type of each event that Karpenter acts on (karpenter.sh, v1.14, "CloudFormation")."""
RETENTION = Duration.seconds(300)
"""A warning that is older has come true: Spot gives two minutes."""


class InterruptionQueue(Construct):
    """The queue, and the rules that fill it."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Make them. Only these rules can send, and only over TLS."""
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            retention_period=RETENTION,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        acknowledge(
            self.queue,
            {
                "AwsSolutions::AwsSolutions-SQS3": "A warning that nobody has read after five minutes "
                "is of no use any more, so nothing would read a dead-letter queue.",
            },
        )
        for name, (source, kind) in EVENTS.items():
            events.Rule(
                self,
                name,
                event_pattern=events.EventPattern(source=[source], detail_type=[kind]),
                targets=[targets.SqsQueue(self.queue)],
            )

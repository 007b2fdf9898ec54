"""Ids of things that somebody has made in EC2, IAM and KMS, each with where to copy it from."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from constructs_lib.specs.managed_policies import boundary_spelt_as_aws_does
from constructs_lib.specs.types import shaped

SnapshotId = Annotated[
    str,
    shaped(
        r"snap-[0-9a-f]{8,17}",
        "a snapshot id such as snap-0a1b2c3d4e5f67890",
        "copy SnapshotId from `aws ec2 describe-snapshots`",
    ),
]
CapacityReservationId = Annotated[
    str,
    shaped(
        r"cr-[0-9a-f]{8,17}",
        "a capacity reservation id such as cr-0a1b2c3d4e5f67890",
        "copy CapacityReservationId from `aws ec2 describe-capacity-reservations`",
    ),
]
AmiId = Annotated[
    str,
    shaped(
        r"ami-([0-9a-f]{8}|[0-9a-f]{17})",
        "an image id such as ami-0a1b2c3d4e5f67890",
        "copy ImageId from `aws ec2 describe-images --owners self`",
    ),
]
PolicyArn = Annotated[
    str,
    shaped(
        r"arn:aws(-[a-z-]+)?:iam::(aws|\d{12}):policy/[\w+=,.@/-]{1,512}",
        "the ARN of an IAM policy, such as arn:aws:iam::111122223333:policy/Boundary",
        "copy one that `aws iam list-policies` shows",
    ),
    AfterValidator(boundary_spelt_as_aws_does),
]
KeyArn = Annotated[
    str,
    shaped(
        r"arn:aws(-[a-z-]+)?:kms:[a-z0-9-]+:\d{12}:key/[0-9a-z-]{1,128}",
        "the ARN of a KMS key, such as arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-...",
        "copy KeyArn from `aws kms list-keys`; an alias is not enough",
    ),
]

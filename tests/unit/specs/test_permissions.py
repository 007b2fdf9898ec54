"""What a statement of a policy may name."""

from __future__ import annotations

import pytest

from constructs_lib.specs.base import checked
from constructs_lib.specs.permissions import StatementSpec


@pytest.mark.parametrize(
    "arn",
    [
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::shop-catalogue/*",
        "arn:aws-us-gov:s3:::data",
        "arn:aws-cn:s3:::data",
        "arn:*:s3:::data",
        "arn:aws:s3:::home/${aws:username}/*",
        "arn:aws:s3:eu-west-1:111122223333:accesspoint/one",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::111122223333:role/team/*",
        "arn:aws:dynamodb:*:*:table/orders",
        "arn:aws:apigateway:eu-west-1::/restapis/*",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-??????",
        "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v2:1",
        "arn:${Token[AWS.Partition.3]}:sqs:eu-west-1:${Token[AWS.AccountId.4]}:orders",
        "${Token[TOKEN.7]}",
        "#{Token[TOKEN.7]}",
    ],
)
@pytest.mark.parametrize("action", ["s3:GetObject", "s3:Get*", "*", "execute-api:Invoke"])
def test_what_iam_takes_is_taken(arn: str, action: str) -> None:
    """A check at load must not refuse what would deploy."""
    checked(
        it=StatementSpec(
            actions=(action,), resources=(arn,), wildcards_because="It is a test of wildcards."
        )
    )

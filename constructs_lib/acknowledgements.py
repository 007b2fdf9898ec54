"""Say beside a resource why a finding about it is accepted."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, findings: Mapping[str, str]) -> None:
    """Accept findings on a construct and what is inside it.

    `findings` maps the full id of a finding, such as `AwsSolutions-IAM4[Policy::arn:…]`, to the
    reason why it is right here.
    """
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=finding, reason=reason) for finding, reason in findings.items())
    )

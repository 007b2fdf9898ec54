"""Acknowledge a finding next to its resource, with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, findings: Mapping[str, str]) -> None:
    """Accept findings on a construct and what is inside it.

    `findings` maps the full id of a finding, as the report of `cdk synth` prints it, to the reason
    why it is right here.
    """
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=finding, reason=reason) for finding, reason in findings.items())
    )


def managed_policy_finding(policy: str) -> str:
    """Return the id of cdk-nag's finding about an AWS managed policy, given by its name."""
    return f"AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{policy}]"


def wildcard_finding(resource: str) -> str:
    """Return the id of cdk-nag's finding about a wildcard in a policy's resource."""
    return f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]"

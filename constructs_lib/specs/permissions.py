"""AWS permissions of pods: managed policies by name, and statements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from constructs_lib.specs.arns import arn_fault
from constructs_lib.specs.base import Problem, Spec, refused, rule
from constructs_lib.specs.managed_policies import spelt_as_aws_does
from constructs_lib.specs.types import Reason, shaped

ManagedPolicyName = Annotated[
    str,
    shaped(
        r"(?!arn:)[\w+=,.@/-]{1,128}",
        "the name of an AWS managed policy, with its path",
        "write it like AmazonS3ReadOnlyAccess or service-role/AmazonEFSCSIDriverPolicy",
    ),
    AfterValidator(spelt_as_aws_does),
]
_TOKEN = re.compile(r"[$#]\{Token\[")
"""A value of the CDK that only the synth knows, in a statement that a workload's code makes."""
_ACTION = re.compile(r"\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*]+")
"""The same as iam.PolicyStatement takes."""
_ARN = re.compile(
    r"\*|arn:(aws[A-Za-z-]*|[A-Za-z?*-]*[?*][A-Za-z?*-]*):[^:*?]+:[^:]*(:(\d{12}|\*|aws)?:.+|)",
    re.DOTALL,
)
"""The same as the synth's validation takes (CloudFormation-Validate::E3510)."""


def _action(value: str) -> str:
    if _ACTION.fullmatch(value) or _TOKEN.search(value):
        return value
    meant = re.fullmatch(r"([a-zA-Z0-9-]+)[\s.:/]+([a-zA-Z0-9*]+)", value)
    raise refused(
        "a service, a colon and an action, which may hold *",
        f"write {meant[1]}:{meant[2]}" if meant else "write it like s3:GetObject",
    )


def _resource(value: str) -> str:
    if _ARN.fullmatch(value) or _TOKEN.search(value):
        return value
    fix = "write all six fields; the colons stay where a service has no region or account"
    if not value.startswith("arn:"):
        fix = "write its ARN; that of a bucket is arn:aws:s3:::NAME, of its objects arn:aws:s3:::NAME/*"
    raise refused(
        "arn:partition:service:region:account:resource, with 12 digits, *, aws or nothing as the account "
        "and no wildcard in the service; or * alone for everything",
        arn_fault(value) or fix,
    )


class StatementSpec(Spec):
    """One statement of an IAM policy."""

    actions: Annotated[tuple[Annotated[str, AfterValidator(_action)], ...], Field(min_length=1)]
    """Actions such as s3:GetObject."""
    resources: Annotated[tuple[Annotated[str, AfterValidator(_resource)], ...], Field(min_length=1)]
    """ARNs that the actions apply to. `*` and names that end in `*` need wildcards_because."""
    conditions: Mapping[str, Mapping[str, str | tuple[str, ...]]] = {}
    """Conditions by operator and key, as in IAM's JSON."""
    effect: Literal["Allow", "Deny"] = "Allow"
    """Allow or Deny."""
    wildcards_because: Reason | None = None
    """Why actions or resources need a `*`. It acknowledges cdk-nag's IAM5."""

    @property
    def wildcards(self) -> tuple[str, ...]:
        """Return cdk-nag's names of the wildcards: Resource::* or Action::s3:*."""
        named = (("Action", self.actions), ("Resource", self.resources))
        return tuple(
            f"{kind}::{value}" for kind, values in named for value in values if "*" in value
        )

    @rule
    def wildcards_have_a_reason(self) -> Iterator[Problem]:
        """A wildcard without a reason is a finding of cdk-nag, which stops the synth."""
        if self.effect == "Allow" and self.wildcards and self.wildcards_because is None:
            yield Problem(
                at="wildcards_because",
                got=None,
                allowed=f"a reason for {', '.join(self.wildcards)}",
                fix="list exactly what the pods need, or explain in a sentence why they need the wildcard",
            )


class PermissionsSpec(Spec):
    """What the pods of one service account may do in AWS."""

    managed_policies: tuple[ManagedPolicyName, ...] = ()
    """AWS managed policies by name, such as service-role/AmazonEFSCSIDriverPolicy."""
    statements: tuple[StatementSpec, ...] = ()
    """Statements of a policy of their own."""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is permitted; such an account has no role."""
        return not self.managed_policies and not self.statements

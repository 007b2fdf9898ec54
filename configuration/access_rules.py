"""Rules over the principals with access, and where they are."""

from __future__ import annotations

from collections.abc import Iterator

from configuration.fields import EnvironmentFields
from constructs_lib.specs.base import Problem, readable, rule
from constructs_lib.specs.regions import partition

IDENTITY_CENTER = ":role/aws-reserved/sso.amazonaws.com/"


class AccessRules(EnvironmentFields):
    """Principals of the environment's partition and account."""

    @rule
    def principals_are_of_the_partition(self) -> Iterator[Problem]:
        """IAM of one partition doesn't know the principals of another."""
        wanted = f"arn:{partition(self.region)}:"
        for at, arn in self._principals():
            if not arn.startswith(wanted):
                yield Problem(
                    at=at,
                    got=arn,
                    allowed=f"an ARN that begins with {wanted} (the partition of {self.region})",
                    fix="use a principal from that partition",
                )

    @rule
    def nodes_are_of_the_account(self) -> Iterator[Problem]:
        """EKS user guide, "Create access entries": a node's role is in the cluster's account."""
        for index, arn in readable(self.access.entries, "principal_arn"):
            kind = self.access.entries[index].type
            if kind != "STANDARD" and self.account not in {None, arn.split(":")[4]}:
                yield Problem(
                    at=f"access.entries[{index}].principal_arn",
                    got=arn,
                    allowed=f"a role in account {self.account}, like all nodes of the cluster",
                    fix="use the node role, or set type='STANDARD'",
                )

    @rule
    def mfa_can_be_met(self) -> Iterator[Problem]:
        """IAM doesn't see the MFA of IAM Identity Center: aws:MultiFactorAuthPresent is not there."""
        for index, arns in readable(self.access.roles, "trusted_principal_arns"):
            found = [arn for arn in arns if IDENTITY_CENTER in arn]
            if found and self.access.roles[index].require_mfa:
                yield Problem(
                    at=f"access.roles[{index}].require_mfa",
                    got=True,
                    allowed=f"False where {', '.join(found)} is trusted: a session of IAM Identity "
                    "Center carries no MFA that IAM sees, so nobody could use this role through it",
                    fix="remove require_mfa, and require MFA in IAM Identity Center",
                )

    def _principals(self) -> Iterator[tuple[str, str]]:
        for index, arn in readable(self.access.entries, "principal_arn"):
            yield f"access.entries[{index}].principal_arn", arn
        for index, arns in readable(self.access.roles, "trusted_principal_arns"):
            for number, arn in enumerate(arns):
                yield f"access.roles[{index}].trusted_principal_arns[{number}]", arn

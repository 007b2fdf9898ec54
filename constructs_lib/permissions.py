"""IAM roles for pods, with the permissions that an environment sets."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge, managed_policy_finding
from constructs_lib.specs.permissions import PermissionsSpec, StatementSpec

POLICY = "Permissions"
"""The id of a role's own policy, inside the role."""


def pod_identity_role(
    scope: Construct,
    construct_id: str,
    *,
    description: str,
    permissions: PermissionsSpec | None = None,
    because: str = "",
) -> iam.Role:
    """Return a role that EKS Pod Identity hands to pods.

    Without `permissions` it carries none yet. `because` says why an AWS managed policy is right
    here.
    """
    role = iam.Role(
        scope,
        construct_id,
        description=description,
        assumed_by=iam.SessionTagsPrincipal(iam.ServicePrincipal("pods.eks.amazonaws.com")),
    )
    if permissions is not None:
        permit(role, permissions, because=because)
    return role


def permit(role: iam.Role, permissions: PermissionsSpec, *, because: str) -> None:
    """Let a role do what a specification says; `because` is about its AWS managed policies."""
    for name in permissions.managed_policies:
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(name))
    findings = {managed_policy_finding(name): because for name in permissions.managed_policies}
    if findings:
        acknowledge(role, findings)
    if not permissions.statements:
        return
    statements = [_statement(each) for each in permissions.statements]
    policy = iam.Policy(role, POLICY, statements=statements, roles=[role])
    reasons = {
        f"AwsSolutions::AwsSolutions-IAM5[{wildcard}]": each.wildcards_because
        for each in permissions.statements
        for wildcard in each.wildcards
        if each.wildcards_because is not None
    }
    if reasons:
        acknowledge(policy, reasons)


def _statement(spec: StatementSpec) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        effect=iam.Effect[spec.effect.upper()],
        actions=list(spec.actions),
        resources=list(spec.resources),
        conditions={
            operator: {
                key: list(value) if isinstance(value, tuple) else value
                for key, value in keys.items()
            }
            for operator, keys in spec.conditions.items()
        },
    )

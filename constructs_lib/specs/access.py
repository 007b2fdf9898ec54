"""Specifications of access: access entries and their roles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from constructs_lib.specs.base import Problem, Spec, readable, refused, repeated, rule
from constructs_lib.specs.types import (
    DnsLabel,
    NamespacePattern,
    NonEmpty,
    PascalName,
    PrincipalArn,
    TrustedArn,
)

ADMINISTRATOR_POLICY = "AmazonEKSClusterAdminPolicy"
AccessPolicyName = Literal[
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
]
"""EKS user guide, "Review access policy permissions"."""


TRUST_POLICY = 110
LONGEST_TRUST_POLICY = 2_048


def _group_name(value: str) -> str:
    reserved = ("system:", "eks:", "aws:", "amazon:", "iam:")
    if not value or value.startswith(reserved) or re.search(r"\s", value):
        raise refused(
            "a Kubernetes group without spaces that doesn't begin with system:, eks:, aws:, "
            "amazon: or iam:, which EKS rejects in access entries",
            "use a group of your own, such as platform:viewers",
        )
    return value


ENTRIES_OF_OTHERS = {
    "FARGATE_LINUX": "EKS creates the entry for Fargate with the first profile",
    "EC2": "auto_mode makes the entries of its own nodes, one for each of its node_classes",
    "EC2_WINDOWS": "EKS creates the entry of a managed node group with Windows",
    "HYBRID_LINUX": "this project doesn't support hybrid nodes",
}


def _entry_type(value: object) -> object:
    if isinstance(value, str) and value in ENTRIES_OF_OTHERS:
        allowed = f"'STANDARD' or 'EC2_LINUX': {ENTRIES_OF_OTHERS[value]}"
        raise refused(allowed, "remove the entry")
    return value


class AccessPolicySpec(Spec):
    """An EKS access policy, for the whole cluster or for some namespaces."""

    policy: AccessPolicyName
    """The policy's name, as `aws eks list-access-policies` shows it."""
    namespaces: tuple[NamespacePattern, ...] = ()
    """The namespaces that it covers; * is a wildcard. Without any it covers the whole cluster."""

    @rule
    def administrators_are_of_the_cluster(self) -> Iterator[Problem]:
        """EKS gives this policy a meaning only at cluster scope."""
        if self.policy == ADMINISTRATOR_POLICY and self.namespaces:
            yield Problem(
                at="namespaces",
                got=self.namespaces,
                allowed=f"no namespaces with {ADMINISTRATOR_POLICY}, which covers the whole cluster",
                fix="remove the namespaces, or use AmazonEKSAdminPolicy",
            )


class KubernetesGroupSpec(Spec):
    """A Kubernetes group and its RBAC binding."""

    name: Annotated[str, AfterValidator(_group_name)]
    """The group's name, such as platform:viewers."""
    cluster_role: NonEmpty
    """The ClusterRole to bind, such as view or edit."""
    namespaces: tuple[DnsLabel, ...] = ()
    """Bind it in these namespaces, which must exist. Without any, bind it in the whole cluster."""


class _Grants(Spec):
    policies: tuple[AccessPolicySpec, ...] = ()
    """EKS access policies."""
    kubernetes_groups: tuple[KubernetesGroupSpec, ...] = ()
    """Kubernetes groups, each with its RBAC binding."""

    @property
    def is_powerful(self) -> bool:
        """Return whether nothing in the cluster is closed to it, by a policy or by RBAC."""
        return self.administers or any(
            group.cluster_role == "cluster-admin" and not group.namespaces
            for group in self.kubernetes_groups
        )

    @property
    def administers(self) -> bool:
        """Return whether this grants administration of the whole cluster."""
        return any(policy.policy == ADMINISTRATOR_POLICY for policy in self.policies)

    @rule
    def policies_are_distinct(self) -> Iterator[Problem]:
        """EKS keeps one association of a policy with an entry."""
        names = [policy.policy for policy in self.policies]
        if len(set(names)) < len(names):
            yield Problem(
                at="policies",
                got=tuple(names),
                allowed="each policy at most once",
                fix="merge them: one policy can list several namespaces",
            )


class AccessRoleSpec(_Grants):
    """An IAM role that the stack creates, and what it may do in the cluster."""

    name: PascalName
    """The role's name in this project, in PascalCase, such as Administrator."""
    trusted_principal_arns: tuple[TrustedArn, ...] = ()
    """Who can assume it. Without any: every principal in the account with sts:AssumeRole on it."""
    require_mfa: bool = False
    """Whether a session needs multi-factor authentication. People who come through IAM Identity
    Center have theirs there and fail this: name their role in trusted_principal_arns instead."""
    max_session_hours: Annotated[int, Field(ge=1, le=12)] = 1
    """The longest session, in hours."""

    @rule
    def trust_fits_its_policy(self) -> Iterator[Problem]:
        """IAM and STS quotas: a role trust policy has at most 2,048 characters."""
        arns = self.trusted_principal_arns
        length = TRUST_POLICY + sum(len(arn) + 3 for arn in arns)
        if length > LONGEST_TRUST_POLICY:
            yield Problem(
                at="trusted_principal_arns",
                got=arns,
                allowed=f"a trust policy of at most {LONGEST_TRUST_POLICY:,} characters; these "
                f"{len(arns)} principals need {length:,}",
                fix="trust one role that these principals can assume, or split the role",
            )

    @rule
    def a_role_grants_something(self) -> Iterator[Problem]:
        """A role without a grant opens nothing."""
        yield from _grants_problems(self)


class AccessEntrySpec(_Grants):
    """An IAM principal that exists already, and what it may do in the cluster."""

    principal_arn: PrincipalArn
    """The ARN of an IAM role or user."""
    type: Annotated[Literal["STANDARD", "EC2_LINUX"], BeforeValidator(_entry_type)] = "STANDARD"
    """STANDARD for people and programs; the others are for nodes. Can't be changed later."""

    @rule
    def nodes_have_no_policies(self) -> Iterator[Problem]:
        """EKS refuses policies and groups in an entry for nodes."""
        if self.type != "STANDARD" and ":role/" not in self.principal_arn:
            yield Problem(
                at="principal_arn",
                got=self.principal_arn,
                allowed=f"an IAM role in an entry of type {self.type}, because nodes use a role",
                fix="use the node role, or set type='STANDARD'",
            )
        if self.type == "STANDARD":
            yield from _grants_problems(self)
            return
        for field in ("policies", "kubernetes_groups"):
            if getattr(self, field):
                yield Problem(
                    at=field,
                    got=tuple(str(grant) for grant in getattr(self, field)),
                    allowed=f"no {field} in an entry of type {self.type}: it is for nodes, and EKS "
                    "grants their permissions",
                    fix=f"remove the {field}, or set type='STANDARD'",
                )


def _grants_problems(grants: _Grants) -> Iterator[Problem]:
    if not grants.policies and not grants.kubernetes_groups:
        yield Problem(
            at="policies",
            got=(),
            allowed="at least one policy or Kubernetes group",
            fix="add AccessPolicySpec(policy='AmazonEKSViewPolicy')",
        )


class AccessSpec(Spec):
    """Everyone with access to the cluster, besides the kubectl handler."""

    roles: tuple[AccessRoleSpec, ...] = (
        AccessRoleSpec(
            name="Administrator", policies=(AccessPolicySpec(policy="AmazonEKSClusterAdminPolicy"),)
        ),
        AccessRoleSpec(name="ReadOnly", policies=(AccessPolicySpec(policy="AmazonEKSViewPolicy"),)),
    )
    """Roles that the stack creates."""
    entries: tuple[AccessEntrySpec, ...] = ()
    """Principals that exist already."""

    @rule
    def one_entry_for_a_principal(self) -> Iterator[Problem]:
        """EKS keeps one access entry for a principal."""
        seen: set[str] = set()
        for index, arn in readable(self.entries, "principal_arn"):
            # IAM doesn't tell capitals apart where names must differ.
            if arn.lower() not in seen:
                seen.add(arn.lower())
                continue
            yield Problem(
                at=f"entries[{index}].principal_arn",
                got=arn,
                allowed="a principal without another entry",
                fix="merge the entries: one entry can have several policies and groups",
            )

    @rule
    def roles_are_distinct(self) -> Iterator[Problem]:
        """A role's name is its identity in the template."""
        for index, name in repeated(self.roles, "name"):
            yield Problem(
                at=f"roles[{index}].name",
                got=name,
                allowed="a name that no other role has",
                fix="rename one of them, or merge them",
            )

    @rule
    def somebody_administers(self) -> Iterator[Problem]:
        """Without an administrator, only the kubectl handler could fix the cluster."""
        grants: tuple[_Grants, ...] = (*self.roles, *self.entries)
        if not any(grant.administers for grant in grants):
            yield Problem(
                at="",
                got=tuple(name for _, name in readable(self.roles, "name")),
                allowed=f"at least one role or entry with {ADMINISTRATOR_POLICY}",
                fix=f"add AccessPolicySpec(policy={ADMINISTRATOR_POLICY!r}) to your team's role",
            )

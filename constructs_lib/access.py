"""Access to the cluster: access entries, their roles, and RBAC bindings."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from constructs_lib.manifests import apply
from constructs_lib.specs.access import (
    AccessEntrySpec,
    AccessPolicySpec,
    AccessRoleSpec,
    AccessSpec,
)
from constructs_lib.specs.arns import digest
from constructs_lib.specs.manifest_files import MANIFESTS, load_manifests

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
"""IAM user guide, "Configuring MFA-protected API access"."""


class Access(Construct):
    """The access entries of a cluster. The kubectl handler's own entry is the L2's."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        cluster_name: str,
        spec: AccessSpec,
        after: Sequence[IConstruct],
    ) -> None:
        """Make the roles, entries and bindings, and print how to use each role.

        The bindings come `after` the namespaces that they are in.
        """
        super().__init__(scope, construct_id)
        self._cluster = cluster
        self._cluster_name = cluster_name
        self.roles = {role.name: self._role(role) for role in spec.roles}
        self.entries = [
            *(self._entry_of_role(role) for role in spec.roles),
            *(self._entry(entry) for entry in spec.entries),
        ]
        for (group, cluster_role), namespaces in _bindings(spec).items():
            self._bind(group, cluster_role, namespaces).node.add_dependency(*after)

    def _role(self, spec: AccessRoleSpec) -> iam.Role:
        trusted: iam.PrincipalBase = (
            iam.CompositePrincipal(*(iam.ArnPrincipal(arn) for arn in spec.trusted_principal_arns))
            if spec.trusted_principal_arns
            else iam.AccountRootPrincipal()
        )
        role = iam.Role(
            self,
            f"{spec.name}Role",
            description=f"{spec.name} of the EKS cluster {self._cluster_name}",
            assumed_by=iam.PrincipalWithConditions(trusted, MFA) if spec.require_mfa else trusted,
            max_session_duration=Duration.hours(spec.max_session_hours),
        )
        # aws eks update-kubeconfig reads the endpoint; all else is decided by the access entry.
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["eks:DescribeCluster"], resources=[self._cluster.cluster_arn]
            )
        )
        stack = Stack.of(self)
        CfnOutput(
            self,
            f"{spec.name}Kubeconfig",
            description=f"Run this to use the cluster as {spec.name}",
            value=f"aws eks update-kubeconfig --name {self._cluster_name} "
            f"--region {stack.region} --role-arn {role.role_arn}",
        ).override_logical_id(f"{spec.name}Kubeconfig")
        return role

    def _entry_of_role(self, spec: AccessRoleSpec) -> eks.CfnAccessEntry:
        return eks.CfnAccessEntry(
            self,
            f"{spec.name}Entry",
            cluster_name=self._cluster.cluster_name,
            principal_arn=self.roles[spec.name].role_arn,
            access_policies=self._policies(spec.policies),
            kubernetes_groups=[group.name for group in spec.kubernetes_groups] or None,
        )

    def _entry(self, spec: AccessEntrySpec) -> eks.CfnAccessEntry:
        return eks.CfnAccessEntry(
            self,
            # The principal, not the position: an entry removed leaves the others' ids alone.
            f"Entry{digest(spec.principal_arn)}",
            cluster_name=self._cluster.cluster_name,
            principal_arn=spec.principal_arn,
            type=spec.type,
            access_policies=self._policies(spec.policies),
            kubernetes_groups=[group.name for group in spec.kubernetes_groups] or None,
        )

    def _policies(
        self, policies: Sequence[AccessPolicySpec]
    ) -> list[eks.CfnAccessEntry.AccessPolicyProperty] | None:
        partition = Stack.of(self).partition
        return [
            eks.CfnAccessEntry.AccessPolicyProperty(
                policy_arn=f"arn:{partition}:eks::aws:cluster-access-policy/{policy.policy}",
                access_scope=eks.CfnAccessEntry.AccessScopeProperty(
                    type="namespace" if policy.namespaces else "cluster",
                    namespaces=list(policy.namespaces) or None,
                ),
            )
            for policy in policies
        ] or None

    def _bind(
        self, group: str, cluster_role: str, namespaces: Sequence[str]
    ) -> eks.KubernetesManifest:
        # RBAC refuses another roleRef under the same name, so the role is a part of the name.
        binding = f"{group}:{cluster_role}"
        values = {"group": group, "cluster_role": cluster_role, "binding": binding}
        objects = [
            item
            for namespace in namespaces
            for item in (
                load_manifests(
                    MANIFESTS / "rbac" / "role-binding.yaml", namespace=namespace, **values
                )
                if namespace
                else load_manifests(MANIFESTS / "rbac" / "cluster-role-binding.yaml", **values)
            )
        ]
        return apply(self, f"Binding{digest(binding)}", cluster=self._cluster, objects=objects)


def _bindings(spec: AccessSpec) -> dict[tuple[str, str], list[str]]:
    """Return the namespaces in which each group has each role, "" being the whole cluster.

    Several principals may name the same group.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for grants in (*spec.roles, *spec.entries):
        for group in grants.kubernetes_groups:
            places = found.setdefault((group.name, group.cluster_role), set())
            places.update(group.namespaces or ("",))
    return {binding: sorted(places) for binding, places in found.items()}

"""EKS managed add-ons, each with its own role where it needs one."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.acknowledgements import acknowledge, managed_policy_finding


class ManagedAddOn(Construct):
    """One managed add-on.

    EKS overwrites what somebody changed by hand in the fields that the add-on manages, and takes
    the add-on's software away with it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        name: str,
        version: str | None,
        configuration: Mapping[str, object] | None = None,
        service_account: str | None = None,
        managed_policy: str | None = None,
    ) -> None:
        """Install the add-on; a `version` of None takes EKS's default for the cluster's version.

        `managed_policy` is the AWS managed policy that the add-on's `service_account` gets through
        Pod Identity.
        """
        super().__init__(scope, construct_id)
        associations = None
        if service_account is not None and managed_policy is not None:
            role = pod_identity_role(self, "Role", description=f"{name} on its nodes")
            policy = iam.ManagedPolicy.from_aws_managed_policy_name(managed_policy)
            role.add_managed_policy(policy)
            acknowledge(
                role,
                {
                    managed_policy_finding(managed_policy): f"AWS writes this policy for {name} "
                    "and extends it with each version; only the add-on's service account can use "
                    "the role.",
                },
            )
            associations = [
                eks.CfnAddon.PodIdentityAssociationProperty(
                    role_arn=role.role_arn, service_account=service_account
                )
            ]
        self.resource = eks.CfnAddon(
            self,
            "Resource",
            cluster_name=cluster.cluster_name,
            addon_name=name,
            addon_version=version,
            configuration_values=None
            if configuration is None
            else Stack.of(self).to_json_string(configuration),
            pod_identity_associations=associations,
            preserve_on_delete=False,
            resolve_conflicts="OVERWRITE",
        )


def pod_identity_role(scope: Construct, construct_id: str, *, description: str) -> iam.Role:
    """Return a role that EKS Pod Identity hands to pods; it carries no permission yet."""
    return iam.Role(
        scope,
        construct_id,
        description=description,
        assumed_by=iam.SessionTagsPrincipal(iam.ServicePrincipal("pods.eks.amazonaws.com")),
    )

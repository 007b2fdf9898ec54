"""EKS managed add-ons, each with its own role where it needs one."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IConstruct

from constructs_lib.permissions import POLICY, pod_identity_role
from constructs_lib.specs.permissions import PermissionsSpec


class ManagedAddOn(Construct):
    """One managed add-on.

    EKS reverts manual changes in the fields that the add-on manages, and removes the add-on's
    software together with it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        name: str,
        version: str | None,
        namespace: str | None = None,
        configuration: Mapping[str, object] | None = None,
        permissions: Mapping[str, PermissionsSpec] | None = None,
    ) -> None:
        """Install the add-on; a `version` of None takes EKS's default for the cluster's version.

        `permissions` is what its service accounts may do in AWS, through Pod Identity.
        """
        super().__init__(scope, construct_id)
        associations: list[eks.CfnAddon.PodIdentityAssociationProperty] = []
        policies: list[IConstruct] = []
        for service_account, granted in (permissions or {}).items():
            role = pod_identity_role(
                self,
                f"Role-{service_account}" if associations else "Role",
                description=f"{name} on its nodes",
                permissions=granted,
                because=f"AWS writes this policy for {name} and extends it with each version; only "
                "the add-on's service account can use the role.",
            )
            policies += filter(None, [role.node.try_find_child(POLICY)])
            associations.append(
                eks.CfnAddon.PodIdentityAssociationProperty(
                    role_arn=role.role_arn, service_account=service_account
                )
            )
        self.resource = eks.CfnAddon(
            self,
            "Resource",
            cluster_name=cluster.cluster_name,
            addon_name=name,
            addon_version=version,
            namespace_config=eks.CfnAddon.NamespaceConfigProperty(namespace=namespace)
            if namespace
            else None,
            configuration_values=None
            if configuration is None
            else Stack.of(self).to_json_string(configuration),
            pod_identity_associations=associations or None,
            preserve_on_delete=False,
            resolve_conflicts="OVERWRITE",
        )
        # The association alone waits for the role, not for a policy beside it.
        self.resource.node.add_dependency(*policies)

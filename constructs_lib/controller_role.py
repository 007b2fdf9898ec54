"""The role of a controller that a Helm chart installs."""

from __future__ import annotations

from typing import cast

from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.permissions import pod_identity_role


def controller_role(
    scope: Construct, *, cluster: eks.Cluster, namespace: str, name: str, on_fargate: bool
) -> tuple[iam.Role, Construct]:
    """Return the role of the service account `name`, and what hands it to pods.

    That is Pod Identity, or on Fargate IRSA: the Pod Identity agent is a DaemonSet, which Fargate
    doesn't support. With IRSA the service account is made here, and not by the chart.
    """
    if on_fargate:
        account = eks.ServiceAccount(
            scope,
            "ServiceAccount",
            cluster=cluster,  # type: ignore[arg-type]  # jsii: Cluster misses ICluster (aws-cdk#31454)
            name=name,
            namespace=namespace,
            identity_type=eks.IdentityType.IRSA,
        )
        return cast("iam.Role", account.role), account
    role = pod_identity_role(scope, "Role", description=name)
    association = eks.CfnPodIdentityAssociation(
        scope,
        "PodIdentityAssociation",
        cluster_name=cluster.cluster_name,
        namespace=namespace,
        service_account=name,
        role_arn=role.role_arn,
    )
    return role, association

"""The VPC CNI: pods with real VPC addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from constructs_lib.add_ons import ManagedAddOn
from constructs_lib.specs.cluster import VpcCniSpec
from constructs_lib.specs.permissions import PermissionsSpec


class VpcCni(Construct):
    """The vpc-cni add-on with its settings. Its permissions are its own, not the nodes'."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: eks.Cluster,
        spec: VpcCniSpec,
        version: str | None,
        windows: bool,
        pod_subnets: Mapping[str, ec2.ISubnet],
    ) -> None:
        """Install the add-on; `pod_subnets` are the subnets of custom networking by zone.

        With `windows` the control plane gives addresses to pods on Windows nodes.
        """
        super().__init__(scope, construct_id)
        configuration = settings(spec)
        if windows:
            configuration["enableWindowsIpam"] = "true"
        if spec.custom_networking:
            configuration["eniConfig"] = {
                "create": True,
                "region": Stack.of(self).region,
                "subnets": {
                    zone: {
                        "id": subnet.subnet_id,
                        # Without it pods would get the VPC's default group, which is closed.
                        "securityGroups": [cluster.cluster_security_group_id],
                    }
                    for zone, subnet in sorted(pod_subnets.items())
                },
            }
        self.add_on = ManagedAddOn(
            self,
            "AddOn",
            cluster=cluster,
            name="vpc-cni",
            version=version,
            configuration=configuration,
            permissions={"aws-node": PermissionsSpec(managed_policies=("AmazonEKS_CNI_Policy",))},
        )


def settings(spec: VpcCniSpec) -> dict[str, Any]:
    """Return the add-on's configuration values for a specification.

    The add-on's schema is closed and wants strings, also for numbers and booleans
    (`aws eks describe-addon-configuration --addon-name vpc-cni`). Settings at the CNI's own
    default are left out.
    """
    env: dict[str, str] = {}
    if spec.prefix_delegation:
        env["ENABLE_PREFIX_DELEGATION"] = "true"
    for name, target in (
        ("WARM_ENI_TARGET", spec.warm_eni_target),
        ("WARM_IP_TARGET", spec.warm_ip_target),
        ("MINIMUM_IP_TARGET", spec.minimum_ip_target),
        ("WARM_PREFIX_TARGET", spec.warm_prefix_target),
    ):
        if target is not None:
            env[name] = str(target)
    values: dict[str, Any] = {"enableNetworkPolicy": _text(spec.network_policy), "env": env}
    if spec.network_policy:
        env["NETWORK_POLICY_ENFORCING_MODE"] = spec.network_policy_enforcing_mode
    if spec.pod_security_groups:
        env["ENABLE_POD_ENI"] = "true"
        env["POD_SECURITY_GROUP_ENFORCING_MODE"] = spec.pod_security_group_enforcing_mode
        if spec.pod_security_group_enforcing_mode == "strict":
            # Else the kubelet's TCP probes can't reach pods on branch interfaces.
            values["init"] = {"env": {"DISABLE_TCP_EARLY_DEMUX": "true"}}
    if spec.custom_networking:
        env["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = "true"
        env["ENI_CONFIG_LABEL_DEF"] = "topology.kubernetes.io/zone"
    if spec.external_snat:
        env["AWS_VPC_K8S_CNI_EXTERNALSNAT"] = "true"
    if not env:
        del values["env"]
    return values


def _text(value: bool) -> str:  # noqa: FBT001  # one value, named by the function
    return "true" if value else "false"

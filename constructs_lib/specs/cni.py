"""What the VPC CNI's settings say about addresses."""

from __future__ import annotations

from capacity.cni import Cni
from constructs_lib.specs.cluster import VpcCniSpec


def cni_of(spec: VpcCniSpec) -> Cni:
    """Return the settings of the VPC CNI that decide about addresses."""
    return Cni(
        prefix_delegation=spec.prefix_delegation,
        custom_networking=spec.custom_networking,
        pod_security_groups=spec.pod_security_groups,
        warm_eni_target=spec.warm_eni_target,
        warm_ip_target=spec.warm_ip_target,
        minimum_ip_target=spec.minimum_ip_target,
        warm_prefix_target=spec.warm_prefix_target,
    )

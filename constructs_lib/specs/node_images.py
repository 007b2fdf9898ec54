"""Where AWS publishes the images of nodes: public parameters of Systems Manager.

Sources: EKS user guide, "Retrieve recommended Amazon Linux AMI IDs" and "Retrieve recommended
Bottlerocket AMI IDs"; for those of one release karpenter-provider-aws, pkg/providers/amifamily.
"""

from __future__ import annotations

from constructs_lib.specs.ami_types import AMI_ARCHITECTURES
from constructs_lib.specs.instance_families import driven


def image_parameter(ami_type: str, *, kubernetes_version: str, release: str | None) -> str:
    """Return the name of the parameter with the image of a release, or else the newest."""
    architecture = AMI_ARCHITECTURES[ami_type]
    if ami_type.startswith("BOTTLEROCKET"):
        flavors = (f"-{each}" for each in ("nvidia", "fips") if each.upper() in ami_type)
        variant = f"aws-k8s-{kubernetes_version}{''.join(flavors)}"
        return f"/aws/service/bottlerocket/{variant}/{architecture}/{release or 'latest'}/image_id"
    variant = (driven(ami_type) or "standard").lower()
    name = "recommended"
    if release is not None:
        name = f"amazon-eks-node-al2023-{architecture}-{variant}-{kubernetes_version}"
        name += f"-v{release.partition('-')[2]}"
    folder = f"/aws/service/eks/optimized-ami/{kubernetes_version}/amazon-linux-2023"
    return f"{folder}/{architecture}/{variant}/{name}/image_id"

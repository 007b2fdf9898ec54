"""EKS's names of the images that AWS publishes, by the parameters of Systems Manager that hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kube.values import Unknown

ARCHITECTURES = {"arm64": "ARM_64", "x86_64": "x86_64"}
IMAGES: Mapping[str, str] = {
    r"/aws/service/eks/optimized-ami/(?P<version>[\d.]+)/amazon-linux-2023/(?P<arch>\w+)/(?P<kind>\w+)/.+": (
        "AL2023_{arch}_{kind}"
    ),
    r"/aws/service/bottlerocket/aws-k8s-(?P<version>[\d.]+)-nvidia(-fips)?/(?P<arch>\w+)/.+": (
        "BOTTLEROCKET_{arch}_NVIDIA"
    ),
    r"/aws/service/bottlerocket/aws-k8s-(?P<version>[\d.]+)-fips/(?P<arch>\w+)/.+": (
        "BOTTLEROCKET_{arch}_FIPS"
    ),
    r"/aws/service/bottlerocket/aws-k8s-(?P<version>[\d.]+)/(?P<arch>\w+)/.+": "BOTTLEROCKET_{arch}",
    r"/aws/service/eks/optimized-ami/(?P<version>[\d.]+)/amazon-linux-2(-gpu)?/.+": "AL2_x86_64",
    r"/aws/service/eks/optimized-ami/(?P<version>[\d.]+)/amazon-linux-2-arm64/.+": "AL2_ARM_64",
    r"/aws/service/ami-windows-latest/Windows_Server-(?P<year>\d+)-English-(?P<kind>Core|Full)-"
    r"EKS_Optimized-(?P<version>[\d.]+)/.+": "WINDOWS_{kind}_{year}_x86_64",
}
"""EKS's names of the images that AWS publishes, by the parameters that hold them (EKS user guide,
"Retrieve recommended … AMI IDs")."""


def ami_type(parameter: str) -> tuple[str, str]:
    """Return the AMI type and the Kubernetes minor of a parameter's image, unknown for any other."""
    for pattern, name in IMAGES.items():
        if found := re.fullmatch(pattern, parameter):
            words = {key: value.upper() for key, value in found.groupdict().items()}
            words["arch"] = ARCHITECTURES.get(words.get("arch", "").lower(), "")
            return name.format(**words), found["version"]
    return Unknown("${its image}"), ""

"""Specifications of Karpenter: the controller, the classes of its nodes, and their pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from constructs_lib.specs.add_ons import version_tuple
from constructs_lib.specs.base import Spec, refused
from constructs_lib.specs.machines import PolicyArn
from constructs_lib.specs.permissions import PermissionsSpec
from constructs_lib.specs.types import ImageRepository, distinct, shaped

KARPENTER = "1.14.1"
"""Of the charts karpenter and karpenter-crd, which share the controller's version."""
OLDEST_KARPENTER: Mapping[str, str] = {
    "1.33": "1.5.0",
    "1.34": "1.6.0",
    "1.35": "1.9.0",
    "1.36": "1.13.0",
}
"""The oldest controller for each Kubernetes version (karpenter.sh, v1.14, "Compatibility Matrix")."""
NAME = "karpenter"
"""Of the release, its service account and, in the label app.kubernetes.io/name, its pods."""


def _controller_version(value: str) -> str:
    oldest = min(OLDEST_KARPENTER.values(), key=version_tuple)
    if version_tuple(value) < version_tuple(oldest):
        raise refused(f"{oldest} or newer", f"remove it: the project uses {KARPENTER}")
    return value


ControllerVersion = Annotated[
    str,
    shaped(
        r"\d+\.\d+\.\d+",
        "a version of the charts such as 1.14.1 (without a leading v)",
        "copy one from the releases of aws/karpenter-provider-aws",
    ),
    AfterValidator(_controller_version),
]
ChartFolder = Annotated[
    str,
    shaped(
        r"oci://[A-Za-z0-9.-]+(:\d{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*",
        "an oci:// address that has the charts karpenter and karpenter-crd below it",
        "write it like oci://public.ecr.aws/karpenter, without the name of a chart",
    ),
]
ImageDigest = Annotated[
    str,
    shaped(
        r"sha256:[0-9a-f]{64}",
        "a digest such as sha256:, followed by 64 hexadecimal digits",
        "copy the one that the registry shows for the tag",
    ),
]
FeatureGate = Literal["nodeRepair", "nodeOverlay", "spotToSpotConsolidation", "capacityBuffer"]


class KarpenterSpec(Spec):
    """Karpenter: nodes that come when pods need them, and go when they don't."""

    controller_version: ControllerVersion = KARPENTER
    """The version of the controller and of both of its charts."""
    chart_repository: ChartFolder = "oci://public.ecr.aws/karpenter"
    """Where the charts karpenter and karpenter-crd come from, without their names. A network without
    NAT needs a mirror in ECR."""
    image_repository: ImageRepository | None = None
    """Where the controller's image comes from; None uses the chart's default on public.ecr.aws. A
    network without NAT needs a mirror in ECR."""
    image_digest: ImageDigest | None = None
    """The digest of the image; None uses the one in the chart, which a mirror keeps if it copies every
    architecture."""
    replicas: Annotated[int, Field(ge=1, le=10)] = 2
    """How many controller pods run, each on a host of its own; one is the leader."""
    isolated_vpc: bool = False
    """Whether AWS is reached through VPC endpoints only: Karpenter then asks neither for prices nor
    for instance profiles, whose services have none."""
    feature_gates: Annotated[tuple[FeatureGate, ...], distinct(4, "there are no more")] = ()
    """Features to turn on that Karpenter has off by default."""
    permissions: PermissionsSpec = PermissionsSpec()
    """What the nodes may do in AWS beside what EKS asks for. Pods get permissions of their own."""
    permissions_boundary: PolicyArn | None = None
    """The permissions boundary of the nodes' role."""

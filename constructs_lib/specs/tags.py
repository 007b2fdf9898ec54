"""The tags of an environment, within the limits of every service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from constructs_lib.specs.base import refused
from constructs_lib.specs.types import shaped

MOST_TAGS_OF_A_RESOURCE = 50
"""Tags of a resource (Tagging AWS Resources, "Tag naming limits and requirements"). An Auto Scaling group has one
for each label and taint of its nodes."""
MOST_TAGS = MOST_TAGS_OF_A_RESOURCE - 10
"""Tags of an environment: the CDK, EKS and the load balancer controller add up to ten."""

OWNERS: Mapping[str, str] = {
    "kubernetes.io/": "Kubernetes",
    "k8s.io/": "Kubernetes",
    "karpenter.sh/": "Karpenter",
    "karpenter.k8s.aws/": "Karpenter",
    "eks:": "EKS",
    "eks.amazonaws.com/": "EKS",
    "k8s.aws/": "the AWS Load Balancer Controller",
    "k8s.amazonaws.com/": "the VPC CNI",
    "csi.aws.com/": "a CSI driver",
}
"""Who finds by tags, whose keys begin so or with a subdomain of it, what is theirs: on every resource they
mean too many (karpenter-provider-aws#6650, eksctl#8501). Nodes with some of them don't start (EKS user
guide, "Create a Node Class for Amazon EKS"; karpenter-provider-aws, RestrictedTagPatterns)."""

# EKS takes one character less than others: AWS::EKS::Addon, Tag.
TagKey = Annotated[
    str,
    shaped(
        r"(?!(?i:aws:))(?=.*\S)[\w .:/=+@-]{1,127}",
        "a tag key: 1 to 127 letters, digits, spaces and _.:/=+-@, not beginning with aws:",
        "write it like cost-center",
    ),
]
TagValue = Annotated[
    str,
    shaped(
        r"[\w .:/=+@-]{1,255}",
        "a tag value: 1 to 255 ASCII letters, digits, spaces and _.:/=+-@, as IAM accepts them",
        "write it like platform-team",
    ),
]


def check_tags(value: Mapping[str, str]) -> Mapping[str, str]:
    """Refuse tags that collide or mean something to a controller."""
    if len(value) > MOST_TAGS:
        raise refused(
            f"at most {MOST_TAGS} tags: AWS allows {MOST_TAGS_OF_A_RESOURCE}, and EKS and the CDK add their own",
            f"remove {len(value) - MOST_TAGS} tags",
        )
    names: dict[str, str] = {"name": "Name"}
    for key in value:
        if (other := names.setdefault(key.lower(), key)) != key or key == "Name":
            raise refused(
                f"keys that differ from {other!r} by more than case, because IAM ignores case; "
                "Name is set on each resource",
                f"rename or remove {key!r}",
            )
        if owner := owner_of(key):
            raise refused(
                "keys without prefixes that make controllers use the wrong subnets, security groups and "
                f"volumes, or keep nodes from starting: {', '.join(OWNERS)}",
                f"remove {key!r}, which is a tag of {owner}; the private subnets have "
                "kubernetes.io/role/internal-elb",
            )
    return value


def owner_of(key: str) -> str | None:
    """Return whose tags have such a key, None for one that anybody may use."""
    for prefix, owner in OWNERS.items():
        if key.startswith(prefix) or f".{prefix}" in f"{key.partition('/')[0]}/":
            return owner
    return None

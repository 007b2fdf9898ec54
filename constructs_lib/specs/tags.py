"""The tags of an environment, within the limits of every service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from constructs_lib.specs.base import refused
from constructs_lib.specs.types import shaped

MOST_TAGS = 40
"""A resource has at most 50 tags (Tagging AWS Resources, "Tag naming limits and requirements"); the
CDK, EKS and the load balancer controller add up to ten."""

DISCOVERY = (
    *("kubernetes.io/", "k8s.io/", "karpenter.sh/", "karpenter.k8s.aws/", "elbv2.k8s.aws/"),
    "eks:",
)
"""Tags by which EKS and controllers find what is theirs: on every resource they mean too many
(karpenter-provider-aws#6650, eksctl#8501)."""

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
            f"at most {MOST_TAGS} tags: AWS allows 50, and EKS and the CDK add their own",
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
        if key.startswith(DISCOVERY):
            raise refused(
                "keys without prefixes that make controllers use the wrong subnets and security "
                f"groups: {', '.join(DISCOVERY)}",
                f"remove {key!r}; the private subnets have kubernetes.io/role/internal-elb",
            )
    return value

"""Kubernetes labels and taints that EKS accepts (Kubernetes documentation, "Labels and Selectors")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from constructs_lib.specs.base import refused
from constructs_lib.specs.types import shaped

RESERVED = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")
"""CreateNodegroup refuses labels of these domains and of those below them (eksctl#4007), and the
kubelet does (terraform-aws-eks#3346)."""
MOST_SELECTOR_LABELS = 5
"""EKS service quotas: label pairs per Fargate profile selector."""

_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_PART = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_PREFIX = rf"((?=[^/]{{1,253}}/){_PART}(\.{_PART})*/)?"
KEY = _PREFIX + _NAME
"""The pattern of the keys of labels and taints."""

LabelKey = Annotated[
    str,
    shaped(
        KEY,
        "a label key: at most 63 letters, digits, hyphens, dots and underscores, optionally "
        "prefixed with a domain and a slash",
        "write it like team or example.com/team",
    ),
]
LabelValue = Annotated[
    str,
    shaped(
        _NAME,
        "a label value: 1 to 63 letters, digits, hyphens, dots and underscores, beginning and "
        "ending with a letter or digit",
        "write it like team-a",
    ),
]
TaintValue = Annotated[
    str,
    shaped(
        f"({_NAME})?",
        "a taint's value: at most 63 letters, digits, hyphens, dots and underscores",
        "write it like team-a",
    ),
]
SelectorText = Annotated[
    str,
    shaped(
        r"[A-Za-z0-9*?]([A-Za-z0-9._/*?-]{0,315}[A-Za-z0-9*?])?",
        "a label; * and ? are wildcards",
        "copy it from the pods, such as app.kubernetes.io/component",
    ),
]


def check_node_labels(value: Mapping[str, str]) -> Mapping[str, str]:
    """Refuse labels that EKS keeps for itself."""
    for key in value:
        domain = key.rpartition("/")[0]
        if any(domain == each or domain.endswith(f".{each}") for each in RESERVED):
            raise refused(
                f"labels outside {', '.join(RESERVED)}, which EKS reserves",
                f"rename {key!r}, for example to example.com/{key.rpartition('/')[2]}",
            )
    return value


def check_selector_labels(value: Mapping[str, str]) -> Mapping[str, str]:
    """Refuse more labels than a selector can have."""
    if len(value) > MOST_SELECTOR_LABELS:
        raise refused(
            f"at most {MOST_SELECTOR_LABELS} labels (EKS service quotas)",
            "keep the ones that distinguish these pods",
        )
    return value

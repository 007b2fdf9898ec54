"""What EKS takes of a managed node group's labels and taints, which is less than Kubernetes does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constructs_lib.specs.base import Key, Problem

if TYPE_CHECKING:
    from constructs_lib.specs.nodes import NodesSpec

MOST_TAINTS = 50
"""EKS user guide, "Node taints on managed node groups"."""
LONGEST_KEY = 63
"""EKS API reference, UpdateLabelsPayload and Taint."""


def beyond_eks(spec: NodesSpec) -> Iterator[Problem]:
    """Yield the taints that are too many, and the keys that are too long."""
    if (count := len(spec.node_taints)) > MOST_TAINTS:
        yield Problem(
            at="taints",
            got=f"{count} taints",
            allowed=f"at most {MOST_TAINTS} in a managed node group, with those that it gets for its system",
            fix=f"remove {count - MOST_TAINTS}",
        )
    keys = [("labels", Key(key)) for key in spec.labels]
    keys += [(f"taints[{number}].key", Key(each.key)) for number, each in enumerate(spec.taints)]
    for at, got in keys:
        if len(str(got.key)) > LONGEST_KEY:
            yield Problem(
                at=at,
                got=got,
                allowed=f"at most {LONGEST_KEY} characters in a managed node group, prefix included",
                fix="use a shorter prefix",
            )

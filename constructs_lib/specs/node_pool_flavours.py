"""Who makes the nodes of NodePools, and which labels they know."""

from __future__ import annotations

from dataclasses import dataclass

from constructs_lib.specs.instance_families import DATA


@dataclass(frozen=True, kw_only=True)
class Flavour:
    """Who makes the nodes of a pool: EKS Auto Mode, or a Karpenter of one's own.

    `domain` is that of the labels of instance types, and `labels` are their names; `others` are the
    domains whose labels it doesn't know. `smallest_vcpus` and `without_sizes` tell the smallest types,
    `families` those that it starts, where that are not all.
    """

    name: str
    domain: str
    labels: frozenset[str]
    others: frozenset[str]
    refused: frozenset[str]
    group: str
    kind: str
    smallest_vcpus: int = 1
    without_sizes: frozenset[str] = frozenset()
    families: frozenset[str] | None = None

    def label(self, name: str) -> str:
        """Return the whole key of a label of instance types."""
        return f"{self.domain}/{name}"


_BOTH = (
    *("category", "cpu", "cpu-manufacturer", "ebs-bandwidth", "encryption-in-transit-supported"),
    *("family", "generation", "gpu-count", "gpu-manufacturer", "gpu-memory", "gpu-name"),
    *("hypervisor", "local-nvme", "memory", "network-bandwidth", "size"),
)
_KARPENTER = (
    *("accelerator-count", "accelerator-manufacturer", "accelerator-name", "capability-flex"),
    *("cpu-sustained-clock-speed-mhz", "tenancy"),
)
_RESERVED = frozenset(f"capacity-reservation-{each}" for each in ("id", "interruptible", "type"))
AUTO_MODE = Flavour(
    name="EKS Auto Mode",
    domain="eks.amazonaws.com",
    labels=frozenset({"compute-type", *(f"instance-{each}" for each in _BOTH)}),
    others=frozenset({"karpenter.k8s.aws"}),
    refused=frozenset({"kubernetes.io/os", "node.kubernetes.io/windows-build"}),
    group="eks.amazonaws.com",
    kind="NodeClass",
    smallest_vcpus=2,
    without_sizes=frozenset({"nano", "micro", "small"}),
    families=frozenset(DATA["auto_mode"]),
)
"""EKS user guide, "Create a Node Pool for EKS Auto Mode" and "EKS Auto Mode supported instance reference"."""
KARPENTER = Flavour(
    name="Karpenter",
    domain="karpenter.k8s.aws",
    labels=_RESERVED
    | {"ec2nodeclass", "placement-group-id", "placement-group-partition"}
    | {f"instance-{each}" for each in (*_BOTH, *_KARPENTER)},
    others=frozenset({"eks.amazonaws.com"}),
    refused=frozenset(),
    group="karpenter.k8s.aws",
    kind="EC2NodeClass",
)
"""karpenter-provider-aws, pkg/apis/crds/karpenter.sh_nodepools.yaml, v1.14.1."""

"""Which instance types the requirements of a NodePool allow, and how many of them its limits.

Labels: Karpenter documentation, "Scheduling", "Well-Known Labels"; EKS user guide, "Create a Node Pool
for EKS Auto Mode". A label that the data of capacity/ doesn't know narrows nothing here: the plan
then counts with more types than the pool uses, never with fewer.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from capacity.instance_labels import NAME, facts, meets
from capacity.instance_types import InstanceType, every_type
from capacity.needs import vcpu_need
from capacity.pods import cap
from constructs_lib.specs.instance_families import DATA
from constructs_lib.specs.machine_features import DEVICES_OF

if TYPE_CHECKING:
    from constructs_lib.specs.node_pool_flavours import Flavour
    from constructs_lib.specs.node_pool_parts import LimitsSpec, RequirementSpec

ZONE, REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"
CAPACITY_TYPE = "karpenter.sh/capacity-type"
CAPACITY_TYPES = ("on-demand", "spot", "reserved")
ALIASES = {
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "failure-domain.beta.kubernetes.io/region": REGION,
    "failure-domain.beta.kubernetes.io/zone": ZONE,
    "topology.ebs.csi.aws.com/zone": ZONE,
}
"""Other names of labels (kubernetes-sigs/karpenter, pkg/apis/v1/labels.go, NormalizedLabels; the last
karpenter-provider-aws, pkg/operator/operator.go)."""
NAMING = ("instance-category", "instance-family")
"""Of the labels of an instance type, those that say which types a pool uses."""


def allows(requirement: RequirementSpec, labels: Mapping[str, str]) -> bool:
    """Tell whether a requirement takes nodes with these labels; one that isn't known is no matter."""
    return meets(labels, known_as(requirement.key), requirement.operator, requirement.values)


def known_as(key: str) -> str:
    """Return the name by which a label is known here."""
    return ALIASES.get(key, key)


@functools.cache
def startable(flavour: Flavour) -> tuple[InstanceType, ...]:
    """Return every instance type that some pool can start."""
    return tuple(
        kind
        for kind in every_type()
        if kind.vcpus >= flavour.smallest_vcpus
        and kind.name.partition(".")[2] not in flavour.without_sizes
        and kind.name.partition(".")[0] not in DATA["without_image"]
        and (flavour.families is None or kind.name.partition(".")[0] in flavour.families)
    )


@functools.cache
def values_of(flavour: Flavour, key: str) -> frozenset[str]:
    """Return the values that a label has on the types that some pool can start; none of another label."""
    found = (facts(kind, flavour.domain).get(key) for kind in startable(flavour))
    return frozenset(filter(None, found))


# A pool is asked often: by its own rules, by those of its environment, by the plan.
@functools.lru_cache(maxsize=256)
def fitting(
    requirements: tuple[RequirementSpec, ...], flavour: Flavour
) -> tuple[InstanceType, ...]:
    """Return the instance types that a pool can use."""
    return tuple(
        kind
        for kind in startable(flavour)
        if all(allows(each, facts(kind, flavour.domain)) for each in requirements)
    )


def nodes_of(limits: LimitsSpec, kind: InstanceType) -> int:
    """Return how many nodes of one type the limits of a pool allow."""
    of_memory = limits.memory_gib and limits.memory_gib * 1024 // max(kind.memory_mib, 1)
    of_cpu = limits.cpu and limits.cpu // kind.vcpus
    of_devices = (
        limit // DEVICES_OF[name][kind.name]
        for name, limit in limits.devices.items()
        if kind.name in DEVICES_OF[name]
    )
    every = (of_cpu, of_memory, limits.nodes, *of_devices)
    return min(each for each in every if each is not None)


def vcpus_of(limits: LimitsSpec, kinds: Sequence[InstanceType]) -> int:
    """Return the most vCPUs that the nodes of a pool have together, whichever of its types they are."""
    # There is no node of a type that exceeds the limits alone.
    kinds = [kind for kind in kinds if nodes_of(limits, kind)] or kinds
    of_nodes = limits.nodes and limits.nodes * max((kind.vcpus for kind in kinds), default=0)
    densest = max((Fraction(x.vcpus, max(x.memory_mib, 1)) for x in kinds), default=Fraction())
    of_memory = limits.memory_gib and int(limits.memory_gib * 1024 * densest)
    of_devices = (
        int(limit * max(Fraction(x.vcpus, DEVICES_OF[name][x.name]) for x in kinds))
        for name, limit in limits.devices.items()
        if kinds and all(x.name in DEVICES_OF[name] for x in kinds)
    )
    every = (limits.cpu, of_memory, of_nodes, *of_devices)
    return min(each for each in every if each is not None)


def planned_kinds(
    kinds: Sequence[InstanceType], limits: LimitsSpec
) -> tuple[tuple[InstanceType, ...], int]:
    """Return the types that a plan counts with, and the most nodes: of the smallest type.

    A larger type counts as well if all of its nodes together hold more addresses. Of types with the same
    interfaces and the same cap of pods, the one with the most vCPUs stands for all, the newest of these.
    """
    nodes = {kind: nodes_of(limits, kind) for kind in kinds}
    most = max(nodes.values(), default=0)
    held = {kind: nodes[kind] * kind.interfaces * kind.addresses for kind in kinds}
    largest = max((held[kind] for kind in kinds if nodes[kind] == most), default=0)
    counted = {
        _alike(kind): kind
        for kind in sorted(kinds, key=_standing)
        if nodes[kind] == most or held[kind] > largest
    }
    return tuple(sorted(counted.values(), key=lambda kind: kind.name)), most


def densest_kinds(kinds: Sequence[InstanceType]) -> tuple[InstanceType, ...]:
    """Return, of types that hold the same addresses when they are full, the one with the fewest vCPUs."""
    by_size = sorted(kinds, key=lambda kind: (-kind.vcpus, kind.name))
    return tuple({(*_network(kind), cap(kind)): kind for kind in by_size}.values())


def _network(kind: InstanceType) -> tuple[object, ...]:
    return (kind.interfaces, kind.addresses, kind.prefixes, kind.branch_interfaces)


def _alike(kind: InstanceType) -> tuple[object, ...]:
    return (_network(kind), cap(kind), vcpu_need(kind.name, spot=False))


def _standing(kind: InstanceType) -> tuple[int, int, bool, str]:
    name = NAME.fullmatch(kind.name)
    # Of one generation the plain family is the one that everybody knows.
    plain = len(kind.name.partition(".")[0]) == len("m7i")
    return kind.vcpus, int(name["generation"]) if name else 0, plain, kind.name

"""The labels of nodes that tell an instance type, and what a requirement of Karpenter's makes of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from operator import ge, gt, le, lt

from capacity.instance_types import InstanceType, every_type

INSTANCE_TYPE, ARCHITECTURE = "node.kubernetes.io/instance-type", "kubernetes.io/arch"
KUBERNETES_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
NAME = re.compile(r"(?P<category>[a-z]+)(-\d+tb)?(?P<generation>\d+)[^.]*\.(?P<size>.+)")
"""karpenter-provider-aws, pkg/providers/instancetype/types.go, instanceTypeScheme."""
_COMPARED: Mapping[str, Callable[[int, int], bool]] = {"Gt": gt, "Lt": lt, "Gte": ge, "Lte": le}


@functools.cache
def facts(kind: InstanceType, domain: str) -> Mapping[str, str]:
    """Return the labels of the nodes of an instance type, as far as they are known.

    `domain` is eks.amazonaws.com in EKS Auto Mode, karpenter.k8s.aws with Karpenter.
    """
    known = {
        INSTANCE_TYPE: kind.name,
        ARCHITECTURE: KUBERNETES_ARCHITECTURES[kind.architecture],
        f"{domain}/instance-family": kind.name.partition(".")[0],
        f"{domain}/instance-cpu": str(kind.vcpus),
        f"{domain}/instance-memory": str(kind.memory_mib),
    }
    name = NAME.fullmatch(kind.name)
    parts = name.groupdict() if name else {}
    return known | {f"{domain}/instance-{part}": value for part, value in parts.items()}


@functools.cache
def known_values(key: str, domain: str) -> frozenset[str]:
    """Return the values that a label has on the instance types of capacity/instance_limits.csv."""
    found = (facts(kind, domain).get(key) for kind in every_type())
    return frozenset(filter(None, found))


@functools.cache
def meeting(
    domain: str, requirements: tuple[tuple[str, str, tuple[str, ...]], ...]
) -> tuple[InstanceType, ...]:
    """Return the instance types that requirements take, each a key, an operator and values."""
    every = every_type()
    return tuple(x for x in every if all(meets(facts(x, domain), *y) for y in requirements))


def meets(labels: Mapping[str, str], key: str, operator: str, values: Sequence[str]) -> bool:
    """Tell whether a requirement takes nodes with these labels; one that isn't known is no matter."""
    value, compared = labels.get(key), _COMPARED.get(operator)
    if value is None:
        return True
    match operator:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return True
        case "DoesNotExist":
            return False
        case _:
            wanted = values[0] if values else ""
            numbers = value.isdecimal() and wanted.isdecimal()
            return compared is None or (numbers and compared(int(value), int(wanted)))

"""An environment in other sizes, and the largest size that still holds.

Node groups grow in proportion to their maximum sizes; a managed group that meets the quota of
nodes is split in equal parts. Fargate pods stay at their stated maximum, unless there is nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from capacity.inputs import Fargate, Group, Inputs
from capacity.quotas import NODES_PER_GROUP

CEILING = 1_000_000
"""No limit lies beyond, in nodes or pods: Kubernetes itself ends long before."""


def grown(inputs: Inputs, size: int) -> Inputs:
    """Return the environment with so many nodes at most, or Fargate pods where it has no nodes."""
    if not inputs.groups and any(each.zones for each in inputs.fargate):
        every = sum(each.pods for each in inputs.fargate)
        shares = [replace(x, pods=math.ceil(size * x.pods / every)) for x in inputs.fargate]
        return replace(inputs, fargate=tuple(shares))
    if not inputs.groups:
        return replace(inputs, fargate=(Fargate(name="Fargate", pods=size),))
    total = sum(group.maximum for group in inputs.groups)
    parts = [
        part
        for group in inputs.groups
        for part in _split(group, math.ceil(size * group.maximum / total))
    ]
    return replace(inputs, groups=tuple(parts))


def largest(holds: Callable[[int], bool]) -> int:
    """Return the largest size from 0 to `CEILING` that holds, of what never holds again later."""
    low, high = 0, 1
    while high < CEILING and holds(high):
        low, high = high, high * 2
    high = min(high, CEILING)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _split(group: Group, maximum: int) -> Iterator[Group]:
    parts = max(1, math.ceil(maximum / NODES_PER_GROUP)) if group.managed else 1
    base, extra = divmod(maximum, parts)
    for index in range(parts):
        most = base + (index < extra)
        limit = group.vcpu_limit
        if limit is not None:
            limit = math.ceil(limit * most / max(group.maximum, 1))
        yield replace(
            group,
            desired=group.desired // parts,
            maximum=most,
            vcpu_limit=limit,
            warm=group.warm // parts,
            always_warm=group.always_warm // parts,
        )

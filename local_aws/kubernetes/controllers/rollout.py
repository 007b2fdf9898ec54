"""The arithmetic of a rolling update, as kube-controller-manager's deployment controller does it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Pods:
    """A ReplicaSet in numbers: how many pods it wants, has, and has available."""

    wanted: int
    present: int
    available: int


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How far a roll-out may go above and below the replicas."""

    surge: int
    unavailable: int


def limits(*, replicas: int, max_surge: int | str, max_unavailable: int | str) -> Limits:
    """Return the limits in pods: of percentages, surge is rounded up, unavailability down."""
    surge = scaled(max_surge, replicas, up=True)
    unavailable = scaled(max_unavailable, replicas, up=False)
    if surge == 0 and unavailable == 0:
        # Both round to nothing for few replicas; a roll-out has to start somewhere.
        unavailable = 1
    return Limits(surge=surge, unavailable=min(unavailable, replicas) if replicas else unavailable)


def scaled(value: int | str, total: int, *, up: bool) -> int:
    """Return a number, or a percentage of a total."""
    if isinstance(value, int):
        return value
    share = int(value.removesuffix("%")) * total / 100
    return math.ceil(share) if up else math.floor(share)


def new_replicas(*, replicas: int, new: Pods, old: Sequence[Pods], limits: Limits) -> int:
    """Return how many replicas the new ReplicaSet may have now."""
    if new.wanted > replicas:
        return replicas
    room = replicas + limits.surge - new.wanted - sum(one.wanted for one in old)
    return min(replicas, new.wanted + max(0, room))


def old_replicas(*, replicas: int, new: Pods, old: Sequence[Pods], limits: Limits) -> list[int]:
    """Return how many replicas each old ReplicaSet keeps now, oldest first.

    Pods that are not available go first: they can't be missed.
    """
    least = replicas - limits.unavailable
    total = new.wanted + sum(one.wanted for one in old)
    spare = max(0, total - least - (new.wanted - new.available))
    kept = []
    for one in old:
        removed = min(spare, one.wanted - min(one.available, one.wanted))
        kept.append(one.wanted - removed)
        spare -= removed
    still_available = new.available + sum(one.available for one in old)
    spare = max(0, still_available - least)
    for index, replicas_left in enumerate(kept):
        removed = min(spare, replicas_left)
        kept[index] -= removed
        spare -= removed
    return kept

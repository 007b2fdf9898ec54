"""When each of several steps can begin at the earliest, and the chain that decides the end."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

Step = TypeVar("Step")
Before = Mapping[Step, AbstractSet[Step]]
"""The steps that each step waits for."""


def ends(seconds: Mapping[Step, int], before: Before[Step]) -> Mapping[Step, int]:
    """Return when each step ends if it begins as soon as all that it waits for has ended.

    The order is one that the edges allow, and else that of `seconds`.
    """
    found: dict[Step, int] = {}
    for step in _ordered([*seconds], before):
        earliest = max((found[each] for each in before.get(step, ()) if each in found), default=0)
        found[step] = earliest + seconds[step]
    return found


def critical_path(seconds: Mapping[Step, int], before: Before[Step]) -> tuple[Step, ...]:
    """Return the longest chain of steps that wait for each other, the first one first.

    Of chains of the same length it is the one whose steps come first in `seconds`.
    """
    ended = ends(seconds, before)
    rank = {step: index for index, step in enumerate(seconds)}
    path: list[Step] = []
    left = set(ended)
    while left:
        path.append(max(left, key=lambda step: (ended[step], -rank[step])))
        begun = ended[path[-1]] - seconds[path[-1]]
        # Without what is on the path already, a circle ends.
        left = {
            each
            for each in before.get(path[-1], ())
            if each in ended and ended[each] <= begun and each not in path
        }
    return tuple(reversed(path))


def _ordered(steps: Sequence[Step], before: Before[Step]) -> Iterator[Step]:
    """Yield each step after those that it waits for; of a circle, the first one first."""
    rank = {step: index for index, step in enumerate(steps)}
    waiting = {step: {each for each in before.get(step, ()) if each in rank} for step in steps}
    after: dict[Step, list[Step]] = {step: [] for step in steps}
    for step, earlier in waiting.items():
        for each in earlier:
            after[each].append(step)
    ready = [rank[step] for step, earlier in waiting.items() if not earlier]
    heapq.heapify(ready)
    while waiting:
        # CloudFormation refuses a circle, so which of its steps comes first doesn't matter.
        step = steps[heapq.heappop(ready)] if ready else next(iter(waiting))
        if waiting.pop(step, None) is None:
            continue
        yield step
        for each in after[step]:
            if each in waiting:
                waiting[each].discard(step)
                if not waiting[each]:
                    heapq.heappush(ready, rank[each])

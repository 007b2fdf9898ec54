"""The earliest start of each step, and the critical path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    for step in _ordered(seconds, before):
        earlier = before.get(step, frozenset()) & found.keys()
        found[step] = max((found[each] for each in earlier), default=0) + seconds[step]
    return found


def critical_path(seconds: Mapping[Step, int], before: Before[Step]) -> tuple[Step, ...]:
    """Return the longest chain of steps that wait for each other, the first one first.

    Of chains of the same length it is the one whose steps come first in `seconds`.
    """
    ended = ends(seconds, before)
    rank = {step: index for index, step in enumerate(seconds)}
    path: dict[Step, int] = {}
    left = set(ended)
    while left:
        last = max(left, key=lambda step: (ended[step], -rank[step]))
        begun = path[last] = ended[last] - seconds[last]
        # Without what is on the path already, a circle ends.
        left = (before.get(last, frozenset()) & ended.keys()) - path.keys()
        left = {each for each in left if ended[each] <= begun}
    return tuple(reversed(path))


def _ordered(steps: Mapping[Step, int], before: Before[Step]) -> Iterator[Step]:
    """Yield each step after those that it waits for; CloudFormation refuses a circle."""
    rank = {step: index for index, step in enumerate(steps)}
    begun: set[Step] = set()
    done: set[Step] = set()
    todo = [*reversed(rank)]
    while todo:
        step = todo[-1]
        waiting = [each for each in before.get(step, ()) if each in rank and each not in begun]
        if step not in begun and waiting:
            todo += sorted(waiting, key=rank.__getitem__, reverse=True)
        elif todo.pop() not in done:
            done.add(step)
            yield step
        begun.add(step)

"""A change that makes an environment fit, and the judge that tries it.

Each candidate changes one thing, as little as possible. The plan is computed again, the rules run
again, and what doesn't help is not proposed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from configuration.capacity_plan import plan_of
from configuration.fields import EnvironmentFields


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A change in words, and the environment with it."""

    text: str
    changed: EnvironmentFields


class Judge:
    """Tells whether a changed environment fits and has no problem that it hadn't before."""

    def __init__(self, config: EnvironmentFields) -> None:
        """Note the problems of the environment as it is."""
        self._before = set(map(str, config.problems()))

    def accepts(self, changed: EnvironmentFields) -> bool:
        """Run the rules first: the plan of wrong values would mean nothing."""
        return set(map(str, changed.problems())) <= self._before and plan_of(changed).fits

    def first(self, candidates: Iterable[Fix]) -> Iterator[Fix]:
        """Yield the first of several changes that helps, if one does."""
        for fix in candidates:
            if self.accepts(fix.changed):
                yield fix
                return

    def largest(
        self, low: int, high: int, change: Callable[[int], EnvironmentFields]
    ) -> int | None:
        """Return the largest number from `low` to `high` that helps, where less is never worse."""
        if high < low or not self.accepts(change(low)):
            return None
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.accepts(change(middle)) else (low, middle - 1)
        return low

"""What is computed once for an environment, though several rules, the plan and the synth ask for it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Generic, TypeVar

Of = TypeVar("Of")
Result = TypeVar("Result")
MOST = 64
"""So many objects are remembered."""


class _Itself(Generic[Of]):
    """Equal only to itself: to compare all fields would take as long as to compute."""

    def __init__(self, of: Of) -> None:
        self.of = of

    def __hash__(self) -> int:
        return id(self.of)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.of is other.of


def once(function: Callable[[Of], Result]) -> Callable[[Of], Result]:
    """Have a function of something frozen remember what it returned for the same object."""

    @functools.lru_cache(maxsize=MOST)
    def remembered(key: _Itself[Of]) -> Result:
        return function(key.of)

    @functools.wraps(function)
    def asked(of: Of) -> Result:
        return remembered(_Itself(of))

    return asked

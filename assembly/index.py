"""What is read off an environment once, however many ask."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from assembly.environment import Environment

Made = TypeVar("Made")


def indexed(make: Callable[[Environment], Made]) -> Callable[[Environment], Made]:
    """Keep what a function returns for an environment as long as the environment lives.

    A rule that looks for partners of each resource asks an index instead of all the others.
    """
    kept: WeakKeyDictionary[Environment, Made] = WeakKeyDictionary()

    @functools.wraps(make)
    def once(environment: Environment) -> Made:
        if environment not in kept:
            kept[environment] = make(environment)
        return kept[environment]

    return once

"""What is read off an environment once, however many ask."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from assembly.environment import Environment

Made = TypeVar("Made")


def indexed(make: Callable[[Environment], Made]) -> Callable[[Environment], Made]:
    """Keep what a function returns for an environment, in the environment: they end together.

    A rule that looks for partners of each resource asks an index instead of all the others.
    """

    @functools.wraps(make)
    def once(environment: Environment) -> Made:
        kept = environment.kept
        if make not in kept:
            kept[make] = make(environment)
        made: Made = kept[make]
        return made

    return once

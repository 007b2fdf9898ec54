"""Cached values of an environment, computed once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from assembly.environment import Environment

Made = TypeVar("Made")
Key = TypeVar("Key", bound=Hashable)


def grouped(pairs: Iterable[tuple[Key, Made]]) -> dict[Key, list[Made]]:
    """Return all values of each key, in the order in which they come."""
    found: dict[Key, list[Made]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


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

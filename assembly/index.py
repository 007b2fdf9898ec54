"""Cached values of an environment or a stack, computed once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Protocol, TypeVar


class Keeps(Protocol):
    """What has room for what was read off it: an environment or a stack."""

    @property
    def kept(self) -> dict[object, Any]:
        """Return what was read off it, by the function that reads it."""


Held = TypeVar("Held", bound=Keeps)
Made = TypeVar("Made")
Key = TypeVar("Key", bound=Hashable)


def grouped(pairs: Iterable[tuple[Key, Made]]) -> dict[Key, list[Made]]:
    """Return all values of each key, in the order in which they come."""
    found: dict[Key, list[Made]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def indexed(make: Callable[[Held], Made]) -> Callable[[Held], Made]:
    """Keep what a function returns for an environment or a stack, in it: they end together.

    A rule that looks for partners of each resource asks an index instead of all the others.
    """

    @functools.wraps(make)
    def once(held: Held) -> Made:
        kept = held.kept
        if make not in kept:
            kept[make] = make(held)
        made: Made = kept[make]
        return made

    return once

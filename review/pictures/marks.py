"""What is new, gone or different between two pictures of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Mark = Literal["added", "removed", "changed"]
Marks = Mapping[str, Mark]

NONE: Marks = {}
"""A picture on its own, compared with nothing."""


def marks(shown: Mapping[str, object], other: Mapping[str, object], alone: Mark) -> Marks:
    """Return what a picture marks against the other one; `alone` is for what only this one has."""
    return {
        key: "changed" if key in other else alone
        for key, facts in shown.items()
        if key not in other or other[key] != facts
    }

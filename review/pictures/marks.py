"""What is new, gone or different between two pictures of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Mark = Literal["added", "removed", "changed"]
Marks = Mapping[str, Mark]

NONE: Marks = {}
"""A picture on its own, compared with nothing."""


def marks_before(old: Mapping[str, object], new: Mapping[str, object]) -> Marks:
    """Return what the picture before marks: what goes, and what changes."""
    return {
        key: "changed" if key in new else "removed"
        for key, facts in old.items()
        if new.get(key) != facts
    }


def marks_after(old: Mapping[str, object], new: Mapping[str, object]) -> Marks:
    """Return what the picture after marks: what comes, and what changes."""
    return {
        key: "changed" if key in old else "added"
        for key, facts in new.items()
        if old.get(key) != facts
    }

"""Numbers and names before and after, in columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Numbers or names in columns. `right` are the columns to align at the right, from 0."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()

    @property
    def changed(self) -> tuple[tuple[str, ...], ...]:
        """Return the rows whose sides differ."""
        return tuple(row for row in self.rows if len(set(row[1:])) > 1)


def compared(
    title: str,
    old: Mapping[Key, str],
    new: Mapping[Key, str],
    names: Mapping[Key, str | None] | None = None,
    *,
    right: tuple[int, ...] = (),
) -> Table:
    """Return a table of what there is before and after, by its name; `-` is where there is none."""
    keys = names or dict.fromkeys([*new, *old])
    rows = ((str(name or key), old.get(key, "-"), new.get(key, "-")) for key, name in keys.items())
    return Table(title=title, head=("", "before", "after"), rows=tuple(rows), right=right)

"""Fit a long comment into its limit: by folding the least important away, never by cutting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of a comment. `levels` are its texts, each shorter than the one before.

    A block of a higher `rank` gives way first. A shorter text says what it leaves out, and where
    that is.
    """

    levels: tuple[str, ...]
    rank: int = 0


def fitted(blocks: Sequence[Block], limit: int) -> list[str]:
    """Return the longest texts that fit together; raises `ValueError` where even the shortest don't.

    The highest rank is folded first, and within it the longest text.
    """
    levels = [0] * len(blocks)

    def length() -> int:
        return sum(
            len(block.levels[level]) + 1 for block, level in zip(blocks, levels, strict=True)
        )

    while length() > limit:
        foldable = [
            index for index, block in enumerate(blocks) if levels[index] + 1 < len(block.levels)
        ]
        if not foldable:
            raise ValueError(
                f"a comment of {length():,} characters can't be folded any more; GitHub takes "
                f"{limit:,}: read review.html"
            )
        chosen = max(
            foldable,
            key=lambda index: (blocks[index].rank, len(blocks[index].levels[levels[index]])),
        )
        levels[chosen] += 1
    return [block.levels[level] for block, level in zip(blocks, levels, strict=True)]

"""Fit a long comment into its limit: by folding the least important away, never by cutting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter


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
    left = [(block.rank, list(block.levels)) for block in blocks]
    while (length := sum(len(texts[0]) + 1 for _, texts in left)) > limit:
        foldable = [(rank, len(texts[0]), texts) for rank, texts in left if len(texts) > 1]
        if not foldable:
            raise ValueError(
                f"a comment of {length:,} characters can't be folded any more; GitHub takes "
                f"{limit:,}: read review.html"
            )
        _, _, folded = max(foldable, key=itemgetter(0, 1))
        del folded[0]
    return [texts[0] for _, texts in left]

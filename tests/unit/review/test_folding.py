"""A comment that is too long is folded, the least important first, and says what is gone."""

from __future__ import annotations

import pytest

from review.markdown import Block, fitted


def test_what_fits_stays() -> None:
    """Nothing is folded without need."""
    assert fitted([Block(levels=("long text", "short"))], 10) == ["long text"]


def test_the_highest_rank_gives_way_first() -> None:
    """Though another text is longer."""
    blocks = [
        Block(levels=("important " * 5, "-"), rank=0),
        Block(levels=("minor " * 3, "-"), rank=3),
    ]
    assert fitted(blocks, 60) == [blocks[0].levels[0], "-"]


def test_the_longest_of_a_rank_gives_way_first() -> None:
    """So as few as possible are folded."""
    blocks = [Block(levels=("x" * size, "-"), rank=1) for size in (10, 30, 20)]
    assert fitted(blocks, 40) == ["x" * 10, "-", "x" * 20]


def test_levels_are_taken_one_by_one() -> None:
    """A little shorter may be enough."""
    assert fitted([Block(levels=("x" * 30, "x" * 20, "x" * 10))], 25) == ["x" * 20]


def test_what_never_fits_is_an_error() -> None:
    """Cutting would be silent."""
    with pytest.raises(ValueError, match="can't be shortened further"):
        fitted([Block(levels=("x" * 30,))], 25)

from __future__ import annotations

from collections.abc import Mapping

import pytest

from review.pictures.critical_path import critical_path, ends

Edges = Mapping[str, frozenset[str]]


def waits(**before: str) -> Edges:
    """Return the steps that each step waits for, written as letters."""
    return {step: frozenset(earlier) for step, earlier in before.items()}


@pytest.mark.parametrize(
    ("seconds", "before", "whole", "path"),
    [
        pytest.param({}, {}, 0, "", id="nothing"),
        pytest.param({"a": 3}, {}, 3, "a", id="one step"),
        pytest.param({"a": 3, "b": 5}, {}, 5, "b", id="at the same time"),
        pytest.param({"a": 3, "b": 5}, waits(b="a"), 8, "ab", id="one after the other"),
        pytest.param(
            {"a": 1, "b": 5, "c": 2, "d": 1}, waits(b="a", c="a", d="bc"), 7, "abd", id="a diamond"
        ),
        pytest.param(
            {"a": 9, "b": 1, "c": 1, "d": 1}, waits(c="b", d="ac"), 10, "ad", id="few long steps"
        ),
        pytest.param(
            {"a": 4, "b": 3, "c": 3}, waits(c="b"), 6, "bc", id="two steps longer than one"
        ),
        pytest.param(
            {"d": 1, "c": 2, "b": 3, "a": 4}, waits(d="c", c="b", b="a"), 10, "abcd", id="backwards"
        ),
        pytest.param(
            {"a": 1, "b": 2, "c": 2, "d": 1},
            waits(b="a", c="a", d="cb"),
            4,
            "abd",
            id="of two equal ones the first",
        ),
        pytest.param({"a": 1, "b": 2}, waits(b="ax"), 3, "ab", id="an edge to nothing"),
    ],
)
def test_the_longest_chain(
    seconds: Mapping[str, int], before: Edges, whole: int, path: str
) -> None:
    """The chain has no gaps, so its steps sum up to the whole."""
    found = critical_path(seconds, before)

    assert "".join(found) == path
    assert max(ends(seconds, before).values(), default=0) == whole
    assert sum(seconds[step] for step in found) == whole


def test_a_step_begins_when_the_last_that_it_waits_for_has_ended() -> None:
    """Not after their sum, and not after the first."""
    found = ends({"a": 2, "b": 7, "c": 1}, waits(c="ab"))

    assert found == {"a": 2, "b": 7, "c": 8}


def test_the_order_of_equal_steps_is_that_of_the_input() -> None:
    """Sets have none: the edges are sets."""
    names = "zyxwvutsrqponmlkjihgfedcba"
    seconds = dict.fromkeys([*names, "last"], 1)

    assert [*ends(seconds, {"last": frozenset(names)})] == [*names, "last"]
    assert critical_path(seconds, {"last": frozenset(names)}) == ("z", "last")


@pytest.mark.parametrize("length", [0, 1])
def test_a_circle_comes_to_an_end(length: int) -> None:
    """CloudFormation refuses one; the review of such a template still has its pictures."""
    seconds = dict.fromkeys("abcd", length)
    before = waits(a="c", b="a", c="b", d="c")

    assert ends(seconds, before).keys() == seconds.keys()
    assert len(critical_path(seconds, before)) == len({*critical_path(seconds, before)})

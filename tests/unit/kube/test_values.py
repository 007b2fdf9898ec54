from __future__ import annotations

import pytest

from kube.values import Unknown, dicts, items, known, look_up, mapping, text, unknowns

HOLE = Unknown("${Vpc.CidrBlock}", path="Dev/Network Vpc")


@pytest.mark.parametrize("value", [None, 1, "text", [], HOLE, {"a": None}])
def test_a_value_of_another_shape_reads_as_empty(value: object) -> None:
    """No rule has to ask first what it has."""
    assert mapping(value, "a") == {}
    assert list(items(value, "a")) == []
    assert list(dicts(value, "a")) == []


def test_what_stands_below_the_unknown_is_unknown() -> None:
    """A rule that looks for a missing field asks `known` and sees that it can't tell."""
    assert look_up({"a": HOLE}, "a", "b", "c") is HOLE
    assert not known({"list": ["x", {HOLE: 1}]})
    assert [each.path for each in unknowns([HOLE])] == ["Dev/Network Vpc"]
    assert known({"list": ["x", 1, None]})


def test_only_words_and_numbers_are_text() -> None:
    assert [text(each) for each in ("a", 1, True, None, {}, [])] == ["a", "1", "", "", "", ""]

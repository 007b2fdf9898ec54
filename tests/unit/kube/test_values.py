from __future__ import annotations

import pytest

from kube.values import (
    Unknown,
    dicts,
    flag,
    items,
    known,
    look_up,
    mapping,
    several,
    text,
    unknowns,
)

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
    values: list[object] = ["a", 1, True, None, {}, []]
    assert [text(each) for each in values] == ["a", "1", "", "", "", ""]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        ("true", True),
        (False, False),
        ("FALSE", False),
        (None, True),
        ([], True),
        ("maybe", True),
        (HOLE, None),
    ],
)
def test_a_flag_is_a_yes_a_no_or_not_known(value: object, expected: object) -> None:
    """CloudFormation takes the words, and what isn't there is as the default says."""
    assert flag({"a": value}, "a", default=True) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("x", ["x"]), (["x", 1], ["x", 1]), ({"b": 1}, [{"b": 1}]), (None, []), (HOLE, [HOLE])],
)
def test_one_value_stands_for_a_list(value: object, expected: list[object]) -> None:
    """IAM takes both."""
    assert list(several({"a": value}, "a")) == expected

from __future__ import annotations

from typing import Any

import pytest

from local_aws.emulator.registry import like

CASES: list[tuple[str, Any, Any, Any]] = [
    ("small letters", {"MinSize": 1}, {"minSize": 2}, {"MinSize": 2}),
    ("what the template leaves out", {"A": 1}, {"a": 1, "b": 2}, {"A": 1}),
    ("what is gone", {"A": 1, "B": 2}, {"a": 1}, {"A": 1}),
    (
        "each item as the template writes it",
        [{"Key": 1}, {"Key": 2, "Effect": 3}],
        [{"key": 1, "effect": ""}, {"key": 2, "effect": 4}],
        [{"Key": 1}, {"Key": 2, "Effect": 4}],
    ),
    ("an item too many", [{"Key": 1}], [{"key": 1}, {"key": 2}], [{"Key": 1}, {"Key": 2}]),
    (
        "keys of the user",
        {"Labels": {"A": 1}},
        {"labels": {"A": 1, "b": 2}},
        {"Labels": {"A": 1, "b": 2}},
    ),
]


@pytest.mark.parametrize(("case", "expected", "actual", "written"), CASES)
def test_a_record_is_written_as_the_template_would(
    case: str, expected: object, actual: object, written: object
) -> None:
    assert like(expected, actual) == written, case

from __future__ import annotations

import pytest

from tests.unit.configuration.mistakes import DEV, with_changes


@pytest.mark.parametrize(
    ("name", "stage"), [("dev", "Dev"), ("prod-eu", "ProdEu"), ("a-b2-c", "AB2C")]
)
def test_a_stage_is_named_after_its_environment(name: str, stage: str) -> None:
    """The name in PascalCase is the first part of every stack's path."""
    assert with_changes(DEV, {"name": name}).stage_id == stage

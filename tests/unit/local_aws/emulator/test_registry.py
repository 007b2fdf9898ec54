from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_aws.emulator.registry import like

CASES = json.loads(Path(__file__).with_name("registry.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("case", "expected", "actual", "written"), CASES)
def test_a_record_is_written_as_the_template_would(
    case: str, expected: object, actual: object, written: object
) -> None:
    assert like(expected, actual) == written, case

"""The life of a resource of each type: made, changed in place, replaced, gone. Types are rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.local_aws.emulator.cloud import Cloud, Stack, resolved
from tests.unit.local_aws.emulator.templates import resource
from tests.unit.local_aws.emulator.test_refusals import ROWS, used

LIVES = json.loads(Path(__file__).with_name("lives.json").read_text(encoding="utf-8"))
__all__ = ["used"]


@pytest.mark.parametrize(("kind", "life"), LIVES)
def test_a_resource_is_what_its_template_says(  # noqa: PLR0917
    cloud: Cloud, base: Stack, shared: str, used: Stack, kind: str, life: list[Any]
) -> None:
    """Drift detection compares what the API says with the template after each step."""
    ids = base.ids | used.ids
    defaults = {
        key: value for key, value in ROWS["defaults"].get(kind, {}).items() if key != "Name"
    }
    stack, before = None, ""
    for step, more in zip(["new", *life[1::2]], life[::2], strict=True):
        wanted = {"One": resource(kind, **resolved({**defaults, **more}, ids))}
        stack = stack.update(wanted) if stack else cloud.deploy(wanted)
        assert stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, (shared, stack.reasons)
        assert stack.drift() == {"One": "IN_SYNC"}
        assert {"new": True, "same": stack["One"] == before, "other": stack["One"] != before}[step]
        before = stack["One"]
    assert stack is not None
    assert stack.destroy().status == "DELETE_COMPLETE", stack.reasons

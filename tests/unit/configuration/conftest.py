from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from constructs_lib.specs import additional_add_on


@pytest.fixture(autouse=True, scope="session")
def add_on_schemas() -> Iterator[None]:
    """Take the schemas of add-ons from a folder of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(additional_add_on, "SCHEMAS", Path(__file__).parent / "add_on_schemas")
        yield

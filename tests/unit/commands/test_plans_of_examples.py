"""The whole plan of each example, as `make plan` prints it.

Each is a file in __snapshots__; `make reference` writes them anew. Every line that changes must be true.
"""

from __future__ import annotations

from importlib import import_module

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from commands.plan import text_of
from examples import ENVIRONMENTS


class Text(SingleFileSnapshotExtension):
    """A plan as a text file."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_plan_of_an_example(name: str, snapshot: SnapshotAssertion) -> None:
    """Word by word."""
    config = import_module(f"examples.{name}").ENVIRONMENT
    assert text_of(config) == snapshot(extension_class=Text)

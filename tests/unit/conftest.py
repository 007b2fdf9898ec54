"""What is synthesized once for all test processes: variants of a platform, and changes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import made_once
from tests.unit.constructs_lib.variants import Variants, synthesize, variants_in
from tests.unit.review import heads as changes


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Variants:
    """Return platforms and networks that differ from those of dev and prod."""
    folder = tmp_path_factory.getbasetemp() / "variants"
    return variants_in(made_once(folder, worker_id, synthesize))


@pytest.fixture(scope="session")
def heads(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder of `base` and of an assembly for each change of a review."""
    return made_once(tmp_path_factory.getbasetemp() / "heads", worker_id, changes.synthesize)

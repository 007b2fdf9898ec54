"""The variants of a platform, synthesized once for all test processes."""

from __future__ import annotations

import pytest

from tests.support import made_once
from tests.unit.constructs_lib.variants import Variants, synthesize, variants_in


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Variants:
    """Return platforms and networks that differ from those of dev and prod."""
    folder = tmp_path_factory.getbasetemp() / "variants"
    return variants_in(made_once(folder, worker_id, synthesize))

"""The variants of a platform, synthesized once for all test processes."""

from __future__ import annotations

import pytest

from tests.unit.constructs_lib.variants import Variants, variants_of


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Variants:
    """Return platforms and networks that differ from those of dev and prod."""
    return variants_of(tmp_path_factory.getbasetemp(), worker_id)

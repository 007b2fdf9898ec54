"""What is synthesized once for all test processes: variants of a platform, and changes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from tests.support import made_once
from tests.unit.constructs_lib.variants import Variants, variants_in
from tests.unit.review import heads as changes


@pytest.fixture(scope="session")
def others(several: Path) -> Mapping[str, Environment]:
    """Return what others build, each by its stage."""
    return assembly_at(several / "peers").environments()


@pytest.fixture(scope="session")
def variants(several: Path) -> Variants:
    """Return platforms and networks that differ from those of dev and prod."""
    return variants_in(several / "variants")


@pytest.fixture(scope="session")
def heads(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder of `base` and of an assembly for each change of a review."""
    return made_once(tmp_path_factory.getbasetemp() / "heads", worker_id, changes.synthesize)

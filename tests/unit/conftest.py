"""What is synthesized once for all test processes: variants of a platform, and changes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from assembly.cloud_assembly import Assembly, assembly_at
from assembly.environment import Environment
from tests.support import made_once, run_app
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
def synthesized(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Assembly:
    """Return all examples, synthesized under cdk-nag and the guardrails, as app.py does."""
    program = "import app; from configuration.loading import load; app.synthesize(load(package='examples'))"
    folder = tmp_path_factory.getbasetemp() / "examples"
    return Assembly(made_once(folder, worker_id, lambda out: run_app(out, "-c", program)))


@pytest.fixture(scope="session")
def heads(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder of `base` and of an assembly for each change of a review."""
    return made_once(tmp_path_factory.getbasetemp() / "heads", worker_id, changes.synthesize)

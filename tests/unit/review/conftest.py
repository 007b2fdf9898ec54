"""Assemblies before and after each change, synthesized once for all test processes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from tests.support import made_once
from tests.unit.review.heads import synthesize

Environments = Mapping[str, Environment]


@pytest.fixture(scope="session")
def heads(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return the folder of `base` and of an assembly for each change."""
    return made_once(tmp_path_factory.getbasetemp() / "heads", worker_id, synthesize)


@pytest.fixture(scope="session")
def base(heads: Path) -> Environments:
    """Return dev and prod as they are."""
    return assembly_at(heads / "base").environments()


@pytest.fixture(scope="session")
def prod(base: Environments) -> Environment:
    """Return prod as it is."""
    return base["Prod"]


@pytest.fixture(scope="session")
def dev(base: Environments) -> Environment:
    """Return dev as it is."""
    return base["Dev"]

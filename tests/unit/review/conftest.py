"""The environments that changes begin with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment

Environments = Mapping[str, Environment]


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

"""Environments of every kind, and the pictures of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from tests.unit.constructs_lib.variants import Variants

CHANGES = ("maximum-nodes", "new-node-group", "zone-added", "zone-removed", "access-entry-added")


@pytest.fixture(scope="session")
def peers(
    base: Mapping[str, Environment],
    variants: Variants,
    others: Mapping[str, Environment],
) -> Mapping[str, Environment]:
    """Return dev, prod, a closed one, one on Fargate alone, two in somebody else's network.

    And what others build.
    """
    return {**others, **base, **variants.platforms.environments()}


@pytest.fixture(scope="session")
def changed(
    heads: Path, base: Mapping[str, Environment]
) -> Mapping[str, tuple[Environment, Environment]]:
    """Return an environment before and after each of some changes."""
    return {
        change: (base[name], after)
        for change in CHANGES
        for name, after in assembly_at(heads / change).environments().items()
    }

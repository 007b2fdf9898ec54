"""Every environment that the tests synthesize anyway, as the rules see it."""

from __future__ import annotations

import pytest

from guardrails.environment import Environment
from tests.support import Assembly
from tests.unit.constructs_lib.variants import Variants
from tests.unit.guardrails.environments import environments_of


@pytest.fixture(scope="session")
def real(assembly: Assembly, variants: Variants) -> dict[str, Environment]:
    """Return dev, prod and the variants, each by its stage."""
    return {**environments_of(assembly.path), **environments_of(variants.platforms.path)}

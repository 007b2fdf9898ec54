"""Every environment that the tests synthesize anyway, as the rules see it."""

from __future__ import annotations

import pytest

from assembly.environment import Environment
from tests.support import Assembly, made_once
from tests.unit.constructs_lib.variants import Variants
from tests.unit.guardrails.environments import TODAY
from tests.unit.guardrails.peers import synthesize


@pytest.fixture(scope="session")
def real(assembly: Assembly, variants: Variants) -> dict[str, Environment]:
    """Return dev, prod and the variants, each by its stage."""
    return {
        **assembly.environments(today=TODAY),
        **variants.platforms.environments(today=TODAY),
    }


@pytest.fixture(scope="session")
def peers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> dict[str, Environment]:
    """Return what others build, each by its stage."""
    folder = tmp_path_factory.getbasetemp() / "peers"
    made = made_once(folder, worker_id, synthesize)
    return {**Assembly(made).environments(today=TODAY)}

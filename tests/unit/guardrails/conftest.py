"""Every environment that the tests synthesize anyway, as the rules see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from assembly.environment import Environment
from tests.support import Assembly
from tests.unit.constructs_lib.variants import Variants
from tests.unit.guardrails.environments import TODAY

EXAMPLES = (
    "SelfManaged",
    "Karpenter",
    "AutoMode",
    "Windows",
    "EveryKind",
    "Machines",
    "ManyTeams",
)


@pytest.fixture(scope="session")
def real(assembly: Assembly, variants: Variants, synthesized: Assembly) -> dict[str, Environment]:
    """Return dev, prod, the variants and the examples that they don't stand for, each by its stage."""
    examples = synthesized.environments(today=TODAY)
    return {
        **{name: examples[name] for name in EXAMPLES},
        **assembly.environments(today=TODAY),
        **variants.platforms.environments(today=TODAY),
    }


@pytest.fixture(scope="session")
def peers(others: Mapping[str, Environment]) -> dict[str, Environment]:
    """Return what others build, each by its stage."""
    return {name: replace(each, today=TODAY) for name, each in others.items()}

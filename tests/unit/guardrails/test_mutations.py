from __future__ import annotations

import importlib
import pkgutil

import pytest

from assembly.environment import Environment
from guardrails.catalogue import RULES
from tests.support import spread
from tests.unit.guardrails import mutations
from tests.unit.guardrails.conftest import EXAMPLES
from tests.unit.guardrails.environments import findings
from tests.unit.guardrails.mutations import Mutation

MUTATIONS: tuple[Mutation, ...] = tuple(
    mutation
    for module in pkgutil.iter_modules(mutations.__path__)
    for mutation in importlib.import_module(f"{mutations.__name__}.{module.name}").MUTATIONS
)

CASES = [
    # One breach may have several forms; the number tells them apart.
    pytest.param(item, id=f"{item.rule} {n}: {item.name}")
    for n, item in enumerate(MUTATIONS)
]


@pytest.mark.parametrize(
    "name", ["Dev", "Prod", "Closed", "FargateOnly", "Existing", "Bare", *EXAMPLES]
)
def test_a_real_environment_passes(name: str, real: dict[str, Environment]) -> None:
    """Nothing is found, without a false alarm for other ways to use the constructs."""
    assert [
        (rule.id, finding.resource.logical_id, finding.value)
        for rule, finding in findings(real[name])
    ] == []


@pytest.mark.parametrize("mutation", CASES)
def test_a_breach_makes_its_rule_fail(mutation: Mutation, real: dict[str, Environment]) -> None:
    """The message names what offends and how to fix it."""
    rules = [rule for rule in RULES if rule.id == mutation.rule]
    found = findings(mutation.change(real[mutation.environment]), rules)

    assert mutation.value in {finding.value for _, finding in found}
    assert all(mutation.fix in (finding.fix or rule.fix) for rule, finding in found)


@pytest.mark.parametrize("mutation", spread(CASES, 15))
def test_a_breach_makes_no_other_rule_fail(
    mutation: Mutation, real: dict[str, Environment]
) -> None:
    """One mistake is told once."""
    found = findings(mutation.change(real[mutation.environment]))

    assert {rule.id for rule, _ in found} - {*mutation.also} == {mutation.rule}

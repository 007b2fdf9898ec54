"""The guardrails run in every synth, so they must not be felt."""

from __future__ import annotations

import time

from guardrails.catalogue import RULES
from guardrails.run import violations
from tests.support import Assembly
from tests.unit.guardrails.environments import TODAY

SHARE = 0.2
"""Of the time of a synth without them, at most."""


def test_all_rules_take_a_fifth_of_a_synth_at_most(assembly: Assembly) -> None:
    """Reading the templates and running every rule over every environment, against the synth."""
    started = time.process_time()
    environments = Assembly(assembly.path).environments(today=TODAY)
    violations([*environments.values()], RULES)
    rules = time.process_time() - started
    synth = float(assembly.path.with_suffix(".done").read_text(encoding="utf-8"))

    assert rules <= SHARE * (synth - rules), f"{rules:.2f} s of {synth:.2f} s"

"""The guardrails run in every synth, so they must not be felt."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

from assembly.environment import Environment
from assembly.kinds import MANIFEST, POLICIES, ROLE, SECURITY_GROUP
from guardrails.catalogue import RULES
from guardrails.violations import violations
from tests.support import Assembly
from tests.unit.guardrails.environments import TODAY

SHARE = 0.2
"""Of the time of a synth without them, at most."""

TIMES = 12
"""As much may ten times as many resources cost, at most."""


def test_all_rules_take_a_fifth_of_a_synth_at_most(assembly: Assembly) -> None:
    """Reading the templates and running every rule over every environment, against the synth."""
    started = time.process_time()
    environments = Assembly(assembly.path).environments(today=TODAY)
    violations([*environments.values()], RULES)
    rules = time.process_time() - started
    synth = float(assembly.path.with_suffix(".done").read_text(encoding="utf-8"))

    assert rules <= SHARE * (synth - rules), f"{rules:.2f} s of {synth:.2f} s"


def test_ten_times_as_many_resources_cost_ten_times_as_much(assembly: Assembly) -> None:
    """No rule looks at every pair: 5,000 resources of which 2,000 are manifests, and a tenth."""
    prod = assembly.environments(today=TODAY)["Prod"]

    assert cost(prod, 2_000) <= TIMES * cost(prod, 200)


def cost(environment: Environment, manifests: int) -> float:
    """Return what the rules take for as many manifests and, beside them, half as many resources again."""
    path = f"{environment.name}/SampleService"
    cluster = environment.stacks[f"{environment.name}/Cluster"].template["Resources"]
    template = environment.stacks[path].template
    own = [each for each in template["Resources"].values() if each["Type"] == MANIFEST]
    others = [
        each for each in cluster.values() if each["Type"] in (*POLICIES, ROLE, SECURITY_GROUP)
    ]
    copies = {
        **{f"M{n}": copy(own[n % len(own)], n // len(own)) for n in range(manifests)},
        **{f"O{n}": copy(others[n % len(others)], n) for n in range(3 * manifests // 2)},
    }
    resources = {**template["Resources"], **copies}
    stack = replace(environment.stacks[path], template={**template, "Resources": resources})
    grown = replace(environment, stacks={**environment.stacks, path: stack})
    started = time.process_time()
    violations([grown], RULES)
    return time.process_time() - started


def copy(resource: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a resource with another name, in a namespace of its own if it has one."""
    written = json.dumps(resource).replace("sample", f"sample{number}")
    copied: dict[str, Any] = json.loads(written)
    copied["Metadata"] = {"aws:cdk:path": f"{resource['Metadata']['aws:cdk:path']}/{number}"}
    return copied

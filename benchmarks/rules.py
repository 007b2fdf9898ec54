"""How the cost of the rules grows: `python -m benchmarks.rules [ASSEMBLY]`.

Takes the environment Prod of an assembly, cdk.out by default, and copies its resources until there
are 500 and 5,000 of them, with 200 and 2,000 Kubernetes objects. Linear rules take ten times as long
for ten times as much; 12 times is the most that is accepted.
"""

from __future__ import annotations

import json
import resource as usage
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from assembly.cloud_assembly import assembly_at
from assembly.environment import Environment
from assembly.kinds import MANIFEST
from assembly.kubernetes_object import KubernetesObject
from guardrails.catalogue import RULES
from guardrails.run import findings

MOST = 12
SIZES = ((500, 200), (5_000, 2_000))


def seconds() -> float:
    """Return the CPU time of this process so far."""
    return usage.getrusage(usage.RUSAGE_SELF).ru_utime


def grown(environment: Environment, *, resources: int, objects: int) -> Environment:
    """Return an environment of so many resources and Kubernetes objects, each copy under a name of its own."""
    stacks = dict(environment.stacks)
    copies = 1 + resources // len(environment.resources())
    for path, stack in environment.stacks.items():
        original: Mapping[str, Any] = stack.template["Resources"]
        names = [name for name, body in original.items() if body["Type"] != MANIFEST]
        written = json.dumps({name: original[name] for name in names})
        body = dict(original)
        for copy in range(1, copies):
            body |= json.loads(_renamed(written, names, f"Copy{copy}"))
        stacks[path] = replace(stack, template={**stack.template, "Resources": body})
    items = environment.kubernetes_objects()
    last = next(reversed(stacks))
    body = dict(stacks[last].template["Resources"])
    for number in range(objects):
        body[f"Object{number}"] = _copied(items[number % len(items)], number // len(items))
    stacks[last] = replace(stacks[last], template={**stacks[last].template, "Resources": body})
    return replace(environment, stacks=stacks)


def _renamed(written: str, names: list[str], suffix: str) -> str:
    for name in sorted(names, key=len, reverse=True):
        for mark in ('"', "."):
            written = written.replace(f'"{name}{mark}', f'"{name}{suffix}{mark}')
    return written


def _copied(item: KubernetesObject, copy: int) -> dict[str, Any]:
    """Return the manifest of a copy, in a namespace of its own."""
    content = json.loads(json.dumps(item.content))
    if item.namespace:
        content["metadata"]["namespace"] = f"{item.namespace}-{copy}"
    else:
        content["metadata"]["name"] = f"{item.name}-{copy}"
    body = {**item.resource.body["Properties"], "Manifest": json.dumps([content])}
    return {"Type": MANIFEST, "Properties": body}


def main(folder: Path) -> int:
    """Print what the rules cost at each size, rule by rule where one grows too fast."""
    prod = assembly_at(folder).environments()["Prod"]
    costs: list[dict[str, float]] = []
    for resources, objects in SIZES:
        environment = grown(prod, resources=resources, objects=objects)
        found = len(environment.resources()), len(environment.kubernetes_objects())
        begun = seconds()
        findings(environment, RULES)
        whole = seconds() - begun
        each = {}
        for rule in RULES:
            begun = seconds()
            findings(environment, [rule])
            each[rule.id] = seconds() - begun
        costs.append({"all rules": whole, **each})
        print(f"{found[0]:,} resources, {found[1]:,} Kubernetes objects: {whole:.2f} s")
    small, large = costs
    for name, cost in large.items():
        factor = cost / max(small[name], 0.01)
        if name == "all rules" or factor > MOST:
            print(f"{name}: {factor:.1f} times ({small[name]:.2f} s, then {cost:.2f} s)")
    return int(large["all rules"] > MOST * small["all rules"])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if sys.argv[1:] else "cdk.out")))

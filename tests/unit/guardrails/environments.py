"""The real environments, and templates of a few lines, for tests of rules."""

from __future__ import annotations

import datetime as dt
import json
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from assembly.environment import Environment
from assembly.kinds import MANIFEST
from assembly.stack import Stack
from guardrails import run
from guardrails.catalogue import RULES
from guardrails.rule import Finding, Rule, name_of

TODAY = dt.date(2026, 11, 25)

Change = Callable[[dict[str, Any]], None]


def of_templates(today: dt.date = TODAY, /, **templates: dict[str, Any]) -> Environment:
    """Return an environment of a stack for each template."""
    stacks = {name: Stack(path=name, template=template) for name, template in templates.items()}
    return Environment(name="Test", stacks=stacks, today=today)


def of_resources(today: dt.date = TODAY, /, **resources: dict[str, Any]) -> Environment:
    """Return an environment of one stack with these resources."""
    return of_templates(today, Stack={"Resources": resources})


def changed(environment: Environment, stack: str, change: Change) -> Environment:
    """Return a copy of an environment in which one template was changed by `change`.

    `stack` is the last part of the stack's path, such as `Cluster`.
    """
    path = f"{environment.name}/{stack}"
    # Copied in a fifth of the time that `copy.deepcopy` takes.
    template = pickle.loads(pickle.dumps(dict(environment.stacks[path].template)))  # noqa: S301  # our own
    change(template)
    stacks = {**environment.stacks, path: replace(environment.stacks[path], template=template)}
    return replace(environment, stacks=stacks)


def first(template: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the first resource of a type."""
    resource: dict[str, Any] = next(r for r in template["Resources"].values() if r["Type"] == kind)
    return resource


def manifest_change(kind: str, name: str, old: str, new: str) -> Change:
    """Return a change that replaces text in the manifest of one Kubernetes object.

    The text is JSON without blanks, as the CDK writes it.
    """

    def change(template: dict[str, Any]) -> None:
        marker = f'"kind":"{kind}","metadata":{{"name":"{name}"'
        for resource in template["Resources"].values():
            if resource["Type"] != MANIFEST:
                continue
            written = json.dumps(resource["Properties"]["Manifest"])
            if json.dumps(marker)[1:-1] in written:
                escaped = json.dumps(old)[1:-1]
                assert escaped in written, f"{kind} {name} has no {old}"
                resource["Properties"]["Manifest"] = json.loads(
                    written.replace(escaped, json.dumps(new)[1:-1])
                )
                return
        raise AssertionError(f"no {kind} {name}")

    return change


def findings(environment: Environment, rules: Iterable[Rule] = RULES) -> list[tuple[Rule, Finding]]:
    """Return what rules find and nobody acknowledged."""
    acknowledged = {
        (finding, path)
        for stack in environment.stacks.values()
        for path, finding, _ in stack.acknowledgements
    }
    return [
        (rule, finding)
        for rule, finding in run.findings(environment, rules)
        if not any(
            # The CDK writes names without blanks.
            name == f"Groundwork::{name_of(rule, finding)}".replace(" ", "-")
            and f"{finding.resource.path}/".startswith(f"{path}/")
            for name, path in acknowledged
        )
    ]

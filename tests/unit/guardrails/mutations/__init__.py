"""For each rule, what must not be done to a real template. One module per family.

A module has a tuple MUTATIONS. `test_mutations.py` applies each of them to the templates of a real
environment and sees exactly that rule fail; `test_catalogue.py` wants at least one for each rule.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assembly.environment import Environment
from tests.unit.guardrails import environments


@dataclass(frozen=True)
class Mutation:
    """One breach of one rule.

    `environment` is a stage of app.py or of the variants, such as `Prod` or `Closed`. `value` is in
    the finding's name, `fix` a part of what the message tells to do. `also` are rules that rightly
    have something else to say about the same change.
    """

    rule: str
    name: str
    environment: str
    change: Callable[[Environment], Environment]
    value: str
    fix: str
    also: tuple[str, ...] = ()


def in_template(stack: str, change: environments.Change) -> Callable[[Environment], Environment]:
    """Return a change of one template; `stack` is the last part of its path."""
    return lambda environment: environments.changed(environment, stack, change)


def in_resource(
    stack: str, kind: str, change: Callable[[dict[str, Any]], object], *, path: str = ""
) -> Callable[[Environment], Environment]:
    """Return a change of the properties of the first resource of a type, and of this path."""

    def change_template(template: dict[str, Any]) -> None:
        for resource in template["Resources"].values():
            if resource["Type"] == kind and path in resource["Metadata"]["aws:cdk:path"]:
                change(resource["Properties"])
                return
        raise AssertionError(f"no {kind} at {path}")

    return in_template(stack, change_template)


def without_edge(stack: str, later: str, earlier: str) -> Callable[[Environment], Environment]:
    """Return a change that takes one resource out of the DependsOn of another, both by path."""

    def change(template: dict[str, Any]) -> None:
        gone, _ = found(template, earlier)
        _, body = found(template, later)
        body["DependsOn"].remove(gone)

    return in_template(stack, change)


def found(template: dict[str, Any], path: str) -> tuple[str, dict[str, Any]]:
    """Return the one resource whose construct path contains a part, with its logical id."""
    hits = [
        (logical_id, body)
        for logical_id, body in template["Resources"].items()
        if path in body.get("Metadata", {}).get("aws:cdk:path", "")
    ]
    assert len(hits) == 1, f"{path}: {[logical_id for logical_id, _ in hits]}"
    return hits[0]


def with_object(content: dict[str, Any]) -> Callable[[Environment], Environment]:
    """Return a change that applies one more Kubernetes object, after all that it may name.

    It is in the stack of its namespace: that of the sample service or that of the cluster.
    """
    of_sample = content.get("metadata", {}).get("namespace") == "sample"
    stack = "SampleService" if of_sample else "Cluster"

    def change(template: dict[str, Any]) -> None:
        _, sibling = found(
            template, "/WebServiceAccount/" if of_sample else "/DefaultStorageClass/"
        )
        template["Resources"]["Added"] = {
            "Type": sibling["Type"],
            # An object of one's own has no label to prune by.
            "Properties": {
                **sibling["Properties"],
                "Manifest": json.dumps([content]),
                "PruneLabel": "",
            },
            "DependsOn": [
                logical_id
                for logical_id, body in template["Resources"].items()
                if body["Type"] == sibling["Type"]
                or "/KubectlReadyBarrier" in body["Metadata"]["aws:cdk:path"]
            ],
            "Metadata": {"aws:cdk:path": "Added"},
        }

    return in_template(stack, change)

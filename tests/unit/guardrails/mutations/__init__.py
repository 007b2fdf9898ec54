"""For each rule, what must not be done to a real template. One module per family.

A module has a tuple MUTATIONS. `test_mutations.py` applies each of them to the templates of a real
environment and sees exactly that rule fail; `test_catalogue.py` wants at least one for each rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from guardrails.environment import Environment
from tests.unit.guardrails import environments


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One breach of one rule.

    `environment` is a stage of app.py or of the variants, such as `Prod` or `Closed`. `value` is in
    the finding's name, `mend` a part of what the message tells to do.
    """

    rule: str
    name: str
    environment: str
    change: Callable[[Environment], Environment]
    value: str
    mend: str


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

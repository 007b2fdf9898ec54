"""What no rule can see."""

from __future__ import annotations

from collections.abc import Iterator

from assembly.environment import Environment
from guardrails.rule import Finding, rule


@rule("NESTED1")
def _not_read(environment: Environment) -> Iterator[Finding]:
    for stack in environment.nested:
        yield Finding(resource=stack, value=stack.logical_id, location="Properties/TemplateURL")

"""What the report says about each finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assembly.environment import Environment
from guardrails.rule import Finding, Rule, Severity, name_of
from guardrails.run import found


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One finding in the words of the CDK's report, which prints one after the other.

    `construct_path` is empty where the CDK finds it by template and logical id.
    """

    name: str
    description: str
    fix: str
    severity: Severity
    location: str
    logical_id: str
    template_path: str
    construct_path: str


def violations(environments: Sequence[Environment], rules: Iterable[Rule]) -> list[Violation]:
    """Return what is found, all findings of a rule together."""
    return [
        _violation(judged, environment, finding)
        for rule in rules
        for environment in environments
        for judged, finding in found(environment, rule)
    ]


def _violation(rule: Rule, environment: Environment, finding: Finding) -> Violation:
    # The value is a part of the name, so that an acknowledgement covers only itself.
    name = name_of(rule, finding)
    stack = environment.stacks[finding.resource.stack]
    return Violation(
        name=name,
        description=f"{name}: {rule.reason} {finding.detail}".rstrip(),
        fix=finding.fix or rule.fix,
        severity=rule.severity,
        location=finding.location,
        logical_id=finding.resource.logical_id,
        template_path=stack.template_path,
        # The CDK knows the resources of nested stacks by their paths only.
        construct_path=finding.construct_path or (finding.resource.path if stack.nested_in else ""),
    )

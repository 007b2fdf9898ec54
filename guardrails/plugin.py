"""The rules as a validation plugin of the CDK: they run in every synth, next to cdk-nag."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

import aws_cdk as cdk
import jsii

from guardrails.assembly import environments_in
from guardrails.catalogue import RULES
from guardrails.environment import Environment
from guardrails.rule import Finding, Rule


@jsii.implements(cdk.IPolicyValidationPlugin)
class Guardrails:
    """Check every environment against every rule.

    An accepted finding is acknowledged beside its resource as `Groundwork::EKS1[0.0.0.0/0]`.
    """

    def __init__(self, *, today: dt.date) -> None:
        """Judge as of `today`: the support of a Kubernetes version ends on a date."""
        self._today = today

    @property
    def name(self) -> str:
        """Return the name that the report shows."""
        return "Groundwork"

    @property
    def rule_ids(self) -> list[str]:
        """Return the id of every rule."""
        return [rule.id for rule in RULES]

    @property
    def version(self) -> str | None:
        """Return nothing: the rules are versioned with the project."""
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Return the violations of all environments; the CDK drops acknowledged ones."""
        environments = environments_in(
            (
                (stack.stack_construct_path, Path(stack.template_path))
                for stack in context.stack_templates
            ),
            today=self._today,
        )
        violations = list(_violations(environments))
        return cdk.PolicyValidationPluginReport(
            success=all(violation.severity != "error" for violation in violations),
            violations=violations,
        )


def _violations(environments: Iterable[Environment]) -> Iterator[cdk.PolicyViolation]:
    """Yield what is found, all findings of a rule together."""
    environments = list(environments)
    for rule in RULES:
        for environment in environments:
            for finding in rule.check(environment):
                yield _violation(rule, environment, finding)


def _violation(rule: Rule, environment: Environment, finding: Finding) -> cdk.PolicyViolation:
    return cdk.PolicyViolation(
        # The value is a part of the name, so that an acknowledgement covers only itself.
        rule_name=f"{rule.id}[{finding.value}]",
        description=f"{rule.id}: {rule.reason} {finding.detail}".rstrip(),
        fix=finding.mend or rule.mend,
        severity=rule.severity,
        violating_resources=[_violating_resource(environment, finding)],
    )


def _violating_resource(environment: Environment, finding: Finding) -> cdk.PolicyViolatingResource:
    if finding.construct_path:
        return cdk.PolicyViolatingResource(
            construct_path=finding.construct_path, locations=[finding.location]
        )
    return cdk.PolicyViolatingResource(
        resource_logical_id=finding.resource.logical_id,
        template_path=environment.stacks[finding.resource.stack].template_path,
        locations=[finding.location],
    )
